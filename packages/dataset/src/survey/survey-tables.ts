import { MemorySource, readBytes, type TableHdu } from "@fitstream/native";
import type { RemoteClient } from "@fitstream/remote";
import { LRUCache } from "lru-cache";
import { badArgument } from "../errors.js";
import { fromPlain } from "./from-plain.js";
import { localTable, type TableEntry, tableOn } from "./local-table.js";
import { openIndexed, type RemoteSource } from "./remote-scan.js";
import type { SurveyHdu } from "./survey-hdu.js";

/** Data of remote tables that are needed whole, kept from read to read, in bytes. */
const wholeBytes = 256 * 1024 * 1024;

/** What another thread needs to read a local table. */
export function entryOf({ file, hdu }: SurveyHdu): TableEntry | undefined {
  if (hdu === undefined) return undefined;
  const { size = 0, mtimeMs = 0 } = file.version ?? {};
  return { path: file.url, stamp: { size, mtimeMs }, hdu };
}

/** Options of {@link SurveyTables}. */
export interface SurveyTablesOptions {
  readonly client?: RemoteClient | undefined;
  readonly immutable?: boolean | undefined;
}

/** The tables of a survey, opened when they are first asked for. */
export class SurveyTables {
  readonly hdus: readonly SurveyHdu[];
  readonly #options: SurveyTablesOptions;
  readonly #sources = new Map<string, Promise<RemoteSource>>();
  readonly #tables = new Map<number, Promise<TableHdu>>();
  readonly #whole = new LRUCache<number, TableHdu>({ maxSize: wholeBytes });

  constructor(hdus: readonly SurveyHdu[], options: SurveyTablesOptions) {
    this.hdus = hdus;
    this.#options = options;
  }

  /**
   * A table by its index among the HDUs.
   *
   * @throws What is wrong with it.
   */
  get(index: number): Promise<TableHdu> {
    let table = this.#tables.get(index);
    if (table === undefined) {
      table = this.#open(index);
      this.#tables.set(index, table);
      // A failure is not kept: the next read tries again.
      table.catch(() => this.#tables.delete(index));
    }
    return table;
  }

  /** The same with its data in memory, for reads that need all of them: heaps of remote tables. */
  async whole(index: number, signal?: AbortSignal): Promise<TableHdu> {
    const kept = this.#whole.get(index);
    if (kept !== undefined) return kept;
    const { file, hdu } = this.#hdu(index);
    if (hdu === undefined) return this.get(index);
    const source = await this.#source(index);
    const { headerOffset, dataOffset, dataLength } = hdu;
    const range = { offset: headerOffset, length: dataOffset + dataLength - headerOffset };
    const bytes = await readBytes(source, range, { signal });
    const table = tableOn(new MemorySource(bytes, file.url, headerOffset), hdu);
    this.#whole.set(index, table, { size: Math.max(1, bytes.length) });
    return table;
  }

  #hdu(index: number): SurveyHdu {
    const hdu = this.hdus[index];
    if (hdu === undefined) throw badArgument("there is no such table", "its index", String(index));
    return hdu;
  }

  async #open(index: number): Promise<TableHdu> {
    const from = this.#hdu(index);
    if (from.error !== undefined) throw fromPlain(from.error);
    const entry = entryOf(from);
    if (entry === undefined) throw badArgument("there is no table", "a table", from.file.url);
    if (!from.isRemote) return localTable(entry, this.#options.immutable ?? false);
    return tableOn(await this.#source(index), entry.hdu);
  }

  #source(index: number): Promise<RemoteSource> {
    const { file } = this.#hdu(index);
    let source = this.#sources.get(file.url);
    if (source === undefined) {
      source = openIndexed(file, this.#options.client);
      this.#sources.set(file.url, source);
      source.catch(() => this.#sources.delete(file.url));
    }
    return source;
  }

  async close(): Promise<void> {
    const sources = await Promise.allSettled(this.#sources.values());
    for (const source of sources) if (source.status === "fulfilled") await source.value.close();
    this.#whole.clear();
  }
}
