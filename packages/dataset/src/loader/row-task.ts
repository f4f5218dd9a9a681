import type { TypedArray } from "@fitstream/native";
import type { RowColumn } from "../plan/row-column.js";
import type { TableEntry } from "../survey/local-table.js";
import type { FailedPlace, SharedPlace } from "./assignment.js";
import type { TensorPlace } from "./slot-layout.js";

/** Rows of tables to read into the slot of a batch, in one message. */
export interface RowTask {
  readonly kind: "rows";
  /** The same in all tasks of a loader. */
  readonly columns: readonly RowColumn[];
  /** The same in all tasks of a loader. */
  readonly tensors: readonly TensorPlace[];
  /** The slot of the whole batch. */
  readonly target: SharedPlace;
  /** Place, table and row of each sample, one after the other; those of a table stand together. */
  readonly rows: Float64Array;
  /** The tables that the rows name. */
  readonly tables: ReadonlyMap<number, TableEntry>;
}

/** Cells of different length, which lie outside of the slot. */
export interface RaggedCells {
  /** Position among the columns. */
  readonly column: number;
  /** Place of each cell in the batch. */
  readonly places: readonly number[];
  /** Cell `i` is `values[offsets[i]]` to `values[offsets[i + 1]]`. */
  readonly offsets: Int32Array;
  readonly values: TypedArray;
}

/** What came of rows. */
export interface RowResult {
  readonly failed: readonly FailedPlace[];
  readonly ragged: readonly RaggedCells[];
}
