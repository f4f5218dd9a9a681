import { byteSizeOf, type NdArray, viewOf } from "@fitstream/native";
import type { Lease } from "../memory/lease.js";
import type { RowColumn } from "../plan/row-column.js";
import type { RowReading } from "../plan/row-plan.js";
import type { TableEntry } from "../survey/local-table.js";
import type { SampleSource } from "../survey/sample-source.js";
import { entryOf, type SurveyTables } from "../survey/survey-tables.js";
import {
  type Assignment,
  allEnded,
  divided,
  type PlacedSample,
  rowLength,
  rowsOf,
  sharedPlace,
} from "./assignment.js";
import type { Executor } from "./executor.js";
import type { Filled, Filler, FillOptions } from "./filler.js";
import { readRows } from "./row-reader.js";
import type { RaggedCells, RowResult, RowTask } from "./row-task.js";
import type { SlotLayout } from "./slot-layout.js";
import type { StageClock } from "./stats.js";

/** What a row filler works with. */
export interface RowFillerParts {
  readonly source: SampleSource;
  readonly reading: RowReading;
  readonly layout: SlotLayout;
  readonly executor: Executor;
  readonly tables: SurveyTables;
  readonly clock: StageClock;
}

/** Rows of tables: threads read local ones; remote ones are read where the network is, on this. */
export class RowFiller implements Filler {
  readonly takesGroups = false;
  /** An origin is the number of a row. */
  readonly rank = 1;
  readonly #parts: RowFillerParts;

  constructor(parts: RowFillerParts) {
    this.#parts = parts;
  }

  async close(): Promise<void> {
    await this.#parts.tables.close();
  }

  originOf(sample: number): readonly number[] {
    return this.#parts.source.originOf(sample);
  }

  async fill(
    [lease]: readonly Lease[],
    assignment: Assignment,
    options: FillOptions,
  ): Promise<Filled> {
    if (lease === undefined) throw new RangeError("no slot for the rows");
    const { clock, executor } = this.#parts;
    const remote = clock.time("fetch", () => this.#readRemote(lease, assignment.remote, options));
    const local = clock.time("decode", () =>
      allEnded(this.#tasks(lease, assignment.local).map((task) => executor.run(task))),
    );
    // Both, also when one fails: none may write into memory that was given back.
    await Promise.allSettled([remote, local]);
    const [fetched, decoded] = await Promise.all([remote, local]);
    for (const result of decoded) clock.addThreads(result);
    const results = [...fetched, ...decoded];
    const failed = results.flatMap((result) => result.failed);
    const lost = new Set(failed.map(({ place }) => place));
    const cells = results.flatMap((result) => result.ragged);
    return { failed, arrays: this.#ragged(cells, lost) };
  }

  /** Rows of one table stand together, in the order of their places. */
  #byTable(rows: Float64Array): Float64Array {
    const length = rowLength(this.rank);
    const hduOf = (row: number): number => rows[row * length + 1] ?? 0;
    const order = Array.from({ length: rows.length / length }, (_, row) => row);
    order.sort((a, b) => hduOf(a) - hduOf(b));
    const sorted = new Float64Array(rows.length);
    for (const [i, row] of order.entries()) {
      sorted.set(rows.subarray(row * length, (row + 1) * length), i * length);
    }
    return sorted;
  }

  #tasks(lease: Lease, local: Float64Array): readonly RowTask[] {
    const { executor, reading, layout, source } = this.#parts;
    const target = sharedPlace(lease);
    const { columns } = reading;
    const { tensors } = layout;
    return divided(this.#byTable(local), this.rank, executor.threads).map((rows) => {
      const tables = new Map<number, TableEntry>();
      for (let at = 1; at < rows.length; at += rowLength(this.rank)) {
        const hdu = rows[at] ?? 0;
        const from = tables.has(hdu) ? undefined : source.hdus[hdu];
        const entry = from && entryOf(from);
        if (entry !== undefined) tables.set(hdu, entry);
      }
      return { kind: "rows", columns, tensors, target, rows, tables };
    });
  }

  async #readRemote(
    lease: Lease,
    samples: readonly PlacedSample[],
    { signal }: FillOptions,
  ): Promise<readonly RowResult[]> {
    if (samples.length === 0) return [];
    const { reading, layout, tables } = this.#parts;
    const target = sharedPlace(lease);
    const { columns } = reading;
    const isWhole = columns.some(({ form }) => form.kind !== "fixed");
    const job = {
      columns,
      tensors: layout.tensors,
      target,
      rows: this.#byTable(rowsOf(samples, this.rank)),
    };
    const open = (table: number) => (isWhole ? tables.whole(table, signal) : tables.get(table));
    return [await readRows(job, { open, signal })];
  }

  /** Columns that lie outside of the slot: all their cells, in the order of the places. */
  #ragged(all: readonly RaggedCells[], lost: ReadonlySet<number>): Record<string, NdArray> {
    const arrays: Record<string, NdArray> = {};
    for (const [index, column] of this.#parts.reading.columns.entries()) {
      if (column.form.kind !== "offsets") continue;
      const mine = all.filter((cells) => cells.column === index);
      Object.assign(arrays, this.#joined(column, mine, lost));
    }
    return arrays;
  }

  #joined(
    { name, dtype, halves }: RowColumn,
    all: readonly RaggedCells[],
    lost: ReadonlySet<number>,
  ): Record<string, NdArray> {
    const { places } = this.#parts.layout;
    const offsets = new Int32Array(places + 1);
    const each = function* () {
      for (const { places: at, offsets: ends, values } of all) {
        for (const [i, place] of at.entries()) {
          if (lost.has(place)) continue;
          const [first = 0, end = 0] = ends.subarray(i, i + 2);
          yield {
            place,
            values: values.subarray(first * halves, end * halves),
            count: end - first,
          };
        }
      }
    };
    for (const { place, count } of each()) offsets[place + 1] = count;
    for (let i = 0; i < places; ++i) offsets[i + 1] = (offsets[i] ?? 0) + (offsets[i + 1] ?? 0);
    const total = offsets[places] ?? 0;
    const buffer = new ArrayBuffer(total * halves * byteSizeOf(dtype));
    const data = viewOf(dtype, buffer, 0, total * halves);
    for (const { place, values } of each()) {
      data.set(values as never, (offsets[place] ?? 0) * halves);
    }
    const shape = halves === 2 ? [total, 2] : [total];
    return {
      [name]: { dtype, shape, data },
      [`${name}.offsets`]: { dtype: "int32", shape: [places + 1], data: offsets },
    };
  }
}
