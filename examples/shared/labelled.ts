import { openCatalogue, readTable } from "@fitstream/dataset";
import type { FitsTable } from "@fitstream/table";
import { ang2pix } from "@fitstream/table/frame";
import { hash } from "./random.js";
import type { SkyFiles } from "./sky-catalogue.js";
import { bands } from "./spectra.js";

/** Columns of magnitudes, from blue to red. */
export const magnitudes: readonly string[] = bands.map((band) => `MAG_${band.toUpperCase()}`);

/**
 * Numbers as networks want them: each column with mean 0 and standard deviation 1 by the rows it was
 * fitted to. What is missing becomes the mean, and a column more says so: that a galaxy is not seen in
 * the ultraviolet tells how far away it is.
 */
export const floats = { scale: "standard", missing: "mean", indicator: true } as const;

/** Conditions on the rows of the catalogues, in the language of `where`. */
export interface Selection {
  readonly photometry?: string;
  readonly spectroscopy?: string;
}

/** The photometry of objects that have a spectrum, with what the spectrum tells. */
export async function readLabelled(files: SkyFiles, where: Selection): Promise<FitsTable> {
  await using catalogue = await openCatalogue(files.photometry);
  const columns = ["OBJID", "RA", "DEC", ...magnitudes];
  const photometry = await catalogue.read({ columns, where: where.photometry });
  const spectra = await readTable(files.spectroscopy, { where: where.spectroscopy });
  return photometry.join(spectra, "OBJID");
}

/** Parts of a table that share no patch of sky. */
export interface Split {
  /** What models and statistics are fitted to. */
  readonly train: FitsTable;
  /** What decides when to stop. */
  readonly validation: FitsTable;
  /** What is looked at once, at the end. */
  readonly test: FitsTable;
}

/**
 * Splits a table by patches of the sky of a fifth of a square degree, six to two to two. Neighbours
 * share seeing, calibration and dust: a model that has seen the one knows too much of the other. A
 * patch is always in the same part, also of the next release of the catalogue.
 */
export async function splitBySky(table: FitsTable): Promise<Split> {
  const [ra, dec] = [table.numbers("RA"), table.numbers("DEC")] as [Float64Array, Float64Array];
  const patches = ang2pix(ra, dec, { order: 7 }) as Int32Array;
  const part = Array.from(patches, (patch) => hash(patch) % 10);
  return {
    train: await table.filter(part.map((n) => n < 6)),
    validation: await table.filter(part.map((n) => n === 6 || n === 7)),
    test: await table.filter(part.map((n) => n > 7)),
  };
}
