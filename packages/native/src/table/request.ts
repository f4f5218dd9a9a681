import type { ReadOptions } from "../byte-source.js";
import type { TypedArray } from "../dtype.js";
import type { BooleanExpression } from "../where/builder.js";

/** Rows from `first` on. */
export interface RowRange {
  /** Position of the first row, from 0. */
  readonly first: number;
  /** How many rows. */
  readonly count: number;
}

/** Memory for a column of strings, or of cells of different length. */
export interface RaggedMemory {
  /** Of the column's dtype; uint8 for strings, with room for their padding. */
  readonly values: TypedArray;
  /** One more than there are strings or rows, at least. */
  readonly offsets: Int32Array;
}

/** Options of {@link TableHdu.read}. */
export interface TableReadOptions extends ReadOptions {
  /** Names (case does not matter) or positions. Default: all. */
  readonly columns?: readonly (string | number)[] | undefined;
  /**
   * A range, or any rows by position: in any order, which is that of the result, and also more than
   * once. They are read in the order of the file, near ones together. Default: all rows.
   */
  readonly rows?: RowRange | readonly number[] | Uint32Array | undefined;
  /**
   * Only the rows for which this is true, as `docs/where.md` of the project describes it:
   * `"mag < 20 AND class = 'STAR'"`, or the same by {@link col}. `rows`, which must be a range then,
   * are those that are searched; {@link Table.rowNumbers} tells which ones were found. It sees
   * physical values and nulls, whatever `scale` says. Default: all rows.
   */
  readonly where?: string | BooleanExpression | undefined;
  /** With `where`: ends the search when so many rows are found. Default: all. */
  readonly limit?: number | undefined;
  /**
   * Apply TSCALn and TZEROn. Default true; false gives numbers as they are stored, and logicals as
   * the bytes they are ('T', 'F', 0, or what a broken writer left there).
   */
  readonly scale?: boolean | undefined;
  /**
   * Strings of fixed length: "trimmed" ends them at the first NUL and drops trailing spaces (7.3.3.1
   * of the standard), as {@link StringColumn}. "bytes" gives them as they lie in the file, padding
   * and all, as {@link FixedColumn} of uint8, which is faster. Default "trimmed".
   */
  readonly strings?: "trimmed" | "bytes" | undefined;
  /**
   * Memory to fill, by position in `columns`: an array of the column's dtype (uint8 for strings),
   * also on a SharedArrayBuffer, which holds at least its values (of strings, their padding too);
   * undefined for new memory. Where a column has offsets, {@link RaggedMemory} gives memory for them as
   * well. The arrays belong to the call until the promise settles; the columns' data are the first
   * part of them. Not with `where`.
   */
  readonly into?: readonly (TypedArray | RaggedMemory | undefined)[] | undefined;
  /** Threads that work on the read, at most. The result is the same for any number. Default 1. */
  readonly threads?: number | undefined;
  /** What the columns may take in memory: a small file can declare much. Default 4 GiB. */
  readonly maxBytes?: number | undefined;
}
