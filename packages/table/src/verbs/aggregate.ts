import { aggregate, type Column, type RelationOptions, type Statistic } from "@fitstream/native";
import { gatherColumn } from "../column/column-rows.js";
import { makeColumn, withInfo } from "../column/columns.js";
import { keyOf, numberOf } from "../column/keys.js";
import { tableError } from "../errors.js";

/** Rows by group; without codes all rows are one group. */
export interface Groups {
  readonly codes?: Uint32Array | undefined;
  readonly groups: number;
}

/** What an operation is called in the names of results. */
export function operationName(operation: Statistic): string {
  return typeof operation === "string" ? operation : `q${operation.quantile * 100}`;
}

function checkOperation(operation: Statistic, column: string): void {
  if (typeof operation === "string") return;
  if (operation.quantile >= 0 && operation.quantile <= 1) return;
  throw tableError({
    code: "TABLE_BAD_ARGUMENT",
    what: "a quantile is a fraction",
    expected: "0 to 1",
    found: String(operation.quantile),
    column,
  });
}

/** Whose results have the unit of the values. */
const isInUnit = (operation: Statistic): boolean => operation !== "count";

/** An operation, and what its result is called. */
export interface Wanted {
  readonly name: string;
  readonly operation: Statistic;
}

const picks: ReadonlySet<Statistic> = new Set(["first", "last", "min", "max", "count"]);

/** Operations over the groups of a column, as columns of these names: in one pass for all. */
export async function aggregated(
  column: Column,
  wanted: readonly Wanted[],
  { codes, groups }: Groups,
  control: RelationOptions = {},
): Promise<Column[]> {
  for (const { operation } of wanted) checkOperation(operation, column.info.name);
  const calculated = wanted.find(({ operation }) => !picks.has(operation));
  const key =
    calculated === undefined
      ? keyOf(column, "an aggregate")
      : numberOf(column, `the aggregate ${operationName(calculated.operation)}`);
  const operations = wanted.map(({ operation }) => operation);
  const results = await aggregate(key, { codes, groups, rows: column.rows }, operations, control);
  const columns: Column[] = [];
  for (const [i, { name, operation }] of wanted.entries()) {
    const result = results[i];
    if (result === undefined) throw new Error("an aggregate came back without a result");
    if ("rows" in result) {
      columns.push(withInfo(await gatherColumn(column, result.rows, control), { name }));
      continue;
    }
    const { unit, display, description } = column.info;
    const told = isInUnit(operation) ? { unit, display, description } : {};
    columns.push(makeColumn(name, result.data, { ...told, validity: result.validity }));
  }
  return columns;
}
