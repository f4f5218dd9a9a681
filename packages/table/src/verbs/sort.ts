import { argsort, type RelationOptions } from "@fitstream/native";
import type { ColumnSet } from "../column/column-set.js";
import { keyOf } from "../column/keys.js";

/** A column to sort by. */
export interface SortKey {
  /** Name. */
  readonly column: string;
  /** The largest first. Default false. */
  readonly descending?: boolean;
  /** Where nulls go, in either direction. Default "last". */
  readonly nulls?: "first" | "last";
}

/** How to sort by the columns that say nothing of it themselves. */
export type SortOptions = Omit<SortKey, "column"> & RelationOptions;

/** The order in which the rows of a table come: stable, by the first key, then by the next. */
export async function sortedRows(
  table: ColumnSet,
  by: string | readonly (string | SortKey)[],
  { threads, signal, ...options }: SortOptions,
): Promise<Uint32Array> {
  const keys = (typeof by === "string" ? [by] : by).map((key) => {
    const { column, ...own } = typeof key === "string" ? { column: key } : key;
    return { ...options, ...own, column: keyOf(table.column(column), "sort") };
  });
  return argsort(keys, table.rows, { threads, signal });
}
