/** What went wrong, by what the caller can do about it. */
export type TableErrorCode =
  /** An argument that makes no sense: a fraction outside 0 to 1, a negative count. */
  | "TABLE_BAD_ARGUMENT"
  /** No column of this name. */
  | "TABLE_NO_COLUMN"
  /** Two columns of one name, where that cannot be. */
  | "TABLE_DUPLICATE_COLUMN"
  /** A column whose kind, dtype or shape does not fit what is asked of it. */
  | "TABLE_TYPE"
  /** Columns, or tables, of different numbers of rows. */
  | "TABLE_ROWS"
  /** Units that do not convert into each other, or that are not known. */
  | "TABLE_UNIT"
  /** An optional package that is not installed, or not in a version that fits. */
  | "TABLE_PEER_MISSING"
  /** A saved frame that cannot be read: damaged, or of another version. */
  | "TABLE_BAD_STATE";

/** The parts of a {@link TableError}: plain data. */
export interface TableErrorFields {
  /** What went wrong, for programs. */
  readonly code: TableErrorCode;
  /** What is wrong, in words. */
  readonly what: string;
  /** What would have been right. */
  readonly expected?: string | undefined;
  /** What was there. */
  readonly found?: string | undefined;
  /** The column that it is about. */
  readonly column?: string | undefined;
  /** The row that it is about, from 0. */
  readonly row?: number | undefined;
}

/** A verb of a table that cannot be done. Failures of files are FitsErrors. */
export class TableError extends Error {
  /** What went wrong, for programs. */
  readonly code: TableErrorCode;
  /** What is wrong, in words. */
  readonly what: string;
  /** What would have been right. */
  readonly expected: string | undefined;
  /** What was there. */
  readonly found: string | undefined;
  /** The column that it is about. */
  readonly column: string | undefined;
  /** The row that it is about, from 0. */
  readonly row: number | undefined;

  constructor(fields: TableErrorFields, options?: ErrorOptions) {
    const { what, expected, found, column, row } = fields;
    const place = [
      column === undefined ? "" : `column ${column}`,
      row === undefined ? "" : `row ${row}`,
    ].filter((part) => part !== "");
    let message = place.length > 0 ? `${place.join(", ")}: ${what}` : what;
    if (expected !== undefined) message += `; expected ${expected}`;
    if (found !== undefined) message += `${expected === undefined ? ";" : ","} found ${found}`;
    super(message, options);
    this.name = "TableError";
    this.code = fields.code;
    this.what = what;
    this.expected = expected;
    this.found = found;
    this.column = column;
    this.row = row;
  }
}

/** Makes a {@link TableError}. */
export function tableError(fields: TableErrorFields, options?: ErrorOptions): TableError {
  return new TableError(fields, options);
}

/** Whether `error` is a {@link TableError}, of one of `codes` where any are given. */
export function isTableError(error: unknown, ...codes: TableErrorCode[]): error is TableError {
  return error instanceof TableError && (codes.length === 0 || codes.includes(error.code));
}
