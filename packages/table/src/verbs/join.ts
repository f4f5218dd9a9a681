import { type Column, joinRows, NO_ROW, type RelationOptions } from "@fitstream/native";
import { gatherColumn } from "../column/column-rows.js";
import type { ColumnSet } from "../column/column-set.js";
import { withInfo } from "../column/columns.js";
import { joinColumns } from "../column/concat.js";
import { keyOf, typeName } from "../column/keys.js";
import { tableError } from "../errors.js";

/**
 * Which rows come out: those with a partner (inner), all of the left table (left), all of both
 * (outer), the left table's with a partner (semi) or without one (anti), and nothing of the right.
 */
export type JoinKind = "inner" | "left" | "outer" | "semi" | "anti";

/** Columns that must be equal: of one name in both tables, or of one each. */
export type JoinKeys =
  | string
  | readonly (string | { readonly left: string; readonly right: string })[];

/** Options of {@link FitsTable.join}. */
export interface JoinOptions extends RelationOptions {
  /** What is appended to names of the right table that the left one has, too. Default "_right". */
  readonly suffix?: string;
  /** Rows that may come out, against keys that all equal each other. Default 2^31. */
  readonly maxRows?: number;
}

function checkKeys(left: Column, right: Column): void {
  const typeOf = ({ layout, info }: Column): string => {
    if (layout === "string") return "string";
    return info.dtype.startsWith("float") ? "float" : "integer";
  };
  if (typeOf(left) === typeOf(right)) return;
  throw tableError({
    code: "TABLE_TYPE",
    what: `join keys of different types: ${left.info.name} and ${right.info.name}`,
    expected: typeName(left),
    found: typeName(right),
    column: right.info.name,
  });
}

/** The columns of the joined table. */
export async function joinedColumns(
  left: ColumnSet,
  right: ColumnSet,
  on: JoinKeys,
  how: JoinKind,
  { suffix = "_right", maxRows, ...control }: JoinOptions,
): Promise<[columns: Column[], rows: number]> {
  const pairs = (typeof on === "string" ? [on] : on).map((key) => {
    const names = typeof key === "string" ? { left: key, right: key } : key;
    return { left: left.column(names.left), right: right.column(names.right) };
  });
  for (const pair of pairs) checkKeys(pair.left, pair.right);
  const rows = await joinRows(
    { keys: pairs.map((pair) => keyOf(pair.left, "join")), rows: left.rows },
    { keys: pairs.map((pair) => keyOf(pair.right, "join")), rows: right.rows },
    how,
    { maxRows, ...control },
  );
  const columns: Column[] = [];
  for (const column of left.columns) {
    const partner = pairs.find((pair) => pair.left === column)?.right;
    if (how !== "outer" || partner === undefined) {
      columns.push(await gatherColumn(column, rows.left, control));
    } else {
      // Rows that only the right table has: their keys stand there.
      const either = rows.left.map((row, i) =>
        row === NO_ROW ? left.rows + (rows.right[i] ?? 0) : row,
      );
      columns.push(await gatherColumn(joinColumns([column, partner]), either, control));
    }
  }
  if (how === "semi" || how === "anti") return [columns, rows.left.length];
  const taken = new Set(left.names);
  const added = new Set<string>();
  for (const column of right.columns) {
    if (pairs.some((pair) => pair.right === column)) continue;
    const { name } = column.info;
    const gathered = await gatherColumn(column, rows.right, control);
    const isTaken = taken.has(name);
    const shown = isTaken ? `${name}${suffix}` : name;
    if (isTaken && (taken.has(shown) || added.has(shown) || right.names.includes(shown))) {
      throw tableError({
        code: "TABLE_DUPLICATE_COLUMN",
        what: "the joined table would have two columns of this name",
        expected: "another `suffix`",
        found: suffix,
        column: shown,
      });
    }
    added.add(shown);
    columns.push(withInfo(gathered, { name: shown }));
  }
  return [columns, rows.left.length];
}
