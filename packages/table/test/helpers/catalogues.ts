/** Catalogues as surveys publish them, with made-up rows. */
import { FitsTable, makeColumn } from "@fitstream/table";

/** What a column holds. */
export type Kind =
  | "float32"
  | "float64"
  | "int16"
  | "int32"
  | "int64"
  | "text"
  | "class"
  | "logical"
  | "date";

type Recipe = readonly [name: string, kind: Kind, unit?: string, ucd?: string];

/** Numbers that look random and are the same everywhere. */
export function* noise(seed = 1): Generator<number, never> {
  for (let state = seed >>> 0; ; ) {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
    yield state / 2 ** 32;
  }
}

/** A table of these columns. */
export function catalogue(recipes: readonly Recipe[], rows = 200, seed = 1): FitsTable {
  const random = noise(seed);
  const next = (): number => random.next().value;
  const columns = recipes.map(([name, kind, unit = "", ucd = ""]) => {
    const draw = (of: (u: number, i: number) => number): number[] =>
      Array.from({ length: rows }, (_, i) => of(next(), i));
    const values = {
      float32: () => Float32Array.from(draw((u) => 1 + 0.5 * u)),
      float64: () => Float64Array.from(draw((u) => 1 + 0.5 * u)),
      int16: () => Int16Array.from(draw((u) => u * 30000)),
      int32: () => Int32Array.from(draw((u) => u * 2e9)),
      int64: () =>
        BigInt64Array.from(
          draw((u) => u),
          (u, i) => 1237648720142401536n + BigInt(i * 4099) + BigInt(Math.floor(u * 9)),
        ),
      text: () => draw((u) => u).map((u) => `J${u}`),
      class: () => draw((u) => u).map((u) => ["GALAXY", "QSO", "STAR"][Math.floor(u * 3)] ?? ""),
      logical: () => draw((u) => u).map((u) => u > 0.5),
      date: () => draw((u) => u).map((u) => `2014-0${1 + Math.floor(u * 9)}-11T01:02:03`),
    }[kind]();
    return makeColumn(name, values, { unit, ucd });
  });
  return new FitsTable(columns);
}

/** As SDSS's SpecPhoto view: neither units nor UCDs, so names decide. */
export const sdss = (rows?: number, seed?: number): FitsTable =>
  catalogue(
    [
      ["objID", "int64"],
      ["specObjID", "int64"],
      ["ra", "float64"],
      ["dec", "float64"],
      ["psfMag_u", "float32"],
      ["psfMag_g", "float32"],
      ["psfMag_r", "float32"],
      ["psfMagErr_r", "float32"],
      ["modelMag_g", "float32"],
      ["modelMag_r", "float32"],
      ["extinction_r", "float32"],
      ["petroR50_r", "float32"],
      ["z", "float32"],
      ["zErr", "float32"],
      ["zWarning", "class"],
      ["class", "class"],
      ["plate", "int16"],
      ["mjd", "int32"],
      ["fiberID", "int16"],
      ["psfFlux_r", "float32"],
      ["clean", "logical"],
    ],
    rows,
    seed,
  );

/** As Gaia's gaia_source: units and UCDs. */
export const gaia = (rows?: number): FitsTable =>
  catalogue(
    [
      ["solution_id", "int64", "", "meta.version"],
      ["designation", "text", "", "meta.id;meta.main"],
      ["source_id", "int64", "", "meta.id"],
      ["ref_epoch", "float64", "yr", "meta.ref;time.epoch"],
      ["ra", "float64", "deg", "pos.eq.ra;meta.main"],
      ["ra_error", "float32", "mas", "stat.error;pos.eq.ra"],
      ["dec", "float64", "deg", "pos.eq.dec;meta.main"],
      ["dec_error", "float32", "mas", "stat.error;pos.eq.dec"],
      ["parallax", "float64", "mas", "pos.parallax.trig"],
      ["pmra", "float64", "mas/yr", "pos.pm;pos.eq.ra"],
      ["pmdec", "float64", "mas/yr", "pos.pm;pos.eq.dec"],
      ["ra_dec_corr", "float32", "", "stat.correlation;pos.eq.ra;pos.eq.dec"],
      ["phot_g_mean_flux", "float64", "electron/s", "phot.flux;em.opt"],
      ["phot_g_mean_flux_error", "float32", "electron/s", "stat.error;phot.flux;em.opt"],
      ["phot_g_mean_mag", "float32", "mag", "phot.mag;em.opt"],
      ["phot_bp_mean_mag", "float32", "mag", "phot.mag;em.opt.B"],
      ["phot_rp_mean_mag", "float32", "mag", "phot.mag;em.opt.R"],
      ["bp_rp", "float32", "mag", "phot.color;em.opt.B;em.opt.R"],
      ["radial_velocity", "float32", "km/s", "spect.dopplerVeloc.opt;em.opt.I"],
      ["phot_variable_flag", "class", "", "meta.code;src.var"],
      ["l", "float64", "deg", "pos.galactic.lon"],
      ["b", "float64", "deg", "pos.galactic.lat"],
      ["in_qso_candidates", "logical", "", "meta.code.status"],
    ],
    rows,
  );
