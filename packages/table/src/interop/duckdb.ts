/**
 * SQL over FITS tables and files, by the optional package \@duckdb/node-api.
 *
 * @packageDocumentation
 */
import { randomUUID } from "node:crypto";
import { availableParallelism } from "node:os";
import type * as Duck from "@duckdb/node-api";
import type { TableHdu } from "@fitstream/native";
import { isTableError, tableError } from "../errors.js";
import type { FitsTable } from "../fits-table.js";
import { filesIn, OpenFiles } from "./duckdb-files.js";
import { tableOfResult } from "./duckdb-result.js";
import { ScanFunction } from "./duckdb-scan.js";
import { Source } from "./duckdb-source.js";
import { type DuckLibrary, identifier, literal } from "./duckdb-types.js";
import { importPeer, type Peer } from "./peer.js";

const peer: Peer = {
  name: "@duckdb/node-api",
  install: "npm install @duckdb/node-api",
  binary:
    "npm install --include=optional @duckdb/node-api, which brings its @duckdb/node-bindings-*",
};

/** Options of {@link registerTable}. */
export interface RegisterOptions {
  /** NaN is NULL, as in all of this package; false leaves it a number, DuckDB's greatest. */
  readonly nanAsNull?: boolean | undefined;
}

/** Options of {@link sql}. */
export interface SqlOptions extends RegisterOptions {
  /** Ends the query early. */
  readonly signal?: AbortSignal | undefined;
  /** Threads that read a file's columns, at most. Default: as many as there are cores. */
  readonly threads?: number | undefined;
}

const importDuckDb = (): Promise<DuckLibrary> => importPeer(peer, () => import("@duckdb/node-api"));

const uniqueName = (): string => `fitstream_${randomUUID().replaceAll("-", "_")}`;

/**
 * Makes a table visible to the queries of a DuckDB connection, as a temporary view, without copying
 * it: DuckDB reads the columns that a query names, chunk by chunk. The table stays in memory until
 * the database is closed.
 *
 * Numbers, 64-bit ones too, keep their type; logicals and bits become BOOLEAN, strings VARCHAR,
 * cells of a shape arrays, cells of variable length lists, complex numbers arrays of 2.
 *
 * @throws {TableError} TABLE_PEER_MISSING without \@duckdb/node-api.
 */
export async function registerTable(
  connection: Duck.DuckDBConnection,
  name: string,
  table: FitsTable,
  { nanAsNull = true }: RegisterOptions = {},
): Promise<void> {
  const duck = await importDuckDb();
  const source = await Source.of(table);
  const scan = new ScanFunction(duck, uniqueName(), nanAsNull, () => source);
  scan.register(connection);
  await connection.run(
    `CREATE OR REPLACE TEMP VIEW ${identifier(name)} AS SELECT * FROM ${scan.name}('')`,
  );
}

/** A database of one query. */
class Query {
  readonly #connection: Duck.DuckDBConnection;
  readonly #duck: DuckLibrary;
  readonly #sources = new Map<string, Source>();
  readonly #scan: ScanFunction;

  constructor(duck: DuckLibrary, connection: Duck.DuckDBConnection, nanAsNull: boolean) {
    this.#duck = duck;
    this.#connection = connection;
    this.#scan = new ScanFunction(duck, uniqueName(), nanAsNull, (key) => this.#sources.get(key));
    this.#scan.register(connection);
  }

  async addTable(name: string, table: FitsTable | TableHdu): Promise<void> {
    await this.#addView(name, `table:${name}`, await Source.of(table));
  }

  async #addView(name: string, key: string, source: Source): Promise<void> {
    this.#sources.set(key, source);
    const view = `CREATE TEMP VIEW ${identifier(name)} AS`;
    try {
      await this.#connection.run(`${view} SELECT * FROM ${this.#scan.name}(${literal(key)})`);
    } catch (error) {
      throw this.#asTableError(error); // as of names that differ in case only, which are one to DuckDB
    }
  }

  /** The files of the query that are no `tables`; `fits(path, hdu)` is the same table as its path. */
  async addFiles(files: OpenFiles, query: string, tables: ReadonlySet<string>): Promise<void> {
    await this.#connection.run(
      `CREATE TEMP MACRO fits(path, hdu := -1) AS TABLE
       SELECT * FROM ${this.#scan.name}('file:' || hdu::VARCHAR || ':' || path)`,
    );
    for (const reference of await filesIn(this.#connection, query)) {
      const { path, hdu, isTable } = reference;
      const key = `file:${hdu}:${path}`;
      if (this.#sources.has(isTable ? `view:${path}` : key) || (isTable && tables.has(path)))
        continue;
      const [first, ...others] = (await files.tables(reference)) as [TableHdu, ...TableHdu[]];
      const source = await Source.of(first, ...others);
      if (isTable) await this.#addView(path, `view:${path}`, source);
      else this.#sources.set(key, source);
    }
  }

  /**
   * Runs the query. It stops where it needs columns that are not read yet: DuckDB says which only
   * when it begins a scan, and waits for nobody there. They are read, and it runs again.
   */
  async run(query: string, { threads, signal }: SqlOptions): Promise<FitsTable> {
    for (;;) {
      signal?.throwIfAborted();
      const interrupt = (): void => this.#connection.interrupt();
      signal?.addEventListener("abort", interrupt, { once: true });
      try {
        return await tableOfResult(this.#duck, await this.#connection.run(query));
      } catch (error) {
        signal?.throwIfAborted();
        const all = [...this.#sources.values()];
        const loaded = await Promise.all(
          all.map((source) => source.load(threads ?? availableParallelism(), signal)),
        );
        if (!loaded.includes(true)) throw this.#asTableError(error);
      } finally {
        signal?.removeEventListener("abort", interrupt);
      }
    }
  }

  #asTableError(error: unknown): unknown {
    if (isTableError(error)) return error;
    const { failure } = this.#scan;
    if (isTableError(failure)) return failure;
    return tableError(
      {
        code: "TABLE_BAD_ARGUMENT",
        what: "DuckDB refuses this",
        found: error instanceof Error ? error.message : String(error),
      },
      { cause: error },
    );
  }
}

/**
 * Runs SQL over tables, by their names, and over FITS files, in DuckDB.
 *
 * A SELECT may name files as tables, `from 'cat.fits'` (their first table), or as
 * `fits('cat.fits', 2)`, the table in the HDU at that position. `*` and `?` in the last part of a path
 * stand for all files that it fits: one table, with the columns of the first file. Of files, and of
 * HDUs among the tables, only the columns that the query names are read.
 *
 * @example
 * ```ts
 * const bright = await sql({}, "select count(*), avg(mag) from 'cat.fits' where mag < 18");
 * const all = await sql({}, "select class, count(*) from 'survey/cat-*.fits' group by class");
 * ```
 * @returns A table in memory of its own. Sums of integers are int64, decimals float64; columns have
 *   no units, which SQL does not know.
 * @throws {TableError} TABLE_PEER_MISSING without \@duckdb/node-api; TABLE_BAD_ARGUMENT with
 *   DuckDB's message when it refuses the query; TABLE_TYPE for a column of the result, or one that
 *   the query names, that the other side has no type for.
 * @throws {FitsError} when a file cannot be read.
 */
export async function sql(
  tables: Readonly<Record<string, FitsTable | TableHdu>>,
  query: string,
  options: SqlOptions = {},
): Promise<FitsTable> {
  const duck = await importDuckDb();
  await using files = new OpenFiles();
  const instance = await duck.DuckDBInstance.create(":memory:");
  const connection = await instance.connect();
  try {
    const run = new Query(duck, connection, options.nanAsNull ?? true);
    for (const [name, table] of Object.entries(tables)) await run.addTable(name, table);
    await run.addFiles(files, query, new Set(Object.keys(tables)));
    return await run.run(query, options);
  } finally {
    connection.closeSync();
    instance.closeSync();
  }
}
