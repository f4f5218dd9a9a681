import type { Dtype } from "../dtype.js";
import type { RawColumnData, RawTableJob } from "./table.js";

/** An expression as the core evaluates it (`cpp/core/where`): for each row, on a stack. */
export interface RawProgram {
  /** Pairs of operation and argument, operands first; the argument is 0 where there is none. */
  readonly code: Int32Array;
  /** Constants of float64. */
  readonly numbers: Float64Array;
  /** Constants of 64 bits; those of UNSIGNED are the bits of a uint64. */
  readonly integers: BigInt64Array;
  /** Constants and patterns of LIKE, Latin-1. */
  readonly texts: readonly Uint8Array[];
  /** What IN looks through, without nulls. */
  readonly lists: readonly RawList[];
  /** By slot: position of the column in the table, or in the list of columns that is given. */
  readonly columns: Int32Array;
}

export type RawList = Float64Array | BigInt64Array | BigUint64Array | readonly Uint8Array[];

/** A search of a range of rows. */
export interface RawSearch extends Omit<RawTableJob, "rowList" | "into"> {
  readonly where: RawProgram;
  /** Rows to find at most. */
  readonly limit?: number | undefined;
}

export interface RawFound {
  /** Float64: positions in the table. */
  readonly rows: ArrayBuffer;
  readonly columns: readonly RawColumnData[];
}

/** A column in memory. */
export interface RawOperand {
  readonly kind: "number" | "logical" | "bit" | "string";
  readonly dtype: Dtype;
  readonly values: Uint8Array;
  /** Of strings. */
  readonly offsets?: Int32Array;
  readonly validity?: Uint8Array | undefined;
}

export interface RawEvaluation {
  readonly program: RawProgram;
  readonly rows: number;
  readonly columns: readonly RawOperand[];
}

export interface RawValues {
  readonly kind: ValueType;
  /** Bytes of 0 and 1, int64, float64, or characters. */
  readonly values: ArrayBuffer;
  /** Int32, of texts. */
  readonly offsets?: ArrayBuffer;
  readonly validity?: ArrayBuffer;
  readonly nulls: number;
}

/** What an expression gives: each can also be null. */
export type ValueType = "boolean" | "integer" | "number" | "text";

/** Operations by their numbers in the core. */
export const operations = {
  COLUMN: 0,
  NUMBER: 1,
  INTEGER: 2,
  TEXT: 3,
  BOOLEAN: 4,
  NULL: 5,
  UNSIGNED: 6,
  ADD: 10,
  SUBTRACT: 11,
  MULTIPLY: 12,
  DIVIDE: 13,
  MODULO: 14,
  NEGATE: 15,
  EQ: 20,
  NE: 21,
  LT: 22,
  LE: 23,
  GT: 24,
  GE: 25,
  AND: 30,
  OR: 31,
  NOT: 32,
  IS_NULL: 40,
  IN: 50,
  LIKE: 60,
  ABS: 70,
  SQRT: 71,
  LOG10: 72,
  LN: 73,
  EXP: 74,
  POW: 75,
  FLOOR: 76,
  CEIL: 77,
  ROUND: 78,
  SIN: 79,
  COS: 80,
  TAN: 81,
  RADIANS: 82,
  DEGREES: 83,
  WITHIN: 90,
} as const;

/** Name of an operation. */
export type Operation = keyof typeof operations;
