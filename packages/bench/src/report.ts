import { writeFile } from "node:fs/promises";
import { cpus, loadavg, release, totalmem } from "node:os";
import { simdLevel } from "@fitstream/native";
import { median, quantile } from "./statistics.js";

/** One variant of one case: all its times. */
export interface Measurement {
  readonly case: string;
  readonly reader: string;
  readonly variant: string;
  /** Milliseconds of every round. */
  readonly ms: readonly number[];
  readonly bytes: number;
  /** Files or samples of one call, where it is about those. */
  readonly count?: number;
}

/** What a published claim rests on: ours against one peer, in the same rounds. */
export interface Ratio {
  readonly case: string;
  readonly ours: string;
  readonly peer: string;
  /** Median over the rounds of peer's time / our time. */
  readonly ratio: number;
  /** What it has to be at least, where something was promised. */
  readonly bar?: number;
}

export interface Report {
  readonly machine: Readonly<Record<string, string | number>>;
  readonly versions: Readonly<Record<string, unknown>>;
  readonly measurements: readonly Measurement[];
  readonly ratios: readonly Ratio[];
}

/** What the figures were measured on. */
export function machine(): Report["machine"] {
  return {
    cpu: cpus()[0]?.model ?? "unknown",
    cores: cpus().length,
    memoryGiB: Math.round(totalmem() / 2 ** 30),
    kernel: release(),
    node: process.version,
    simd: simdLevel(),
    load: Number(loadavg()[0]?.toFixed(2)),
  };
}

/** Ratio of two variants, round by round: what the machine does in a round it does to both. */
export function ratioOf(ours: Measurement, peer: Measurement, bar?: number): Ratio {
  const rounds = ours.ms.map((ms, i) => (peer.ms[i] ?? Number.NaN) / ms);
  return {
    case: ours.case,
    ours: `${ours.reader} ${ours.variant}`,
    peer: `${peer.reader} ${peer.variant}`,
    ratio: median(rounds.filter(Number.isFinite)),
    ...(bar === undefined ? {} : { bar }),
  };
}

function rate(m: Measurement): string {
  const seconds = median(m.ms) / 1000;
  if (m.count !== undefined) return `${Math.round(m.count / seconds)}/s`;
  return `${(m.bytes / seconds / 1e9).toFixed(2)} GB/s`;
}

function table(rows: readonly (readonly string[])[]): string {
  const widths = (rows[0] ?? []).map((_, i) => Math.max(...rows.map((row) => row[i]?.length ?? 0)));
  return rows.map((row) => row.map((cell, i) => cell.padEnd(widths[i] ?? 0)).join("  ")).join("\n");
}

/** The report as text. */
export function formatReport({ machine, versions, measurements, ratios }: Report): string {
  const head = ["case", "reader", "variant", "median ms", "quartiles", "rate"];
  const rows = measurements.map((m) => [
    m.case,
    m.reader,
    m.variant,
    median(m.ms).toFixed(2),
    `${quantile(m.ms, 0.25).toFixed(2)}-${quantile(m.ms, 0.75).toFixed(2)} (${m.ms.length})`,
    rate(m),
  ]);
  const ratioRows = ratios.map((r) => [
    r.case,
    r.ours,
    "over",
    r.peer,
    `${r.ratio.toFixed(2)}x`,
    r.bar === undefined ? "" : r.ratio >= r.bar ? `met (${r.bar}x)` : `MISSED (${r.bar}x)`,
  ]);
  return [
    `machine: ${Object.entries(machine)
      .map(([k, v]) => `${k} ${v}`)
      .join(", ")}`,
    `versions: ${JSON.stringify(versions)}`,
    "",
    table([head, ...rows]),
    "",
    table(ratioRows),
  ].join("\n");
}

/** Prints the report, and writes it where it is wanted as JSON. */
export async function publish(report: Report, json: string | undefined): Promise<void> {
  console.log(formatReport(report));
  if (json !== undefined) await writeFile(json, `${JSON.stringify(report, undefined, 1)}\n`);
}
