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
 * with data, or a table.
 */
export type HduChoice = number | string | undefined;

function isImage(hdu: HduSummary): boolean {
  const isKind = hdu.kind === "image" || hdu.kind === "compressed-image";
  return isKind && hdu.shape.length > 0 && hdu.shape.every((n) => n > 0);
}

function isTable(hdu: HduSummary): boolean {
  return hdu.kind === "bintable" || hdu.kind === "asciitable";
}

/** What samples can be taken from, and what it is called where there is none. */
interface HduKind {
  readonly name: string;
  readonly has: (hdu: HduSummary) => boolean;
}
const images: HduKind = { name: "image with data", has: isImage };
const tables: HduKind = { name: "table", has: isTable };

function isChosen(hdu: HduSummary, choice: HduChoice, kind: HduKind): boolean {
  if (typeof choice === "number") return hdu.index === choice;
  if (typeof choice === "string") return hdu.extname?.toLowerCase() === choice.toLowerCase();
  return kind.has(hdu);
}

function missing(what: string): PlainError {
  return toPlain(new DatasetError({ code: "DATASET_MISMATCH", what }));
}

/** Why an HDU that was found cannot be read, as far as its header tells. */
function defectOf(file: IndexedFile, hdu: HduSummary, kind: HduKind): PlainError | undefined {
  if (!kind.has(hdu)) return missing(`${file.url}, HDU ${hdu.index}: no ${kind.name}`);
  if (hdu.defect !== undefined) {
    return { from: "native", fields: { path: file.url, ...hdu.defect } };
  }
  const size = file.version?.size ?? 0;
  const end = hdu.dataOffset + hdu.dataLength;
  if (end <= size || hdu.dataLength === 0) return undefined;
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

function surveyHdu(file: IndexedFile, hdu: HduSummary, kind: HduKind): SurveyHdu {
  const keywords = file.keywords[hdu.index] ?? {};
  return { file, hdu, keywords, isRemote: isRemote(file.url), error: defectOf(file, hdu, kind) };
}

function choose(file: IndexedFile, choice: HduChoice, kind: HduKind): SurveyHdu {
  const hdu = file.hdus.find((h) => isChosen(h, choice, kind));
  if (hdu !== undefined) return surveyHdu(file, hdu, kind);
  const wanted = choice === undefined ? kind.name : `HDU ${choice}`;
  const error = file.error ?? missing(`${file.url} has no ${wanted}`);
  return { file, hdu: undefined, keywords: {}, isRemote: isRemote(file.url), error };
}

/** The chosen image of a file; one with an `error` where there is none. */
export function chooseImage(file: IndexedFile, choice: HduChoice): SurveyHdu {
  return choose(file, choice, images);
}

/** The chosen table of a file; one with an `error` where there is none. */
export function chooseTable(file: IndexedFile, choice: HduChoice): SurveyHdu {
  return choose(file, choice, tables);
}

/** Every image with data in a file; one with an `error` where there is none. */
export function allImages(file: IndexedFile): readonly SurveyHdu[] {
  const found = file.hdus.filter(isImage).map((hdu) => surveyHdu(file, hdu, images));
  return found.length > 0 ? found : [chooseImage(file, undefined)];
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
export function tableOf(hdus: readonly SurveyHdu[]): ImageTable {
  return ImageTable.of(
    hdus.map(({ file, hdu }) => ({
      path: file.url,
      stamp: { size: file.version?.size ?? 0, mtimeMs: file.version?.mtimeMs ?? 0 },
      hdu: hdu ?? nowhere,
    })),
  );
}
