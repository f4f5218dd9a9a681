import type * as Duck from "@duckdb/node-api";
import { tableError } from "../errors.js";
import type { Source } from "./duckdb-source.js";
import { type DuckLibrary, typeOf } from "./duckdb-types.js";
import { VectorWriter } from "./duckdb-vector.js";
import { uniqueNames } from "./names.js";

interface Scan {
  readonly source: Source;
  readonly writers: readonly VectorWriter[];
  next: number;
}

/** Rows that DuckDB takes at once. */
const chunkRows = 2048;

/** A table function over sources, by their key: DuckDB asks it for the columns that a query names. */
export class ScanFunction {
  /** Its name in SQL. It takes the key. */
  readonly name: string;
  /** What a callback failed with: DuckDB keeps the message of it only. */
  failure: unknown;
  readonly #duck: DuckLibrary;
  readonly #find: (key: string) => Source | undefined;
  readonly #nanAsNull: boolean;

  constructor(
    duck: DuckLibrary,
    name: string,
    nanAsNull: boolean,
    find: (key: string) => Source | undefined,
  ) {
    this.#duck = duck;
    this.name = name;
    this.#nanAsNull = nanAsNull;
    this.#find = find;
  }

  register(connection: Duck.DuckDBConnection): void {
    connection.registerTableFunction(
      this.#duck.DuckDBTableFunction.create({
        name: this.name,
        parameterTypes: [this.#duck.VARCHAR],
        supportsProjectionPushdown: true,
        bindFunction: (info) => this.#guard(info, () => this.#bind(info)),
        initFunction: (info) => this.#guard(info, () => this.#begin(info)),
        mainFunction: (info, chunk) => this.#guard(info, () => this.#fill(info, chunk)),
      }),
    );
  }

  /** Failures become DuckDB's own. */
  #guard(info: { setError(message: string): void }, work: () => void): void {
    try {
      work();
    } catch (error) {
      this.failure = error;
      info.setError(error instanceof Error ? error.message : String(error));
    }
  }

  #bind(info: Duck.DuckDBTableFunctionBindInfo): void {
    const key = String(info.getParameter(0));
    const source = this.#find(key);
    if (source === undefined) {
      throw tableError({
        code: "TABLE_BAD_ARGUMENT",
        what: "fits() takes a file name and the position of an HDU that are written in the query",
        found: key,
      });
    }
    const names = uniqueNames(source.schema);
    for (const [i, column] of source.schema.entries()) {
      info.addResultColumn(names[i] ?? "", typeOf(this.#duck, column) ?? this.#duck.VARCHAR);
    }
    info.setCardinality(source.rows, true);
    info.setBindData(source);
  }

  #begin(info: Duck.DuckDBTableFunctionInitInfo): void {
    const source = info.bindData as Source;
    const indexes = info.getColumnIndexes();
    for (const i of indexes) {
      const column = source.schema[i];
      if (column === undefined || typeOf(this.#duck, column) !== undefined) continue;
      throw tableError({
        code: "TABLE_TYPE",
        what: "DuckDB has no type for its cells",
        expected: "1 to 100000 elements along each axis",
        found: column.cellShape.join(" x "),
        column: column.name,
      });
    }
    const columns = source.columns(indexes);
    if (columns === undefined) {
      info.setError("columns must be read first");
      return;
    }
    const nanAsNull = this.#nanAsNull;
    const writers = columns.map((column) => new VectorWriter(this.#duck, column, nanAsNull));
    const scan: Scan = { source, writers, next: 0 };
    info.setInitData(scan);
    info.setMaxThreads(1);
  }

  #fill(info: Duck.DuckDBTableFunctionInfo, chunk: Duck.DuckDBDataChunk): void {
    const scan = info.initData as Scan;
    const rows = Math.min(chunkRows, scan.source.rows - scan.next);
    chunk.rowCount = rows;
    for (const [i, writer] of scan.writers.entries()) {
      if (rows > 0) writer.write(chunk.getColumnVector(i), scan.next, rows);
    }
    scan.next += rows;
  }
}
