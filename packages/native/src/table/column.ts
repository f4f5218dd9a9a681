import type { Dtype, TypedArray } from "../dtype.js";

/** What the header says about a column. */
export interface ColumnMetadata {
  /** TTYPEn; empty where there is none. Names may repeat: an index is always unique. */
  readonly name: string;
  /** Position in the table, from 0. */
  readonly index: number;
  /** TUNITn; empty where there is none. */
  readonly unit: string;
  /** TCOMMn, what the column is about; empty where there is none. */
  readonly description: string;
  /** TUCDn, the IVOA's Unified Content Descriptor; empty where there is none. */
  readonly ucd: string;
  /** TFORMn as written; empty where the column comes from no file. */
  readonly form: string;
  /** TDISPn, how to show a value; empty where there is none. */
  readonly display: string;
  /** What the values are: bits and logicals come out as 0 or 1, complex ones as pairs. */
  readonly kind: "number" | "logical" | "bit" | "complex" | "string";
  /** Of the values that come out; of each half of a complex one. */
  readonly dtype: Dtype;
  /** Rows hold different numbers of elements (TFORMn P or Q). */
  readonly isVariable: boolean;
  /** Shape of one cell, C order; `[]` for a single element. */
  readonly cellShape: readonly number[];
  /** Columns of strings: bytes of one string, with its padding. */
  readonly stringLength?: number;
  /** TNULLn, the stored integer that stands for null. */
  readonly null?: bigint;
  /** TDMINn, the least physical value there is. */
  readonly dataMin?: number;
  /** TDMAXn, the greatest physical value there is. */
  readonly dataMax?: number;
  /** TLMINn, the least physical value that makes sense. */
  readonly legalMin?: number;
  /** TLMAXn, the greatest physical value that makes sense. */
  readonly legalMax?: number;
  /** The values that a column of strings or codes may have. No keyword of FITS tells. */
  readonly categories?: readonly string[];
}

interface ColumnBase {
  /** What the header says about it. */
  readonly info: ColumnMetadata;
  /** Rows that were read. */
  readonly rows: number;
  /** Elements that are null: TNULLn, undefined logicals, blank fields of ASCII tables. */
  readonly nulls: number;
  /** One bit an element, least significant first, 0 where it is null; absent without nulls. */
  readonly validity?: Uint8Array;
}

/**
 * Numbers, logicals (0 or 1), bits (0 or 1), complex pairs, or the bytes of strings: one array for
 * the whole column, row after row.
 */
export interface FixedColumn extends ColumnBase {
  readonly layout: "fixed";
  /** C order: rows, the cell's shape, then 2 for complex values, or the length of the strings. */
  readonly shape: readonly number[];
  /** The values, in an ArrayBuffer of their own, or in the memory that the caller gave. */
  readonly data: TypedArray;
}

/** Cells of different length: row `i` is `data[offsets[i]]` to `data[offsets[i + 1]]`. */
export interface RaggedColumn extends ColumnBase {
  readonly layout: "ragged";
  /** In elements; of complex columns, in pairs. Rows + 1 of them. */
  readonly offsets: Int32Array;
  /**
   * The values of all cells, one cell after the other; complex ones as pairs. In an ArrayBuffer of
   * their own, or the first ones of the memory that the caller gave.
   */
  readonly data: TypedArray;
}

/**
 * Strings as bytes. They end at the first NUL and have no trailing spaces (FITS Standard 4.0,
 * section 7.3.3.1); bytes above 127 are kept as they are.
 */
export interface StringColumn extends ColumnBase {
  readonly layout: "string";
  /** Rows, then the cell's shape. */
  readonly shape: readonly number[];
  /**
   * The characters of all strings, one string after the other. In an ArrayBuffer of their own, or
   * the first bytes of the memory that the caller gave.
   */
  readonly bytes: Uint8Array;
  /** String `i` is `bytes[offsets[i]]` to `bytes[offsets[i + 1]]`. */
  readonly offsets: Int32Array;
  /** String `i`, as Latin-1. */
  at(i: number): string;
  /** All of them. */
  toArray(): string[];
}

/** A column's values, by `layout`. */
export type Column = FixedColumn | RaggedColumn | StringColumn;
