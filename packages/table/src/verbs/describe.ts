import type { Column, RelationOptions } from "@fitstream/native";
import type { ColumnSet } from "../column/column-set.js";
import { makeColumn } from "../column/columns.js";
import { isNull } from "../column/nulls.js";
import { aggregated, type Wanted } from "./aggregate.js";

const isNumeric = ({ layout, info }: Column): boolean =>
  layout === "fixed" && info.kind === "number" && info.cellShape.length === 0;

const operations: readonly Wanted[] = [
  { name: "count", operation: "count" },
  { name: "mean", operation: "mean" },
  { name: "std", operation: "std" },
  { name: "min", operation: "min" },
  { name: "q25", operation: { quantile: 0.25 } },
  { name: "median", operation: "median" },
  { name: "q75", operation: { quantile: 0.75 } },
  { name: "max", operation: "max" },
];

function numberOf(result: Column): number {
  return result.layout === "fixed" && !isNull(result, 0) ? Number(result.data[0]) : Number.NaN;
}

/** Columns of statistics, with a row for each column of numbers. */
export async function described(table: ColumnSet, control: RelationOptions): Promise<Column[]> {
  const columns = table.columns.filter(isNumeric);
  const values = new Map(operations.map(({ name }) => [name, new Float64Array(columns.length)]));
  const nulls = new Float64Array(columns.length);
  for (const [i, column] of columns.entries()) {
    for (const result of await aggregated(column, operations, { groups: 1 }, control)) {
      const of = values.get(result.info.name);
      if (of !== undefined) of[i] = numberOf(result);
    }
    nulls[i] = table.rows - (values.get("count")?.[i] ?? 0);
  }
  const [count, ...rest] = [...values].map(([name, of]) => makeColumn(name, of));
  return [
    makeColumn(
      "column",
      columns.map(({ info }) => info.name),
      { kind: "string" },
    ),
    makeColumn(
      "unit",
      columns.map(({ info }) => info.unit),
      { kind: "string" },
    ),
    ...(count === undefined ? [] : [count]),
    makeColumn("nulls", nulls),
    ...rest,
  ];
}
