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

function numbers(column: NumberColumn, name: string, length: number): Float64Array {
  if (column.length !== length) {
    throw badArgument(
      `the positions have columns of different length`,
      `${length} rows in ${name}, as in x`,
      String(column.length),
    );
  }
  return Float64Array.from({ length }, (_, i) => Number(column[i]));
}

interface Cutout {
  readonly id: number;
  readonly image: number;
  readonly y: number;
  readonly x: number;
}

/** Finds the image of each row, and every image once. */
function placeCutouts(
  files: readonly IndexedFile[],
  choice: HduChoice,
  positions: CutoutPositions,
  [height, width]: readonly [number, number],
): { images: readonly SurveyHdu[]; cutouts: Cutout[] } {
  const length = positions.x.length;
  const x = numbers(positions.x, "x", length);
  const y = numbers(positions.y, "y", length);
  const file = positions.file && numbers(positions.file, "file", length);
  const hdu = positions.hdu && numbers(positions.hdu, "hdu", length);
  const images: SurveyHdu[] = [];
  const known = new Map<string, number>();
  const imageOf = (fileIndex: number, hduChoice: HduChoice): number => {
    const key = `${fileIndex} ${hduChoice}`;
    const before = known.get(key);
    if (before !== undefined) return before;
    const indexed = files[fileIndex];
    if (indexed === undefined) {
      throw badArgument(
        "a cutout names a file that is not there",
        `0 to ${files.length - 1}`,
        String(fileIndex),
      );
    }
    known.set(key, images.length);
    return images.push(chooseImage(indexed, hduChoice)) - 1;
  };
  const cutouts = Array.from(x, (_, id) => ({
    id,
    image: imageOf(file?.[id] ?? 0, hdu?.[id] ?? choice),
    y: firstPixel(y[id] ?? 0, height),
    x: firstPixel(x[id] ?? 0, width),
  }));
  return { images, cutouts };
}

function isInside(
  cutout: Cutout,
  image: SurveyHdu | undefined,
  size: readonly [number, number],
): boolean {
  const shape = image?.hdu?.shape;
  // An image that is not known fails when it is read, with its own error.
  if (shape === undefined || image?.error !== undefined) return true;
  const [height = 0, width = 0] = shape.slice(-2);
  return (
    cutout.y >= 0 && cutout.x >= 0 && cutout.y + size[0] <= height && cutout.x + size[1] <= width
  );
}

/**
 * Cutouts around positions as samples. Axes before the last two are taken whole, so that a cube
 * gives `[planes, height, width]`.
 */
export function cutoutSamples(
  files: readonly IndexedFile[],
  choice: HduChoice,
  positions: CutoutPositions,
  size: readonly [number, number],
  edge: EdgePolicy,
): ImageSource {
  const { images, cutouts: all } = placeCutouts(files, choice, positions, size);
  const inside = all.filter((cutout) => isInside(cutout, images[cutout.image], size));
  const outside = all.find((cutout) => !isInside(cutout, images[cutout.image], size));
  if (outside !== undefined && edge === "error") {
    throw badArgument(
      `cutout ${outside.id} leaves its image`,
      `a window inside shape [${images[outside.image]?.hdu?.shape.join(", ")}], or edge: "drop"`,
      `origin [${outside.y}, ${outside.x}], shape [${size.join(", ")}]`,
    );
  }
  // Storage order: by file, then by row of pixels, so that neighbours are read together.
  inside.sort((a, b) => a.image - b.image || a.y - b.y || a.x - b.x);
  const first = images.find((image) => image.hdu !== undefined)?.hdu?.shape ?? [0, 0];
  return {
    kind: "images",
    hdus: images,
    length: inside.length,
    ids: all.length,
    windowShape: [...first.slice(0, -2), ...size],
    hduOf: (sample) => inside[sample]?.image ?? 0,
    originOf: (sample) => {
      const cutout = inside[sample];
      const leading = first.slice(0, -2).map(() => 0);
      return [...leading, cutout?.y ?? 0, cutout?.x ?? 0];
    },
    idOf: (sample) => inside[sample]?.id ?? 0,
  };
}
