import type { Column, ColumnMetadata } from "@fitstream/native";
import { tableError } from "../errors.js";
import type { ColumnSet } from "./column-set.js";
import { withInfo } from "./columns.js";

/** New names: by old ones, or made of what is known of a column and its position. */
export type Renaming =
  | Readonly<Record<string, string>>
  | ((column: ColumnMetadata, position: number) => string);

/**
 * Refuses columns of one name where they become properties of one object.
 *
 * @throws {TableError} TABLE_DUPLICATE_COLUMN
 */
export function checkDistinct(columns: readonly Column[]): void {
  const seen = new Map<string, number>();
  for (const [i, { info }] of columns.entries()) {
    const other = seen.get(info.name);
    if (other !== undefined) {
      throw tableError({
        code: "TABLE_DUPLICATE_COLUMN",
        what: `columns ${other} and ${i} have one name`,
        expected: "distinct names: give them by `rename((column, position) => ...)`",
        found: info.name,
        column: info.name,
      });
    }
    seen.set(info.name, i);
  }
}

/**
 * The columns under new names.
 *
 * @throws {TableError} TABLE_DUPLICATE_COLUMN when a new name is that of another column, whatever
 *   its case.
 */
export function renamedColumns(table: ColumnSet, names: Renaming): Column[] {
  const byColumn = new Map(
    typeof names === "function"
      ? table.columns.map((column, i) => [column, names(column.info, i)] as const)
      : Object.entries(names).map(([old, name]) => [table.column(old), name] as const),
  );
  const columns = table.columns.map((column) => {
    const name = byColumn.get(column) ?? column.info.name;
    return name === column.info.name ? column : withInfo(column, { name });
  });
  const taken = new Map<string, number>();
  for (const { info } of columns) {
    const key = info.name.toLowerCase();
    taken.set(key, (taken.get(key) ?? 0) + 1);
  }
  for (const [i, { info }] of columns.entries()) {
    const isNew = info.name !== table.columns[i]?.info.name;
    if (!isNew || taken.get(info.name.toLowerCase()) === 1) continue;
    throw tableError({
      code: "TABLE_DUPLICATE_COLUMN",
      what: "two columns would have this name",
      expected: "names that differ in more than case",
      found: info.name,
      column: info.name,
    });
  }
  return columns;
}
