import type { TypedArray } from "../dtype.js";
import { fitsError } from "../errors.js";
import { nearestName } from "../nearest-name.js";
import type { Column } from "./column.js";

/** Columns of a table, by name or position. */
export class Table implements Iterable<Column> {
  /** Rows that were read. */
  readonly rows: number;
  /** The columns that were read, in the order in which they were asked for. */
  readonly columns: readonly Column[];
  /** Position in the HDU of the first row that was read. */
  readonly firstRow: number;
  /** Of a read with `where`: the positions in the table of the rows that were found, rising. */
  readonly rowNumbers: Float64Array | undefined;

  constructor(rows: number, columns: readonly Column[], firstRow = 0, rowNumbers?: Float64Array) {
    this.rows = rows;
    this.firstRow = firstRow;
    this.columns = columns;
    this.rowNumbers = rowNumbers;
  }

  /** Names, in the order of the columns. */
  get names(): readonly string[] {
    return this.columns.map((column) => column.info.name);
  }

  /** The first column of this name (case does not matter), or the one at this position. */
  column(which: string | number): Column {
    const column =
      typeof which === "number"
        ? this.columns[which]
        : this.columns.find((c) => c.info.name.toLowerCase() === which.toLowerCase());
    if (column === undefined) throw noSuchColumn(which, this.names);
    return column;
  }

  /** The numbers of a fixed column as one array. */
  numbers(which: string | number): TypedArray {
    const column = this.column(which);
    if (column.layout === "fixed") return column.data;
    throw fitsError({
      code: "FITS_BAD_ARGUMENT",
      what: `column ${String(which)} holds no fixed number of values`,
      expected: "a column of numbers",
      found: `TFORM ${column.info.form}`,
    });
  }

  [Symbol.iterator](): Iterator<Column> {
    return this.columns[Symbol.iterator]();
  }
}

export function noSuchColumn(
  which: string | number,
  names: readonly string[],
  place: { readonly path?: string; readonly hdu?: number } = {},
): Error {
  const near = typeof which === "number" ? undefined : nearestName(which, names);
  return fitsError({
    code: "FITS_OUT_OF_BOUNDS",
    what: `the table has no such column${near === undefined ? "" : `; did you mean ${near}?`}`,
    expected: typeof which === "number" ? `0 to ${names.length - 1}` : names.join(", "),
    found: String(which),
    ...place,
  });
}
