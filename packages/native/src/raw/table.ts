import type { RawStamp } from "./hdu.js";

declare const openTable: unique symbol;

/** The core's own description of a table, which reads take. */
export interface RawOpenTable {
  readonly [openTable]: never;
}

/** What the header says about the columns, in a few flat values (`cpp/addon/table.cc`). */
export interface RawColumns {
  /** Name, unit, display, description, UCD and form of each column, one after the other. */
  readonly texts: string;
  /**
   * A column each: the ends of its six texts, kind, dtype, whether it is variable, the length of its
   * strings, whether it has a null, TDMIN, TDMAX, TLMIN and TLMAX (NaN where there is none), and the
   * shape of its cells with the number of axes before it.
   */
  readonly numbers: Float64Array;
  /** TNULL of each column, 0 where there is none. */
  readonly nulls: BigInt64Array;
}

export interface RawTable {
  readonly columns: RawColumns;
  readonly table: RawOpenTable;
}

export interface RawTableJob {
  readonly table: RawOpenTable;
  readonly path?: string | undefined;
  readonly stamp?: RawStamp | undefined;
  /** That the file never changes. */
  readonly immutable?: boolean | undefined;
  /** Instead of a path: bytes of the data unit, from byte `skipped` on. */
  readonly data?: Uint8Array | undefined;
  readonly skipped?: number | undefined;
  readonly columns: readonly number[];
  readonly firstRow: number;
  readonly rows: number;
  /** Instead of the range. */
  readonly rowList?: Float64Array | undefined;
  readonly maxBytes: number;
  readonly threads: number;
  /** By column: memory for its values. */
  readonly into?: readonly (Uint8Array | undefined)[] | undefined;
  /** By column: memory for its offsets. */
  readonly offsetsInto?: readonly (Int32Array | undefined)[] | undefined;
  /** Stored values: no TSCAL and TZERO, logicals as their bytes. */
  readonly raw: boolean;
  /** Strings with their padding. */
  readonly asBytes: boolean;
  readonly cancel?: Int32Array | undefined;
}

export interface RawColumnData {
  readonly elements: number;
  readonly nulls: number;
  /** Absent where the values are in the memory that the job gave. */
  readonly values?: ArrayBuffer;
  /** As `values`; for columns that have offsets. */
  readonly offsets?: ArrayBuffer;
  readonly validity?: ArrayBuffer;
}
