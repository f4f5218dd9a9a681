import type { KeywordValue } from "@fitstream/native";
import type { SurveyHdu } from "./survey-hdu.js";

/** What is known of a sample without reading a pixel: for filters, labels and reports. */
export interface SampleMeta {
  /**
   * Names the sample whatever its place in an epoch: the position of its image in the list of
   * images, or of its cutout in the list of cutouts.
   */
  readonly id: number;
  /** Path or URL of its file. */
  readonly url: string;
  /** Index of its HDU; -1 where the file could not be read. */
  readonly hdu: number;
  /** Shape of its whole image, C order. */
  readonly imageShape: readonly number[];
  /** First pixel of a cutout, C order; zeros for a whole image. */
  readonly origin: readonly number[];
  /** The keywords that the source was told to keep. */
  readonly keywords: Readonly<Record<string, KeywordValue>>;
}

/** Samples in storage order: neighbours lie in the same file, where they can. */
export interface SampleSource {
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
  /** First pixel of its window in the image, C order. */
  originOf(sample: number): readonly number[];
  /** Id of the sample: its row in the list that the samples come from. */
  idOf(sample: number): number;
}

/** Describes a sample. */
export function metaOf(source: SampleSource, sample: number): SampleMeta {
  const from = source.hdus[source.hduOf(sample)];
  return {
    id: source.idOf(sample),
    url: from?.file.url ?? "",
    hdu: from?.hdu?.index ?? -1,
    imageShape: from?.hdu?.shape ?? [],
    origin: source.originOf(sample),
    keywords: from?.keywords ?? {},
  };
}
