import { FitsTable, makeColumn } from "@fitstream/table";
import { inferTypes } from "@fitstream/table/frame";
import { describe, expect, it } from "vitest";
import { catalogue, gaia, type Kind, sdss } from "./helpers/catalogues.js";

const typesOf = (table: FitsTable): Record<string, string> =>
  Object.fromEntries([...inferTypes(table)].map(([name, { type }]) => [name, type]));

/** The types of columns of one name each. */
const typeOf = (name: string, kind: Kind, unit = "", ucd = ""): string | undefined =>
  typesOf(catalogue([[name, kind, unit, ucd]]))[name];

describe("inference", () => {
  it("knows the columns of SDSS by their names", () => {
    expect(typesOf(sdss())).toEqual({
      objID: "id",
      specObjID: "id",
      ra: "coordinate",
      dec: "coordinate",
      psfMag_u: "magnitude",
      psfMag_g: "magnitude",
      psfMag_r: "magnitude",
      psfMagErr_r: "numerical",
      modelMag_g: "magnitude",
      modelMag_r: "magnitude",
      extinction_r: "numerical",
      petroR50_r: "numerical",
      z: "redshift",
      zErr: "numerical",
      zWarning: "categorical",
      class: "categorical",
      plate: "numerical",
      mjd: "numerical",
      fiberID: "id",
      psfFlux_r: "flux",
      clean: "categorical",
    });
  });

  it("knows the columns of Gaia by their units and UCDs", () => {
    expect(typesOf(gaia())).toEqual({
      solution_id: "id",
      designation: "id",
      source_id: "id",
      ref_epoch: "numerical",
      ra: "coordinate",
      ra_error: "numerical",
      dec: "coordinate",
      dec_error: "numerical",
      parallax: "numerical",
      pmra: "numerical",
      pmdec: "numerical",
      ra_dec_corr: "numerical",
      phot_g_mean_flux: "flux",
      phot_g_mean_flux_error: "numerical",
      phot_g_mean_mag: "magnitude",
      phot_bp_mean_mag: "magnitude",
      phot_rp_mean_mag: "magnitude",
      bp_rp: "numerical",
      radial_velocity: "numerical",
      phot_variable_flag: "categorical",
      l: "coordinate",
      b: "coordinate",
      in_qso_candidates: "categorical",
    });
  });

  it("says why", () => {
    const reasons = inferTypes(gaia());
    expect(reasons.get("phot_g_mean_mag")?.reason).toBe("TUNIT mag");
    expect(reasons.get("ra")?.reason).toBe("TUNIT deg and UCD pos.eq.ra;meta.main, with dec");
    expect(reasons.get("source_id")?.reason).toBe("UCD meta.id");
    expect(reasons.get("parallax")?.reason).toBe("dtype float64");
    expect(inferTypes(sdss()).get("z")?.reason).toBe("the name z");
  });

  it("takes z beside other bands for a magnitude", () => {
    const bands = ["u", "g", "r", "i", "z"].map((name) => [name, "float32"] as const);
    expect(typesOf(catalogue([...bands, ["redshift", "float32"]]))).toEqual({
      u: "magnitude",
      g: "magnitude",
      r: "magnitude",
      i: "magnitude",
      z: "magnitude",
      redshift: "redshift",
    });
  });

  it.each([
    ["zspec", "float64", "", "", "redshift"],
    ["q", "float64", "", "src.redshift.phot", "redshift"],
    ["Z_PHOT_ERR", "float64", "", "", "numerical"],
    ["flux_g", "float32", "nanomaggy", "", "flux"],
    ["flux_ivar_g", "float32", "nanomaggy^(-2)", "", "flux"],
    ["f", "float32", "mJy", "", "flux"],
    ["f", "float32", "10^-17 erg/s/cm^2", "", "flux"],
    ["Jmag", "float32", "mag", "", "magnitude"],
    ["MAG_AUTO_I", "float32", "", "", "magnitude"],
    ["E_BV", "float32", "mag", "", "numerical"],
    ["MJD", "float64", "d", "", "time"],
    ["DATE-OBS", "date", "", "", "timestamp"],
    ["written", "date", "", "", "timestamp"],
    ["period", "float64", "d", "", "numerical"],
    ["TARGETID", "int64", "", "", "id"],
    ["weird", "int64", "", "", "id"],
    ["ra", "float64", "deg", "", "numerical"],
    ["comment", "text", "", "", "id"],
    ["n", "int32", "", "", "numerical"],
  ] as const)("takes %s (%s, unit %s, UCD %s) for a %s", (name, kind, unit, ucd, type) => {
    expect(typeOf(name, kind, unit, ucd)).toBe(type);
  });

  it("pairs positions of several kinds", () => {
    const angles = "RAJ2000 DEJ2000 TARGET_RA TARGET_DEC ALPHA_J2000 DELTA_J2000".split(" ");
    const table = catalogue(angles.map((name) => [name, "float64", "deg"] as const));
    expect(Object.values(typesOf(table))).toEqual(angles.map(() => "coordinate"));
    expect(inferTypes(table).get("TARGET_RA")?.reason).toMatch(/with TARGET_DEC$/);
  });

  it("looks at values where nothing else tells", () => {
    const rows = 100;
    const numbers = Array.from({ length: rows }, (_, i) => i);
    const table = new FitsTable([
      makeColumn(
        "few",
        Int32Array.from(numbers, (i) => i % 5),
      ),
      makeColumn(
        "wide",
        BigInt64Array.from(numbers, (i) => 2n ** 60n + BigInt(i)),
      ),
      makeColumn("vector", new Float32Array(rows * 8), { cellShape: [8] }),
      makeColumn("bits", new Uint8Array(rows * 8), { cellShape: [8], kind: "bit" }),
      makeColumn(
        "lists",
        numbers.map((i) => `a|b${i % 3}`),
      ),
      makeColumn("cells", new Int16Array(0), { offsets: new Int32Array(rows + 1) }),
      makeColumn("spectra", new Float32Array(0), { offsets: new Int32Array(rows + 1) }),
      makeColumn("visibility", new Float32Array(2 * rows), { kind: "complex" }),
    ]);
    expect(typesOf(table)).toEqual({
      few: "categorical",
      wide: "id",
      vector: "embedding",
      bits: "multicategorical",
      lists: "multicategorical",
      cells: "multicategorical",
      spectra: "ignore",
      visibility: "ignore",
    });
  });

  it("works without rows", () => {
    const types = typesOf(sdss(0));
    expect(types["objID"]).toBe("id");
    expect(types["psfMag_u"]).toBe("magnitude");
    expect(types["plate"]).toBe("numerical");
  });
});
