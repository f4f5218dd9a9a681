import type { TableHdu } from "@fitstream/native";
import { LRUCache } from "lru-cache";
import { localTable } from "../survey/local-table.js";
import type { DecodeResult, DecodeSetup } from "./decode-task.js";
import { KeptTables, type RowTable } from "./kept-tables.js";
import { readRows } from "./row-reader.js";
import type { RowTask } from "./row-task.js";

/** Tables whose headers a thread keeps parsed. They hold no files open. */
const openTables = 1024;

/** Reads the rows of tasks, on whatever thread it lives. */
export class RowDecoder {
  readonly #setup: DecodeSetup;
  #kept: KeptTables | undefined;
  readonly #tables = new LRUCache<number, TableHdu>({ max: openTables });

  constructor(setup: DecodeSetup) {
    this.#setup = setup;
  }

  async run(task: RowTask): Promise<DecodeResult> {
    const start = performance.now();
    const { cancel } = this.#setup;
    const isCancelled = (): boolean => Atomics.load(cancel, 0) !== 0;
    this.#kept ??= new KeptTables(task.columns);
    const kept = this.#kept;
    const open = (index: number): Promise<RowTable> => kept.get(index, this.#open(index, task));
    const result = await readRows(task, { open, isCancelled });
    return { ...result, decodeMs: performance.now() - start, transformMs: 0 };
  }

  #open(index: number, { tables }: RowTask): TableHdu {
    const kept = this.#tables.get(index);
    if (kept !== undefined) return kept;
    const entry = tables.get(index);
    if (entry === undefined) throw new RangeError(`no table ${index}`);
    const table = localTable(entry, this.#setup.immutable);
    this.#tables.set(index, table);
    return table;
  }
}
