import { argsort } from "@fitstream/native";
import { badArgument } from "../errors.js";
import type { IndexedFile } from "./indexed-file.js";
import type { ImageSource } from "./sample-source.js";
import { chooseImage, type HduChoice, type SurveyHdu } from "./survey-hdu.js";

/** Columns of numbers, as they come out of a table. */
export type NumberColumn = ArrayLike<number> | ArrayLike<bigint>;

/** Where cutouts are taken: one row a cutout. */
export interface CutoutPositions {
  /** Position of the file in the list of files. Default: all from the first. */
  readonly file?: NumberColumn | undefined;
  /** Position of the HDU in its file. Default: the source's `hdu`. */
  readonly hdu?: NumberColumn | undefined;
  /** Centre along NAXIS1, in pixels from 0 (a FITS pixel coordinate less one). */
  readonly x: NumberColumn;
  /** Centre along NAXIS2, in pixels from 0. */
  readonly y: NumberColumn;
}

/** What happens to cutouts that leave their image. */
export type EdgePolicy = "error" | "drop";

/** First pixel along an axis, as astropy's Cutout2D places it: for even sizes the centre pixel is
 * the upper one of the middle two. */
function firstPixel(centre: number, size: number): number {
  return Math.ceil(centre - size / 2);
}

function isBigInts(column: NumberColumn): column is ArrayLike<bigint> {
  // An empty column of them shows by its type alone.
  const isTyped = column instanceof BigInt64Array || column instanceof BigUint64Array;
  return isTyped || typeof column[0] === "bigint";
}

function numbers(column: NumberColumn, name: string, length: number): Float64Array {
  if (column.length !== length) {
    throw badArgument(
      `the positions have columns of different length`,
      `${length} rows in ${name}, as in x`,
      String(column.length),
    );
  }
  if (isBigInts(column)) return Float64Array.from(column, Number);
  return new Float64Array(column);
}

/** Cutouts in columns: a survey may have very many. */
interface Cutouts {
  /** Position of the image of each. */
  readonly image: Uint32Array;
  /** First pixel along NAXIS2. */
  readonly y: Float64Array;
  /** First pixel along NAXIS1. */
  readonly x: Float64Array;
}

/** Finds the image of each row, and every image once. */
function placeCutouts(
  files: readonly IndexedFile[],
  choice: HduChoice,
  positions: CutoutPositions,
  [height, width]: readonly [number, number],
): { images: readonly SurveyHdu[]; cutouts: Cutouts } {
  const length = positions.x.length;
  const x = numbers(positions.x, "x", length);
  const y = numbers(positions.y, "y", length);
  const file = positions.file && numbers(positions.file, "file", length);
  const hdu = positions.hdu && numbers(positions.hdu, "hdu", length);
  const images: SurveyHdu[] = [];
  const known = new Map<HduChoice, Map<number, number>>();
  const imageOf = (fileIndex: number, hduChoice: HduChoice): number => {
    const before = known.get(hduChoice)?.get(fileIndex);
    if (before !== undefined) return before;
    const indexed = files[fileIndex];
    if (indexed === undefined) {
      throw badArgument(
        "a cutout names a file that is not there",
        `0 to ${files.length - 1}`,
        String(fileIndex),
      );
    }
    const ofChoice = known.get(hduChoice) ?? new Map<number, number>();
    known.set(hduChoice, ofChoice.set(fileIndex, images.length));
    return images.push(chooseImage(indexed, hduChoice)) - 1;
  };
  const image = new Uint32Array(length);
  for (let i = 0; i < length; ++i) {
    image[i] = imageOf(file?.[i] ?? 0, hdu?.[i] ?? choice);
    y[i] = firstPixel(y[i] ?? 0, height);
    x[i] = firstPixel(x[i] ?? 0, width);
  }
  return { images, cutouts: { image, y, x } };
}

/** Rows of the cutouts that lie inside their images; throws for the others, or drops them. */
function rowsInside(
  { image, y, x }: Cutouts,
  images: readonly SurveyHdu[],
  size: readonly [number, number],
  edge: EdgePolicy,
): Float64Array {
  // The last first pixel along each axis that leaves the window inside.
  const lasts = images.map(({ hdu, error }) => {
    // An image that is not known fails when it is read, with its own error.
    if (hdu === undefined || error !== undefined) return undefined;
    const [height = 0, width = 0] = hdu.shape.slice(-2);
    return { y: height - size[0], x: width - size[1] };
  });
  const rows = new Float64Array(image.length);
  let count = 0;
  for (let i = 0; i < image.length; ++i) {
    const last = lasts[image[i] ?? 0];
    const atY = y[i] ?? 0;
    const atX = x[i] ?? 0;
    if (last === undefined || (atY >= 0 && atX >= 0 && atY <= last.y && atX <= last.x)) {
      rows[count++] = i;
    } else if (edge === "error") {
      throw badArgument(
        `cutout ${i} leaves its image`,
        `a window inside shape [${images[image[i] ?? 0]?.hdu?.shape.join(", ")}], or edge: "drop"`,
        `origin [${atY}, ${atX}], shape [${size.join(", ")}]`,
      );
    }
  }
  return rows.subarray(0, count);
}

function taken({ image, y, x }: Cutouts, rows: Float64Array): Cutouts {
  if (rows.length === image.length) return { image, y, x };
  return {
    image: Uint32Array.from(rows, (row) => image[row] ?? 0),
    y: rows.map((row) => y[row] ?? 0),
    x: rows.map((row) => x[row] ?? 0),
  };
}

/**
 * Cutouts around positions as samples. Axes before the last two are taken whole, so that a cube
 * gives `[planes, height, width]`.
 */
export async function cutoutSamples(
  files: readonly IndexedFile[],
  choice: HduChoice,
  positions: CutoutPositions,
  size: readonly [number, number],
  edge: EdgePolicy,
): Promise<ImageSource> {
  const { images, cutouts } = placeCutouts(files, choice, positions, size);
  const rows = rowsInside(cutouts, images, size, edge);
  const { image, y, x } = taken(cutouts, rows);
  // Storage order: by file, then by row of pixels, so that neighbours are read together.
  const keys = [image, y, x].map((data) => ({ column: { kind: "number", data } as const }));
  const order = await argsort(keys, rows.length);
  const shape = images.find(({ hdu }) => hdu !== undefined)?.hdu?.shape ?? [];
  const leading = shape.slice(0, -2);
  const zeros = leading.map(() => 0);
  const at = (sample: number): number => order[sample] ?? 0;
  return {
    kind: "images",
    hdus: images,
    length: rows.length,
    ids: cutouts.image.length,
    windowShape: [...leading, ...size],
    hduOf: (sample) => image[at(sample)] ?? 0,
    originOf: (sample) => {
      const row = at(sample);
      const atY = y[row] ?? 0;
      const atX = x[row] ?? 0;
      return zeros.length === 0 ? [atY, atX] : [...zeros, atY, atX];
    },
    idOf: (sample) => rows[at(sample)] ?? 0,
  };
}
