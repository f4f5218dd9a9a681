import { type HduSummary, type ImageEntry, ImageTable, type KeywordValue } from "@fitstream/native";
import { DatasetError, type PlainError, toPlain } from "../errors.js";
import type { IndexedFile } from "./indexed-file.js";
import { isRemote } from "./remote-scan.js";

/** One HDU of a survey that samples are taken from. */
export interface SurveyHdu {
  /** The file it lies in, as indexed. */
  readonly file: IndexedFile;
  /** Undefined where it could not be found; `error` says why. */
  readonly hdu: HduSummary | undefined;
  /** Values of the keywords that the dataset asks for. */
  readonly keywords: Readonly<Record<string, KeywordValue>>;
  /** Whether the file is behind a server. */
  readonly isRemote: boolean;
  /** What is wrong with it, if anything. */
  readonly error: PlainError | undefined;
}

/**
 * Which HDU of each file: a position, an EXTNAME, or undefined for the first that holds an image
 * with data.
 */
export type HduChoice = number | string | undefined;

function isImage(hdu: HduSummary): boolean {
  const isKind = hdu.kind === "image" || hdu.kind === "compressed-image";
  return isKind && hdu.shape.length > 0 && hdu.shape.every((n) => n > 0);
}

function isChosen(hdu: HduSummary, choice: HduChoice): boolean {
  if (typeof choice === "number") return hdu.index === choice;
  if (typeof choice === "string") return hdu.extname?.toLowerCase() === choice.toLowerCase();
  return isImage(hdu);
}

function missing(what: string): PlainError {
  return toPlain(new DatasetError({ code: "DATASET_MISMATCH", what }));
}

/** Why an HDU that was found cannot give pixels, as far as its header tells. */
function defectOf(file: IndexedFile, hdu: HduSummary): PlainError | undefined {
  if (!isImage(hdu)) return missing(`${file.url}, HDU ${hdu.index}: no image with data`);
  if (hdu.defect !== undefined) {
    return { from: "native", fields: { path: file.url, ...hdu.defect } };
  }
  const size = file.version?.size ?? 0;
  const end = hdu.dataOffset + hdu.dataLength;
  if (end <= size) return undefined;
  return {
    from: "native",
    fields: {
      code: "FITS_TRUNCATED",
      what: "the file is shorter than its header says",
      expected: `data up to byte ${end}`,
      found: `${size} bytes`,
      path: file.url,
      hdu: hdu.index,
    },
  };
}

function imageOf(file: IndexedFile, hdu: HduSummary): SurveyHdu {
  const keywords = file.keywords[hdu.index] ?? {};
  return { file, hdu, keywords, isRemote: isRemote(file.url), error: defectOf(file, hdu) };
}

/** The chosen image of a file; one with an `error` where there is none. */
export function chooseImage(file: IndexedFile, choice: HduChoice): SurveyHdu {
  const hdu = file.hdus.find((h) => isChosen(h, choice));
  if (hdu !== undefined) return imageOf(file, hdu);
  const wanted = choice === undefined ? "an image with data" : `HDU ${choice}`;
  const error = file.error ?? missing(`${file.url} has no ${wanted}`);
  return { file, hdu: undefined, keywords: {}, isRemote: isRemote(file.url), error };
}

/** Every image with data in a file; one with an `error` where there is none. */
export function allImages(file: IndexedFile): readonly SurveyHdu[] {
  const images = file.hdus.filter(isImage).map((hdu) => imageOf(file, hdu));
  return images.length > 0 ? images : [chooseImage(file, undefined)];
}

const nowhere: ImageEntry["hdu"] = {
  kind: "image",
  index: 0,
  headerOffset: 0,
  dataOffset: 0,
  bitpix: 8,
  shape: [],
  bscale: 1,
  bzero: 0,
  blank: null,
};

/** The images in flat shared memory. Those with an error have a record too, which is never read. */
export function tableOf(images: readonly SurveyHdu[]): ImageTable {
  return ImageTable.of(
    images.map(({ file, hdu }) => ({
      path: file.url,
      stamp: { size: file.version?.size ?? 0, mtimeMs: file.version?.mtimeMs ?? 0 },
      hdu: hdu ?? nowhere,
    })),
  );
}
