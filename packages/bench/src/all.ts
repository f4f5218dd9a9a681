/** Runs benches and holds what they measured against the bars. */
import { type Row, rowsOfBench } from "./bars.js";
import {
  type Bench,
  type Context,
  type Measurement,
  missingRow,
  type Outcome,
  type Result,
} from "./bench.js";
import { catalogueBenches } from "./catalogue.js";
import { coldBenches } from "./cold.js";
import { cutoutBenches } from "./cutouts.js";
import { imageBenches } from "./images.js";
import { kernelBenches } from "./kernels.js";
import { loaderBenches } from "./loader.js";
import { memoryBenches } from "./memory.js";
import { Readers } from "./peers.js";
import { say } from "./progress.js";
import { judge, machine, type Report } from "./report.js";
import { fileBenches } from "./small-files.js";
import { tableBenches } from "./tables.js";
import { threadBenches } from "./threads.js";
import { tileBenches } from "./tiles.js";

const benches: readonly Bench[] = [
  ...imageBenches,
  ...tileBenches,
  ...tableBenches,
  ...catalogueBenches,
  ...fileBenches,
  ...cutoutBenches,
  ...threadBenches,
  ...coldBenches,
  ...memoryBenches,
  ...kernelBenches,
  ...loaderBenches,
];

/** Names that `--only` and the sub-commands take: families and rows. */
export const families: readonly string[] = [...new Set(rowsOfBench.map(({ family }) => family))];

/** The rows that names choose, all where there are none. */
export function rowsNamed(names: readonly string[]): readonly Row[] {
  const unknown = names.filter(
    (name) => !rowsOfBench.some(({ id, family }) => name === id || name === family),
  );
  if (unknown.length > 0) throw new Error(`no such row: ${unknown.join(", ")}`);
  if (names.length === 0) return rowsOfBench;
  return rowsOfBench.filter(({ id, family }) => names.includes(id) || names.includes(family));
}

async function runBench(bench: Bench, context: Context): Promise<Result> {
  try {
    return await bench.run(context);
  } catch (error) {
    // One bench that fails must not cost the figures of all others.
    const missing = `failed: ${error instanceof Error ? error.message : String(error)}`;
    say(`${bench.rows.join(", ")}: ${missing}`);
    const outcomes = rowsOfBench
      .filter(({ id }) => bench.rows.includes(id))
      .map(({ id, figures }) =>
        missingRow(
          id,
          figures.map(({ name }) => name),
          missing,
        ),
      );
    return { outcomes, measurements: [] };
  }
}

/**
 * Measures the rows; a row whose bench fails says so and stops no other.
 *
 * @param keep Gets the report so far after every bench: a run may take an hour.
 */
export async function measure(
  rows: readonly Row[],
  context: Context,
  keep: (report: Report) => Promise<void>,
): Promise<Report> {
  const wanted = new Set(rows.map(({ id }) => id));
  const chosen = benches.filter((bench) => bench.rows.some((row) => wanted.has(row)));
  const outcomes = new Map<string, Outcome>();
  const measurements: Measurement[] = [];
  const missing = await Readers.use(context, async (readers) => readers.missing);
  const before = machine();
  const report = (): Report => ({
    machine: before,
    versions: Object.fromEntries(context.versions),
    missing,
    measurements,
    rows: rows.map((row) => judge(row, outcomes.get(row.id))),
  });
  for (const [i, bench] of chosen.entries()) {
    say(`[${i + 1}/${chosen.length}] ${bench.rows.join(", ")}`);
    const result = await runBench(bench, context);
    for (const outcome of result.outcomes) outcomes.set(outcome.row, outcome);
    measurements.push(...result.measurements);
    await keep(report());
  }
  return report();
}
