import type { Column, RelationOptions } from "@fitstream/native";
import type { ColumnSet } from "../column/column-set.js";
import { makeColumn } from "../column/columns.js";
import { isNull } from "../column/nulls.js";
import { type AggregateOperation, aggregated } from "./aggregate.js";

const isNumeric = ({ layout, info }: Column): boolean =>
  layout === "fixed" && info.kind === "number" && info.cellShape.length === 0;

const operations: readonly (readonly [name: string, operation: AggregateOperation])[] = [
  ["count", "count"],
  ["mean", "mean"],
  ["std", "std"],
  ["min", "min"],
  ["q25", { quantile: 0.25 }],
  ["median", "median"],
  ["q75", { quantile: 0.75 }],
  ["max", "max"],
];

async function statistic(
  column: Column,
  operation: AggregateOperation,
  control: RelationOptions,
): Promise<number> {
  const result = await aggregated("", column, operation, { groups: 1 }, control);
  return result.layout === "fixed" && !isNull(result, 0) ? Number(result.data[0]) : Number.NaN;
}

/** Columns of statistics, with a row for each column of numbers. */
export async function described(table: ColumnSet, control: RelationOptions): Promise<Column[]> {
  const columns = table.columns.filter(isNumeric);
  const values = new Map(operations.map(([name]) => [name, new Float64Array(columns.length)]));
  const nulls = new Float64Array(columns.length);
  for (const [i, column] of columns.entries()) {
    for (const [name, operation] of operations) {
      const of = values.get(name);
      if (of !== undefined) of[i] = await statistic(column, operation, control);
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
