import type { Column, Table, TypedArray } from "@fitstream/native";
import type { ColumnMetadata } from "./columns.js";
import { tableError } from "./errors.js";

/** Columns of one length, by name or position. Immutable: verbs return new tables. */
export class FitsTable implements Iterable<Column> {
  /** Rows. */
  readonly rows: number;
  /** The columns, in order. */
  readonly columns: readonly Column[];

  /**
   * A table of columns, which are taken as they are.
   *
   * @throws {TableError} TABLE_ROWS when they differ in length.
   */
  constructor(columns: readonly Column[], rows: number = columns[0]?.rows ?? 0) {
    for (const column of columns) {
      if (column.rows === rows) continue;
      throw tableError({
        code: "TABLE_ROWS",
        what: "the column has another number of rows than the table",
        expected: String(rows),
        found: String(column.rows),
        column: column.info.name,
      });
    }
    this.rows = rows;
    this.columns = Object.freeze([...columns]);
  }

  /** The columns of a read, without copying them. */
  static from(table: Table): FitsTable {
    return new FitsTable(table.columns, table.rows);
  }

  /** Names, in the order of the columns. */
  get names(): readonly string[] {
    return this.columns.map(({ info }) => info.name);
  }

  /** What is known of each column. */
  get schema(): readonly ColumnMetadata[] {
    return this.columns.map(({ info }) => info);
  }

  /** Rows and columns. */
  get shape(): readonly [rows: number, columns: number] {
    return [this.rows, this.columns.length];
  }

  /**
   * A column by name (case does not matter, as in FITS) or position.
   *
   * @throws {TableError} TABLE_NO_COLUMN
   */
  column(which: string | number): Column {
    const column =
      typeof which === "number"
        ? this.columns[which]
        : (this.columns.find(({ info }) => info.name === which) ??
          this.columns.find(({ info }) => info.name.toLowerCase() === which.toLowerCase()));
    if (column !== undefined) return column;
    throw tableError({
      code: "TABLE_NO_COLUMN",
      what: "the table has no such column",
      expected: this.names.join(", "),
      found: String(which),
    });
  }

  /**
   * The values of a column of fixed cells as one array, row after row.
   *
   * @throws {TableError} TABLE_TYPE for strings and cells of variable length.
   */
  numbers(which: string | number): TypedArray {
    const column = this.column(which);
    if (column.layout === "fixed") return column.data;
    throw tableError({
      code: "TABLE_TYPE",
      what: "its cells are no fixed number of values",
      expected: "a column of numbers",
      found: column.layout === "string" ? "strings" : "cells of variable length",
      column: column.info.name,
    });
  }

  [Symbol.iterator](): Iterator<Column> {
    return this.columns[Symbol.iterator]();
  }
}
