import type { KeywordValue } from "@fitstream/native";
import type { SurveyHdu } from "./survey-hdu.js";

/** What is known of a sample without reading a pixel: for filters, labels and reports. */
export interface SampleMeta {
  /**
   * Names the sample whatever its place in an epoch: the position of its image in the list of
   * images, of its cutout in the list of cutouts, or of its row among those of all files.
   */
  readonly id: number;
  /** Path or URL of its file. */
  readonly url: string;
  /** Index of its HDU; -1 where the file could not be read. */
  readonly hdu: number;
  /** Shape of its whole image, C order; `[]` for a row of a table. */
  readonly imageShape: readonly number[];
  /** First pixel of a cutout, C order; zeros for a whole image; `[]` for a row of a table. */
  readonly origin: readonly number[];
  /** Rows of tables: position in the table. */
  readonly row?: number;
  /** The keywords that the source was told to keep. */
  readonly keywords: Readonly<Record<string, KeywordValue>>;
}

/** Samples in storage order: neighbours lie in the same file, where they can. */
interface Samples {
  /** HDUs that samples are taken from, in the order of the files. */
  readonly hdus: readonly SurveyHdu[];
  /** Number of samples. */
  readonly length: number;
  /** Ids run from 0 to this: rows of the list that the samples come from. */
  readonly ids: number;
  /** Shape of a sample's window, C order; undefined where every sample is a whole image. */
  readonly windowShape: readonly number[] | undefined;
  /** Index of the sample's HDU in `hdus`. */
  hduOf(sample: number): number;
  /** First pixel of its window in the image, C order; of rows, `[row]`. */
  originOf(sample: number): readonly number[];
  /** Id of the sample: its row in the list that the samples come from. */
  idOf(sample: number): number;
}

/** Images, or windows of them. */
export interface ImageSource extends Samples {
  readonly kind: "images";
}

/** Rows of tables. */
export interface RowSource extends Samples {
  readonly kind: "rows";
  /** Of each table the rows that are samples; undefined where all are. */
  readonly hits: readonly (Float64Array | undefined)[];
}

/** Where samples come from. */
export type SampleSource = ImageSource | RowSource;

/** Describes a sample. */
export function metaOf(source: SampleSource, sample: number): SampleMeta {
  const isRow = source.kind === "rows";
  const origin = source.originOf(sample);
  const from = source.hdus[source.hduOf(sample)];
  return {
    id: source.idOf(sample),
    url: from?.file.url ?? "",
    hdu: from?.hdu?.index ?? -1,
    imageShape: isRow ? [] : (from?.hdu?.shape ?? []),
    origin: isRow ? [] : origin,
    ...(isRow ? { row: origin[0] ?? 0 } : {}),
    keywords: from?.keywords ?? {},
  };
}
