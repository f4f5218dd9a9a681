import type { HduSummary, KeywordValue } from "@fitstream/native";
import type { PlainError } from "../errors.js";

/** What identifies the version of a file: another version is scanned again. */
export interface FileVersion {
  /** Bytes of the file. */
  readonly size: number;
  /** Local files: time of the last modification. */
  readonly mtimeMs?: number;
  /** Remote files, where the server says so. */
  readonly etag?: string;
  /** Remote files, where the server says so. */
  readonly lastModified?: string;
}

/** One file of a survey: where its HDUs are, or why that is not known. */
export interface IndexedFile {
  /** Local path or URL. */
  readonly url: string;
  /** What the headers were read of; absent where the file was not reached. */
  readonly version?: FileVersion;
  /** Its HDUs, in order; of a damaged file those before the damage. */
  readonly hdus: readonly HduSummary[];
  /** The keywords that were asked for, per HDU. */
  readonly keywords: readonly Readonly<Record<string, KeywordValue>>[];
  /** Why the file could not be scanned, or not beyond its last HDU here. */
  readonly error?: PlainError;
}
