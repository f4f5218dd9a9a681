import { FitsFormatError } from "@fitstream/native";
import { toPlain } from "../errors.js";
import { allEnded, type FailedPlace } from "./assignment.js";
import type { RowTable } from "./kept-tables.js";
import type { RaggedCells, RowResult, RowTask } from "./row-task.js";
import { RowWriter } from "./row-writer.js";

/** Rows of one table, and their places in the batch. */
interface Group {
  readonly table: number;
  readonly places: readonly number[];
  readonly rows: readonly number[];
}

/** Rows that stand together in a task and lie in one table. */
function groupsOf(rows: Float64Array): readonly Group[] {
  const groups: { table: number; places: number[]; rows: number[] }[] = [];
  for (let i = 0; i < rows.length; i += 3) {
    const [place = 0, table = 0, row = 0] = rows.subarray(i, i + 3);
    let group = groups.at(-1);
    if (group?.table !== table) {
      group = { table, places: [], rows: [] };
      groups.push(group);
    }
    group.places.push(place);
    group.rows.push(row);
  }
  return groups;
}

/** How a reader gets at tables. */
export interface RowReaderOptions {
  readonly open: (table: number) => Promise<RowTable>;
  readonly signal?: AbortSignal | undefined;
  /** Whether to stop before the next table. */
  readonly isCancelled?: () => boolean;
}

type Job = Pick<RowTask, "columns" | "tensors" | "target" | "rows">;

/**
 * Reads rows into the slot of a batch: those of one table in one call, straight to their places where
 * they are neighbours and of the tensor's dtype. A row fails alone: when a damaged one spoils a call,
 * its rows are read one by one, so that which of them fail does not depend on the company they are in.
 */
export async function readRows(job: Job, options: RowReaderOptions): Promise<RowResult> {
  return joined(groupsOf(job.rows).map((group) => readGroup(job, group, options)));
}

async function joined(reads: readonly Promise<RowResult>[]): Promise<RowResult> {
  const results = await allEnded(reads);
  return {
    failed: results.flatMap(({ failed }) => failed),
    ragged: results.flatMap(({ ragged }) => ragged),
  };
}

async function readGroup(job: Job, group: Group, options: RowReaderOptions): Promise<RowResult> {
  const failAll = (error: unknown): RowResult => {
    const plain = toPlain(error);
    return { failed: group.places.map((place) => ({ place, error: plain })), ragged: [] };
  };
  if (options.isCancelled?.() === true) return { failed: [], ragged: [] };
  try {
    const table = await options.open(group.table);
    return await readTogether(job, group, table, options);
  } catch (error) {
    options.signal?.throwIfAborted();
    if (group.rows.length === 1 || !(error instanceof FitsFormatError)) return failAll(error);
    return joined(
      group.rows.map((row, i) =>
        readGroup(job, { ...group, places: [group.places[i] ?? 0], rows: [row] }, options),
      ),
    );
  }
}

async function readTogether(
  { columns, tensors, target }: Job,
  { places, rows }: Group,
  hdu: RowTable,
  { signal }: RowReaderOptions,
): Promise<RowResult> {
  const writer = new RowWriter(columns, tensors, target, places);
  const table = await hdu.read({
    columns: columns.map(({ name }) => name),
    rows,
    into: writer.memory(),
    signal,
  });
  const failed = new Map<number, FailedPlace>();
  const ragged: RaggedCells[] = [];
  const fail = (place: number, error: unknown): unknown =>
    failed.set(place, { place, error: toPlain(error) });
  for (const [i, column] of columns.entries()) {
    const cells = writer.write(i, column, table.column(i), fail);
    if (cells !== undefined) ragged.push(cells);
  }
  return { failed: [...failed.values()], ragged };
}
