import {
  byteSizeOf,
  bytesOf,
  type Column,
  type FixedColumn,
  type RowRange,
  Table,
  type TableHdu,
  type TypedArray,
  viewOf,
} from "@fitstream/native";
import type { RowColumn } from "../plan/row-column.js";

/** What reads the rows of a table. */
export interface RowTable {
  /** Rows by position, of columns by name. */
  read(options: {
    readonly columns: readonly string[];
    readonly rows: readonly number[];
    readonly into?: readonly (TypedArray | undefined)[] | undefined;
    readonly signal?: AbortSignal | undefined;
  }): Promise<Table>;
}

/** Copies cells of `length` words each, by row. */
function copyCells<A extends Uint8Array | Uint32Array>(
  from: A,
  to: A,
  length: number,
  rows: readonly number[],
): void {
  for (let i = 0, at = 0; i < rows.length; ++i) {
    const first = (rows[i] ?? 0) * length;
    for (let k = first; k < first + length; ++k) to[at++] = from[k] ?? 0;
  }
}

/** A column in memory, whose rows are asked for a few at a time. */
class KeptColumn {
  readonly #column: FixedColumn;
  /** Bytes of a cell. */
  readonly #cellBytes: number;
  readonly #bytes: Uint8Array;
  /** The same memory by 4 bytes, where cells are made of those. */
  readonly #words: Uint32Array | undefined;

  constructor(column: FixedColumn) {
    this.#column = column;
    this.#bytes = bytesOf(column.data);
    this.#cellBytes = this.#bytes.length / Math.max(1, column.rows);
    const { buffer, byteOffset, byteLength } = this.#bytes;
    if (this.#cellBytes % 4 === 0 && byteOffset % 4 === 0) {
      this.#words = new Uint32Array(buffer, byteOffset, byteLength / 4);
    }
  }

  take(rows: readonly number[]): FixedColumn {
    const { info, shape } = this.#column;
    const buffer = new ArrayBuffer(rows.length * this.#cellBytes);
    if (this.#words === undefined) {
      copyCells(this.#bytes, new Uint8Array(buffer), this.#cellBytes, rows);
    } else {
      copyCells(this.#words, new Uint32Array(buffer), this.#cellBytes / 4, rows);
    }
    const data = viewOf(info.dtype, buffer, 0, buffer.byteLength / byteSizeOf(info.dtype));
    return {
      info,
      layout: "fixed",
      rows: rows.length,
      shape: [rows.length, ...shape.slice(1)],
      data,
      ...this.#nullsOf(rows),
    };
  }

  #nullsOf(rows: readonly number[]): Pick<FixedColumn, "nulls" | "validity"> {
    const { validity, info, data } = this.#column;
    if (validity === undefined) return { nulls: 0 };
    const halves = info.kind === "complex" ? 2 : 1;
    const per = data.length / Math.max(1, this.#column.rows) / halves;
    const bits = new Uint8Array((rows.length * per + 7) >> 3);
    let valid = 0;
    for (const [i, row] of rows.entries()) {
      for (let k = 0; k < per; ++k) {
        const [at, place] = [row * per + k, i * per + k];
        const bit = ((validity[at >> 3] ?? 0) >> (at & 7)) & 1;
        bits[place >> 3] = (bits[place >> 3] ?? 0) | (bit << (place & 7));
        valid += bit;
      }
    }
    return { nulls: rows.length * per - valid, validity: bits };
  }
}

/** The columns of a table that are read again and again. */
class KeptTable implements RowTable {
  readonly #columns: readonly KeptColumn[];

  constructor(columns: readonly FixedColumn[]) {
    this.#columns = columns.map((column) => new KeptColumn(column));
  }

  async read({ rows }: { readonly rows: readonly number[] }): Promise<Table> {
    return new Table(
      rows.length,
      this.#columns.map((column) => column.take(rows)),
    );
  }
}

/** Bytes of columns that a thread keeps. */
const mostBytes = 256 * 1024 * 1024;

const isFixed = (column: Column): column is FixedColumn => column.layout === "fixed";

/**
 * Tables whose columns a thread keeps in memory, as many as fit: a shuffle asks each table for a few
 * rows a batch, and a call of the file system for them costs more than the rows of a small table do.
 * A table is read whole when it is asked for the second time. None is dropped for another one: in a
 * random order the next row is as likely to be of either.
 */
export class KeptTables {
  readonly #tables = new Map<number, Promise<RowTable | undefined>>();
  readonly #asked = new Set<number>();
  readonly #isKeepable: boolean;
  readonly #names: readonly string[];
  #bytes = 0;

  /** @param columns That are asked for, the same ones each time. */
  constructor(columns: readonly RowColumn[]) {
    this.#isKeepable = columns.every(({ form }) => form.kind === "fixed");
    this.#names = columns.map(({ name }) => name);
  }

  /** A table in memory, or the one that reads its file. */
  async get(index: number, table: TableHdu): Promise<RowTable> {
    if (!this.#isKeepable) return table;
    const isFirst = !this.#asked.has(index);
    this.#asked.add(index);
    if (isFirst) return table;
    let kept = this.#tables.get(index);
    if (kept === undefined) {
      kept = this.#keep(table);
      this.#tables.set(index, kept);
    }
    return (await kept) ?? table;
  }

  async #keep(table: TableHdu): Promise<RowTable | undefined> {
    const infos = await table.columns();
    const names = new Set(this.#names.map((name) => name.toLowerCase()));
    const rowBytes = infos
      .filter(({ name }) => names.has(name.toLowerCase()))
      .reduce((n, { dtype, kind, cellShape }) => {
        const numbers = cellShape.reduce((m, axis) => m * axis, kind === "complex" ? 2 : 1);
        return n + numbers * byteSizeOf(dtype);
      }, 0);
    const bytes = rowBytes * table.rows;
    if (this.#bytes + bytes > mostBytes) return undefined;
    this.#bytes += bytes;
    const rows: RowRange = { first: 0, count: table.rows };
    try {
      const { columns } = await table.read({ columns: this.#names, rows });
      if (columns.every(isFixed)) return new KeptTable(columns);
    } catch {
      // Reads of single rows find out which of them are damaged, or that the file changed.
    }
    this.#bytes -= bytes;
    return undefined;
  }
}
