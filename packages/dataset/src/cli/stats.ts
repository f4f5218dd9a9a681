import type { Column } from "@fitstream/native";
import { FitsTable, formatTable, isNull, makeColumn } from "@fitstream/table";
import { ColumnStatistics, type ColumnSummary } from "@fitstream/table/frame";
import { openCatalogue } from "../catalogue/open-catalogue.js";
import { ProgressLine } from "./progress-line.js";

/** What `fitstream stats` was asked for. */
export interface StatsRequest {
  readonly hdu?: number | string | undefined;
  readonly columns?: readonly string[] | undefined;
  readonly where?: string | undefined;
  readonly json: boolean;
}

/** What can be summarized: one value a row. */
function isScalar({ layout, info }: Column): boolean {
  return layout !== "ragged" && info.cellShape.length === 0 && info.kind !== "complex";
}

function add(statistics: ColumnStatistics, column: Column): void {
  const { rows } = column;
  const isNumber = column.layout === "fixed" && column.info.kind === "number";
  let nulls = 0;
  if (isNumber) {
    const numbers = new Float64Array(rows);
    for (let i = 0; i < rows; ++i) {
      const isMissing = isNull(column, i);
      nulls += Number(isMissing);
      numbers[i] = isMissing ? Number.NaN : Number(column.data[i]);
    }
    statistics.add({ rows, nulls, nan: 0, sentinels: 0, numbers });
    return;
  }
  const keys = Array.from({ length: rows }, (_, i) => {
    if (isNull(column, i)) return null;
    return column.layout === "string" ? column.at(i) : column.data[i] !== 0 ? "T" : "F";
  });
  nulls = keys.filter((key) => key === null).length;
  statistics.add({ rows, nulls, nan: 0, sentinels: 0, keys });
}

/** The most frequent values, as many as fit a line. */
function categoriesText({ categories }: ColumnSummary): string {
  if (categories === undefined) return "";
  const shown = categories.values.slice(0, 3).map((value, i) => {
    return `${value === "" ? "''" : value}: ${categories.counts[i]}`;
  });
  const more = categories.values.length - shown.length;
  return shown.join(", ") + (more > 0 ? `, ${more} more` : "");
}

function tableOf(summaries: readonly (readonly [Column["info"], ColumnSummary])[]): FitsTable {
  const text = (name: string, values: readonly string[]) =>
    makeColumn(name, values, { kind: "string" });
  const numbers = (name: string, value: (summary: ColumnSummary) => number | null | undefined) =>
    makeColumn(
      name,
      Float64Array.from(summaries, ([, summary]) => value(summary) ?? Number.NaN),
    );
  const quantile = (percent: string) => (summary: ColumnSummary) =>
    summary.numbers?.quantiles[percent];
  return new FitsTable([
    text(
      "column",
      summaries.map(([info]) => info.name),
    ),
    text(
      "unit",
      summaries.map(([info]) => info.unit),
    ),
    numbers("count", ({ rows, nulls }) => rows - nulls),
    numbers("nulls", ({ nulls }) => nulls),
    numbers("mean", (summary) => summary.numbers?.mean),
    numbers("std", (summary) => summary.numbers?.std),
    numbers("min", (summary) => summary.numbers?.min),
    numbers("25 %", quantile("25")),
    numbers("50 %", quantile("50")),
    numbers("75 %", quantile("75")),
    numbers("max", (summary) => summary.numbers?.max),
    text(
      "values",
      summaries.map(([, summary]) => categoriesText(summary)),
    ),
  ]);
}

/** Prints statistics of each column of one value a row, found in one pass in constant memory. */
export async function stats(files: readonly string[], request: StatsRequest): Promise<void> {
  const { hdu, columns, where, json } = request;
  await using catalogue = await openCatalogue(files, { hdu });
  const empty = await catalogue.read({ columns, rows: { first: 0, count: 0 } });
  const measured = empty.columns.filter(isScalar).map(({ info }) => ({
    info,
    statistics: new ColumnStatistics(),
  }));
  const names = measured.map(({ info }) => info.name);
  using progress = new ProgressLine();
  const scan = catalogue.scan({ columns: names, where, onProgress: progress.show });
  for await (const part of scan) {
    for (const { info, statistics } of measured) add(statistics, part.column(info.name));
  }
  const summaries = measured.map(({ info, statistics }) => [info, statistics.summary()] as const);
  if (json) {
    const named = summaries.map(([{ name, unit }, summary]) => ({ name, unit, ...summary }));
    console.log(JSON.stringify(named));
  } else {
    console.log(formatTable(tableOf(summaries), { rows: summaries.length }));
  }
}
