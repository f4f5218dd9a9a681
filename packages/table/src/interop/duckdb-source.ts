import type { Column, ColumnMetadata, TableHdu } from "@fitstream/native";
import { FitsTable } from "../fits-table.js";

/** A table that DuckDB reads: in memory, or one whose columns are read when a query names them. */
export class Source {
  readonly schema: readonly ColumnMetadata[];
  readonly rows: number;
  readonly #hdu: TableHdu | undefined;
  readonly #columns = new Map<number, Column>();
  readonly #wanted = new Set<number>();

  private constructor(schema: readonly ColumnMetadata[], rows: number, hdu?: TableHdu) {
    this.schema = schema;
    this.rows = rows;
    this.#hdu = hdu;
  }

  static async of(table: FitsTable | TableHdu): Promise<Source> {
    if (!(table instanceof FitsTable)) {
      return new Source(await table.columns(), table.rows, table);
    }
    const source = new Source(table.schema, table.rows);
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
    if (this.#hdu === undefined || wanted.length === 0) return false;
    const { columns } = await this.#hdu.read({ columns: wanted, threads, signal });
    for (const [k, i] of wanted.entries()) this.#columns.set(i, columns[k] as Column);
    this.#wanted.clear();
    return true;
  }
}
