import type { FitsErrorFields } from "../errors.js";

/** An HDU by position, or by name where there is one. */
export interface RawHduChoice {
  readonly index: number;
  readonly name?: string;
  readonly version?: number;
}

export interface RawFailedFile {
  readonly file: number;
  readonly error: FitsErrorFields;
}

/** Rows of keywords (`cpp/core/header_batch.h`): an array each of bytes, doubles, text, doubles. */
export interface RawKeywordRows {
  readonly kinds: ArrayBuffer;
  readonly numbers: ArrayBuffer;
  readonly texts: ArrayBuffer;
  readonly textEnds: ArrayBuffer;
  readonly failed: readonly RawFailedFile[];
}
