import { writeFile } from "node:fs/promises";
import { cpus, loadavg, release, totalmem } from "node:os";
import type { Figure, Row } from "./bars.js";
import type { Measurement, Outcome, Value } from "./bench.js";
import { median, quantile } from "./statistics.js";

export type Verdict = "met" | "MISSED" | "not built yet" | "limited" | "";

/** A figure of a row, measured and judged. */
export interface JudgedFigure extends Figure {
  readonly measured: Value;
  /** Empty where there is no bar to judge by. */
  readonly verdict: Verdict;
}

export interface JudgedRow extends Pick<Row, "id" | "family" | "title"> {
  readonly figures: readonly JudgedFigure[];
  readonly notes: readonly string[];
  /** Met when every figure is; what keeps it from being judged comes before a miss. */
  readonly verdict: Verdict;
}

export interface Report {
  readonly machine: Readonly<Record<string, string | number>>;
  readonly versions: Readonly<Record<string, unknown>>;
  /** Readers that are not there, and why. */
  readonly missing: readonly string[];
  readonly measurements: readonly Measurement[];
  readonly rows: readonly JudgedRow[];
}

/** What the figures were measured on. */
export function machine(): Report["machine"] {
  return {
    cpu: cpus()[0]?.model ?? "unknown",
    cores: cpus().length,
    memoryGiB: Math.round(totalmem() / 2 ** 30),
    kernel: release(),
    node: process.version,
    load: Number(loadavg()[0]?.toFixed(2)),
  };
}

function judgeFigure(figure: Figure, measured: Value): JudgedFigure {
  const { bar, isMost = false } = figure;
  if ("missing" in measured) {
    const verdict = measured.missing.includes("not built yet") ? "not built yet" : "limited";
    return { ...figure, measured, verdict };
  }
  if (bar === undefined) return { ...figure, measured, verdict: "" };
  const isMet = isMost ? measured.value <= bar : measured.value >= bar;
  const isReachable = measured.limit === undefined || measured.limit >= bar;
  return { ...figure, measured, verdict: isMet ? "met" : isReachable ? "MISSED" : "limited" };
}

/** A row is MISSED when a figure is, whatever is missing beside it. */
function verdictOf(figures: readonly JudgedFigure[]): Verdict {
  const order: readonly Verdict[] = ["MISSED", "not built yet", "limited", "met", ""];
  return order.find((verdict) => figures.some((figure) => figure.verdict === verdict)) ?? "";
}

/** Holds what was measured against the bars. */
export function judge(
  { id, family, title, figures }: Row,
  outcome: Outcome | undefined,
): JudgedRow {
  const judged = figures.map((figure) =>
    judgeFigure(figure, outcome?.values[figure.name] ?? { missing: "not measured" }),
  );
  return {
    id,
    family,
    title,
    figures: judged,
    notes: outcome?.notes ?? [],
    verdict: verdictOf(judged),
  };
}

function rate(m: Measurement): string {
  const seconds = median(m.ms) / 1000;
  if (m.count !== undefined) return `${Math.round(m.count / seconds)}/s`;
  return `${(m.bytes / seconds / 1e9).toFixed(2)} GB/s`;
}

function table(rows: readonly (readonly string[])[]): string {
  const widths = (rows[0] ?? []).map((_, i) => Math.max(...rows.map((row) => row[i]?.length ?? 0)));
  return rows
    .map((row) =>
      row
        .map((cell, i) => cell.padEnd(widths[i] ?? 0))
        .join("  ")
        .trimEnd(),
    )
    .join("\n");
}

function measurementTable(measurements: readonly Measurement[]): string {
  const head = ["case", "reader", "variant", "median ms", "quartiles", "rate"];
  const rows = measurements.map((m) => [
    m.case,
    m.reader,
    m.variant,
    median(m.ms).toFixed(2),
    `${quantile(m.ms, 0.25).toFixed(2)}-${quantile(m.ms, 0.75).toFixed(2)} (${m.ms.length})`,
    rate(m),
  ]);
  return table([head, ...rows]);
}

function numberOf(value: number, unit: Figure["unit"]): string {
  const digits = unit === "%" || unit === "MB" ? 0 : Math.abs(value) < 0.1 ? 3 : 2;
  return value.toFixed(digits);
}

function measuredText({ measured, unit }: JudgedFigure): string {
  if ("missing" in measured) return "-";
  const { value, low, high } = measured;
  const spread =
    low === undefined || high === undefined
      ? ""
      : ` (${numberOf(low, unit)}-${numberOf(high, unit)})`;
  return `${numberOf(value, unit)}${unit}${spread}`;
}

function barText({ bar, unit, isMost = false }: JudgedFigure): string {
  return bar === undefined ? "" : `${isMost ? "<= " : ""}${bar}${unit}`;
}

function remarkOf({ measured, unit }: JudgedFigure): string {
  if ("missing" in measured) return measured.missing;
  const { by, against, limit, others = [] } = measured;
  const rest = others.map((other) => `${other.against} ${numberOf(other.value, unit)}${unit}`);
  const parts = [
    by,
    against === undefined ? undefined : `against ${against}`,
    limit === undefined ? undefined : `this machine allows ${numberOf(limit, unit)}${unit}`,
    ...rest,
  ];
  return parts.filter((part) => part !== undefined).join("; ");
}

function rowTable(rows: readonly JudgedRow[]): string {
  const head = ["row", "workload", "figure", "measured (quartiles)", "bar", "verdict", ""];
  const lines = rows.flatMap((row) =>
    row.figures.map((figure, i) => [
      i === 0 ? row.id : "",
      i === 0 ? row.title : "",
      figure.name,
      measuredText(figure),
      barText(figure),
      figure.verdict,
      remarkOf(figure),
    ]),
  );
  return table([head, ...lines]);
}

function summaryOf(rows: readonly JudgedRow[]): string {
  const count = (verdict: Verdict): string => {
    const ids = rows.filter((row) => row.verdict === verdict).map((row) => row.id);
    const named = verdict === "met" || ids.length === 0 ? "" : ` (${ids.join(", ")})`;
    return `${ids.length} ${verdict}${named}`;
  };
  const verdicts: readonly Verdict[] = ["met", "MISSED", "not built yet", "limited"];
  return `rows: ${verdicts.map(count).join("; ")}`;
}

/** The report as text. */
export function formatReport({ machine, versions, missing, measurements, rows }: Report): string {
  const notes = rows.flatMap(({ id, notes }) => notes.map((note) => `${id}: ${note}`));
  return [
    `machine: ${Object.entries(machine)
      .map(([k, v]) => `${k} ${v}`)
      .join(", ")}`,
    ...Object.entries(versions).map(([name, v]) => `${name}: ${JSON.stringify(v)}`),
    ...missing.map((line) => `missing: ${line}`),
    "",
    measurementTable(measurements),
    "",
    rowTable(rows),
    ...(notes.length === 0 ? [] : ["", ...notes]),
    "",
    summaryOf(rows),
  ].join("\n");
}

/** The report with all times, as JSON. */
export async function writeReport(report: Report, path: string): Promise<void> {
  await writeFile(path, `${JSON.stringify(report, undefined, 1)}\n`);
}
