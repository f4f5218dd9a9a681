import type { Column } from "@fitstream/native";

/** What the verbs need of a table. */
export interface ColumnSet {
  /** Rows. */
  readonly rows: number;
  /** The columns, in order. */
  readonly columns: readonly Column[];
  /** Their names. */
  readonly names: readonly string[];
  /** By name or position. */
  column(which: string | number): Column;
}
