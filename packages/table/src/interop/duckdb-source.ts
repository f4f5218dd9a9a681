import type { Column, ColumnMetadata, TableHdu } from "@fitstream/native";
import { FitsTable } from "../fits-table.js";

/** A table that DuckDB reads: in memory, or of files whose columns are read when a query names them. */
export class Source {
  readonly schema: readonly ColumnMetadata[];
  readonly rows: number;
  readonly #hdus: readonly TableHdu[];
  readonly #columns = new Map<number, Column>();
  readonly #wanted = new Set<number>();

  private constructor(schema: readonly ColumnMetadata[], rows: number, hdus: readonly TableHdu[]) {
    this.schema = schema;
    this.rows = rows;
    this.#hdus = hdus;
  }

  /** Tables below each other, which must have the columns of the first. */
  static async of(table: FitsTable | TableHdu, ...others: readonly TableHdu[]): Promise<Source> {
    if (!(table instanceof FitsTable)) {
      const rows = others.reduce((sum, other) => sum + other.rows, table.rows);
      return new Source(await table.columns(), rows, [table, ...others]);
    }
    const source = new Source(table.schema, table.rows, []);
    for (const [i, column] of table.columns.entries()) source.#columns.set(i, column);
    return source;
  }

  /** Columns by position; undefined when some must be read first, which {@link load} does. */
  columns(indexes: readonly number[]): readonly Column[] | undefined {
    for (const i of indexes) if (!this.#columns.has(i)) this.#wanted.add(i);
    if (this.#wanted.size > 0) return undefined;
    return indexes.map((i) => this.#columns.get(i) as Column);
  }

  /** Reads the columns that were asked for; whether there were any. */
  async load(threads: number, signal: AbortSignal | undefined): Promise<boolean> {
    const wanted = [...this.#wanted];
    const [first, ...others] = this.#hdus;
    if (first === undefined || wanted.length === 0) return false;
    const top = FitsTable.from(await first.read({ columns: wanted, threads, signal }));
    const below: FitsTable[] = [];
    for (const hdu of others) {
      below.push(FitsTable.from(await hdu.read({ columns: top.names, threads, signal })));
    }
    const { columns } = below.length === 0 ? top : FitsTable.concat([top, ...below]);
    for (const [k, i] of wanted.entries()) this.#columns.set(i, columns[k] as Column);
    this.#wanted.clear();
    return true;
  }
}
