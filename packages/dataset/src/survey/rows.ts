import { FitsArgumentError } from "@fitstream/native";
import PQueue from "p-queue";
import { type PlainError, toPlain } from "../errors.js";
import type { RowSource } from "./sample-source.js";
import type { SurveyHdu } from "./survey-hdu.js";
import type { SurveyTables } from "./survey-tables.js";

/** Files that are searched at a time. */
const concurrency = 8;

/** The last entry of rising `starts` that is not above `n`. */
function runOf(starts: Float64Array, n: number): number {
  let low = 0;
  let high = starts.length - 2;
  while (low < high) {
    const middle = (low + high + 1) >> 1;
    if ((starts[middle] ?? 0) <= n) low = middle;
    else high = middle - 1;
  }
  return low;
}

/** Sums of what comes before, and of all. */
function startsOf(counts: readonly number[]): Float64Array {
  const starts = new Float64Array(counts.length + 1);
  for (const [i, count] of counts.entries()) starts[i + 1] = (starts[i] ?? 0) + count;
  return starts;
}

/**
 * Rows of tables as samples: all of them, or the hits of each table. A table that cannot be read is
 * one sample, which fails when its turn comes: nobody knows how many rows it has.
 */
export function rowSamples(
  hdus: readonly SurveyHdu[],
  hits: readonly (Float64Array | undefined)[],
): RowSource {
  const rowsOf = ({ hdu, error }: SurveyHdu): number =>
    error === undefined ? (hdu?.rows ?? 0) : 1;
  const counts = hdus.map(rowsOf);
  const firstIds = startsOf(counts);
  const starts = startsOf(counts.map((count, i) => hits[i]?.length ?? count));
  // Neighbours come from the same table: the last one found is tried first.
  let last = 0;
  const hduOf = (sample: number): number => {
    const isLast = (starts[last] ?? 0) <= sample && sample < (starts[last + 1] ?? 0);
    if (!isLast) last = runOf(starts, sample);
    return last;
  };
  const rowOf = (sample: number): number => {
    const hdu = hduOf(sample);
    const i = sample - (starts[hdu] ?? 0);
    return hits[hdu]?.[i] ?? i;
  };
  return {
    kind: "rows",
    hdus,
    hits,
    length: starts.at(-1) ?? 0,
    ids: firstIds.at(-1) ?? 0,
    windowShape: undefined,
    hduOf,
    originOf: (sample) => [rowOf(sample)],
    idOf: (sample) => (firstIds[hduOf(sample)] ?? 0) + rowOf(sample),
  };
}

/** The rows of each table for which a condition is true; a table that fails gets its error. */
export async function findRows(
  tables: SurveyTables,
  where: string,
  signal: AbortSignal | undefined,
): Promise<readonly (Float64Array | PlainError)[]> {
  const search = async (index: number): Promise<Float64Array | PlainError> => {
    signal?.throwIfAborted();
    try {
      const table = await tables.get(index);
      const found = await table.read({ columns: [], where, signal });
      return found.rowNumbers ?? new Float64Array(0);
    } catch (error) {
      signal?.throwIfAborted();
      // What is wrong with the condition is wrong for all files.
      if (error instanceof FitsArgumentError) throw error;
      return toPlain(error);
    }
  };
  const queue = new PQueue({ concurrency });
  return queue.addAll(tables.hdus.map((_, index) => () => search(index)));
}
