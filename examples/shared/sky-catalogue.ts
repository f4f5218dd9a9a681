/** A simulated field of sky as two catalogues: photometry of all objects, spectra of the bright ones. */
import { mkdir } from "node:fs/promises";
import { join } from "node:path";
import { FitsTable, makeColumn, writeTable } from "@fitstream/table";
import type { Progress } from "./progress.js";
import { Random } from "./random.js";
import { bands, galaxy, magnitudesOf, quasar, type Spectrum, star } from "./spectra.js";

/** What to simulate. */
export interface SkyOptions {
  readonly objects: number;
  readonly seed: number;
}

/** The catalogues on disk. */
export interface SkyFiles {
  /** Photometry, a file for each stripe of declination: OBJID, RA, DEC, MAG_U to MAG_Z, MAGERR_U to MAGERR_Z. */
  readonly photometry: readonly string[];
  /** Spectroscopy: OBJID, CLASS, Z_SPEC, SN_MEDIAN. */
  readonly spectroscopy: string;
}

/** The middle of the field and its side, in degrees. */
export const field = { ra: 150.1, dec: 2.2, side: 6 } as const;

const stripes = 4;

/** Magnitudes at which the signal is 5 times the noise, as in SDSS. */
const depth = [22.3, 23.3, 23.1, 22.3, 20.8];

/** What archives write where nothing was detected. */
const undetected = -9999;

interface Source {
  readonly kind: "STAR" | "GALAXY" | "QSO";
  readonly redshift: number;
  readonly spectrum: Spectrum;
}

/** Fainter galaxies are, on average, farther away. */
function drawSource(random: Random, r: number): Source {
  const chance = random.uniform();
  if (chance < 0.3) {
    const kelvin = random.powerLaw(3400, 9500, 2.2);
    return { kind: "STAR", redshift: 1e-4 * random.normal(), spectrum: star(kelvin) };
  }
  if (chance < 0.4) {
    const redshift = random.between(0.3, 3.2);
    return { kind: "QSO", redshift, spectrum: quasar(-1.5 + 0.25 * random.normal(), redshift) };
  }
  const typical = 0.1 + 0.075 * Math.max(0, r - 16.5);
  const redshift =
    0.01 + typical * Math.hypot(random.normal(), random.normal(), random.normal()) * 0.6;
  const isRed = random.uniform() < 0.45;
  const young = isRed ? random.between(0, 0.15) : random.between(0.2, 1);
  const dust = isRed ? random.between(0, 0.2) : random.between(0, 0.8);
  return { kind: "GALAXY", redshift, spectrum: galaxy(young, dust) };
}

/** A magnitude as a telescope measures it: with noise, or not at all. */
function observe(random: Random, truth: number, limit: number): [magnitude: number, error: number] {
  // A fiftieth was not observed: a chip's edge, a satellite.
  if (random.uniform() < 0.02) return [Number.NaN, Number.NaN];
  const noise = 10 ** (-0.4 * limit) / 5;
  const signal = 10 ** (-0.4 * truth) * (1 + 0.02 * random.normal()) + noise * random.normal();
  if (signal < noise) return [undetected, undetected];
  return [-2.5 * Math.log10(signal), Math.hypot(0.02, (1.0857 * noise) / signal)];
}

interface Stripe {
  readonly photometry: FitsTable;
  readonly spectroscopy: FitsTable;
}

/** Each object draws from random numbers of its own: more objects leave the first ones as they were. */
function simulateStripe({ objects, seed }: SkyOptions, stripe: number): Stripe {
  const numbers = Array.from({ length: objects }, (_, i) => i).filter(
    (i) => i % stripes === stripe,
  );
  const rows = numbers.map((number) => {
    const random = new Random(seed, number);
    // Counts rise by a factor of 2.5 a magnitude.
    const r = 22 + Math.log10(random.between(10 ** (-0.4 * 6), 1)) / 0.4;
    const source = drawSource(random, r);
    const magnitudes = magnitudesOf(source.spectrum, source.redshift);
    const shift = r - (magnitudes[bands.indexOf("r")] ?? 0);
    const side = field.side / stripes;
    return {
      ...source,
      // As long as those of SDSS: beyond 2^53, where doubles are no ids.
      id: 1237648720693755904n + BigInt(number),
      // The field is on the equator, near enough for degrees to be degrees.
      ra: field.ra + field.side * (random.uniform() - 0.5),
      dec: field.dec - field.side / 2 + side * (stripe + random.uniform()),
      observed: magnitudes.map((m, band) => observe(random, m + shift, depth[band] ?? 0)),
      // Of the bright objects, most have a spectrum; of the faint ones, none.
      hasSpectrum: r < 21.3 && random.uniform() < 0.8,
      signalToNoise: 5 * 10 ** (-0.4 * (r - 20.5)) * Math.exp(0.2 * random.normal()),
    };
  });
  const spectra = rows.filter(({ hasSpectrum }) => hasSpectrum);
  const columns = (prefix: string, part: 0 | 1, ucd: string) =>
    bands.map((band, i) =>
      makeColumn(
        `${prefix}_${band.toUpperCase()}`,
        Float32Array.from(rows, ({ observed }) => observed[i]?.[part] ?? Number.NaN),
        { unit: "mag", ucd: `${ucd};em.opt.${band.toUpperCase()}` },
      ),
    );
  const ids = (of: readonly { readonly id: bigint }[]) =>
    makeColumn(
      "OBJID",
      BigInt64Array.from(of, ({ id }) => id),
      { ucd: "meta.id;meta.main" },
    );
  return {
    photometry: new FitsTable([
      ids(rows),
      makeColumn(
        "RA",
        rows.map(({ ra }) => ra),
        { unit: "deg", ucd: "pos.eq.ra;meta.main" },
      ),
      makeColumn(
        "DEC",
        rows.map(({ dec }) => dec),
        { unit: "deg", ucd: "pos.eq.dec;meta.main" },
      ),
      ...columns("MAG", 0, "phot.mag"),
      ...columns("MAGERR", 1, "stat.error;phot.mag"),
    ]),
    spectroscopy: new FitsTable([
      ids(spectra),
      makeColumn(
        "CLASS",
        spectra.map(({ kind }) => kind),
        { ucd: "src.class" },
      ),
      makeColumn(
        "Z_SPEC",
        spectra.map(({ redshift }) => redshift),
        { ucd: "src.redshift" },
      ),
      makeColumn(
        "SN_MEDIAN",
        Float32Array.from(spectra, ({ signalToNoise }) => signalToNoise),
        { description: "median signal to noise of the spectrum" },
      ),
    ]),
  };
}

/** Simulates the field and writes it as FITS tables into a folder. */
export async function writeSky(
  folder: string,
  options: SkyOptions,
  progress: Progress,
  signal?: AbortSignal,
): Promise<SkyFiles> {
  await mkdir(folder, { recursive: true });
  const files: SkyFiles = {
    photometry: Array.from({ length: stripes }, (_, i) => join(folder, `photometry-${i}.fits`)),
    spectroscopy: join(folder, "spectroscopy.fits"),
  };
  const spectra: FitsTable[] = [];
  for (const [i, path] of files.photometry.entries()) {
    signal?.throwIfAborted();
    const { photometry, spectroscopy } = simulateStripe(options, i);
    await writeTable(path, photometry, { name: "PHOTOMETRY", overwrite: true });
    spectra.push(spectroscopy);
    progress.update(i + 1, stripes, "stripes of the sky");
  }
  const name = "SPECTROSCOPY";
  await writeTable(files.spectroscopy, FitsTable.concat(spectra), { name, overwrite: true });
  progress.stop();
  return files;
}
