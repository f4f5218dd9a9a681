import type { TableHdu } from "@fitstream/native";
import { LRUCache } from "lru-cache";
import { localTable } from "../survey/local-table.js";
import type { DecodeResult, DecodeSetup } from "./decode-task.js";
import { readRows } from "./row-reader.js";
import type { RowTask } from "./row-task.js";

/** Tables whose headers a thread keeps parsed. They hold no files open. */
const openTables = 1024;

/** Reads the rows of tasks, on whatever thread it lives. */
export class RowDecoder {
  readonly #setup: DecodeSetup;
  readonly #tables = new LRUCache<number, TableHdu>({ max: openTables });

  constructor(setup: DecodeSetup) {
    this.#setup = setup;
  }

  async run(task: RowTask): Promise<DecodeResult> {
    const start = performance.now();
    const { cancel } = this.#setup;
    const isCancelled = (): boolean => Atomics.load(cancel, 0) !== 0;
    const open = async (index: number): Promise<TableHdu> => this.#open(index, task);
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
