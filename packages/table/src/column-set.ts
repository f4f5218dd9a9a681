import type { Column } from "@fitstream/native";

/** What the verbs need of a table. */
export interface ColumnSet {
  readonly rows: number;
  readonly columns: readonly Column[];
  readonly names: readonly string[];
  /** By name or position. */
  column(which: string | number): Column;
}
