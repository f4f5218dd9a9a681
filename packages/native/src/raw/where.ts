import type { Dtype } from "../dtype.js";
import type { RawColumnData, RawTableJob } from "./table.js";

/** A condition or a computed value over columns: operations of cpp/core/where/program.h. */
export interface RawProgram {
  /** Pairs (operation, argument), postfix: operands first. */
  readonly code: Int32Array;
  readonly numbers: Float64Array;
  readonly integers: BigInt64Array;
  /** Texts and patterns of LIKE, in Latin-1. */
  readonly texts: readonly Uint8Array[];
  /** What IN compares with. */
  readonly lists: readonly (Float64Array | BigInt64Array | readonly Uint8Array[])[];
  /** By slot: a column of the table, or of those given. */
  readonly columns: Int32Array;
}

/** Searches the range of rows; there is no `rowList` and no `into`. */
export interface RawSearchJob extends RawTableJob {
  readonly where: RawProgram;
  /** Of hits; the rows behind the last of them are not searched. */
  readonly limit?: number | undefined;
}

export interface RawHits {
  /** Float64: which rows of the table, in order. */
  readonly rows: ArrayBuffer;
  readonly columns: readonly RawColumnData[];
}

/** A column in memory, of one value a row. */
export interface RawOperand {
  readonly kind: "number" | "logical" | "bit" | "string";
  readonly dtype: Dtype;
  /** Numbers of `dtype`, bytes 0 and 1, or the bytes of strings. */
  readonly values: Uint8Array;
  /** Of strings. */
  readonly offsets?: Int32Array | undefined;
  readonly validity?: Uint8Array | undefined;
}

export interface RawEvaluateJob {
  readonly program: RawProgram;
  readonly rows: number;
  readonly columns: readonly RawOperand[];
}

export interface RawValues {
  readonly kind: "boolean" | "integer" | "number" | "text";
  /** Bytes 0 and 1, int64, float64, or the bytes of texts. */
  readonly values: ArrayBuffer;
  /** Int32, of texts. */
  readonly offsets?: ArrayBuffer;
  readonly validity?: ArrayBuffer;
  readonly nulls: number;
}
