import {
  binding,
  type RawColumn,
  type RawColumnData,
  type RawHdu,
  type RawTableJob,
} from "./binding.js";
import { type ByteSource, type ReadOptions, readBytes } from "./byte-source.js";
import { withCancelFlag } from "./cancel.js";
import { byteSizeOf, bytesOf, constructors, type Dtype, type TypedArray, viewOf } from "./dtype.js";
import { fitsError, native, nativeSync } from "./errors.js";
import { HduBase } from "./hdu.js";

/** What the header says about a column. */
export interface ColumnInfo {
  /** TTYPEn; empty where there is none. Names may repeat: an index is always unique. */
  readonly name: string;
  /** Position in the table, from 0. */
  readonly index: number;
  /** TUNITn; empty where there is none. */
  readonly unit: string;
  /** TFORMn as written. */
  readonly form: string;
  /** TDISPn; empty where there is none. */
  readonly display: string;
  /** What the values are: bits and logicals come out as 0 or 1, complex ones as pairs. */
  readonly kind: "number" | "logical" | "bit" | "complex" | "string";
  /** Of the values that come out; of each half of a complex one. */
  readonly dtype: Dtype;
  /** Rows hold different numbers of elements (TFORMn P or Q). */
  readonly isVariable: boolean;
  /** Shape of one cell, C order; `[]` for a single element. */
  readonly cellShape: readonly number[];
  /** Columns of strings: bytes of one string, with its padding. */
  readonly stringLength?: number;
}

interface ColumnBase {
  /** What the header says about it. */
  readonly info: ColumnInfo;
  /** Rows that were read. */
  readonly rows: number;
  /** Elements that are null: TNULLn, undefined logicals, blank fields of ASCII tables. */
  readonly nulls: number;
  /** One bit an element, least significant first, 0 where it is null; absent without nulls. */
  readonly validity?: Uint8Array;
}

/**
 * Numbers, logicals (0 or 1), bits (0 or 1), complex pairs, or the bytes of strings: one array for
 * the whole column, row after row.
 */
export interface FixedColumn extends ColumnBase {
  readonly layout: "fixed";
  /** C order: rows, the cell's shape, then 2 for complex values, or the length of the strings. */
  readonly shape: readonly number[];
  /** The values, in an ArrayBuffer of their own, or in the memory that the caller gave. */
  readonly data: TypedArray;
}

/** Cells of different length: row `i` is `data[offsets[i]]` to `data[offsets[i + 1]]`. */
export interface RaggedColumn extends ColumnBase {
  readonly layout: "ragged";
  /** In elements; of complex columns, in pairs. Rows + 1 of them. */
  readonly offsets: Float64Array;
  /**
   * The values of all cells, one cell after the other; complex ones as pairs. In an ArrayBuffer of
   * their own, or the first ones of the memory that the caller gave.
   */
  readonly data: TypedArray;
}

/**
 * Strings as bytes. They end at the first NUL and have no trailing spaces (FITS Standard 4.0,
 * section 7.3.3.1); bytes above 127 are kept as they are.
 */
export interface StringColumn extends ColumnBase {
  readonly layout: "string";
  /** Rows, then the cell's shape. */
  readonly shape: readonly number[];
  /**
   * The characters of all strings, one string after the other. In an ArrayBuffer of their own, or
   * the first bytes of the memory that the caller gave.
   */
  readonly bytes: Uint8Array;
  /** String `i` is `bytes[offsets[i]]` to `bytes[offsets[i + 1]]`. */
  readonly offsets: Float64Array;
  /** String `i`, as Latin-1. */
  at(i: number): string;
  /** All of them. */
  toArray(): string[];
}

/** A column's values, by `layout`. */
export type Column = FixedColumn | RaggedColumn | StringColumn;

/** Rows from `first` on. */
export interface RowRange {
  /** Position of the first row, from 0. */
  readonly first: number;
  /** How many rows. */
  readonly count: number;
}

/** Options of {@link TableHdu.read}. */
export interface TableReadOptions extends ReadOptions {
  /** Names (case does not matter) or positions. Default: all. */
  readonly columns?: readonly (string | number)[] | undefined;
  /**
   * A range, or any rows by position: in any order, which is that of the result, and also more than
   * once. They are read in the order of the file, near ones together. Default: all rows.
   */
  readonly rows?: RowRange | readonly number[] | Uint32Array | undefined;
  /**
   * Apply TSCALn and TZEROn. Default true; false gives numbers as they are stored, and logicals as
   * the bytes they are ('T', 'F', 0, or what a broken writer left there).
   */
  readonly scale?: boolean | undefined;
  /**
   * Strings of fixed length: "trimmed" ends them at the first NUL and drops trailing spaces (7.3.3.1
   * of the standard), as {@link StringColumn}. "bytes" gives them as they lie in the file, padding
   * and all, as {@link FixedColumn} of uint8, which is faster. Default "trimmed".
   */
  readonly strings?: "trimmed" | "bytes" | undefined;
  /**
   * Memory to fill, by position in `columns`: an array of the column's dtype (uint8 for strings),
   * also on a SharedArrayBuffer, which holds at least its values (of strings, their padding too);
   * undefined for new memory. The arrays belong to the call until the promise settles; the columns'
   * data are the first part of them.
   */
  readonly into?: readonly (TypedArray | undefined)[] | undefined;
  /** Threads that work on the read, at most. The result is the same for any number. Default 1. */
  readonly threads?: number | undefined;
  /** What the columns may take in memory: a small file can declare much. Default 4 GiB. */
  readonly maxBytes?: number | undefined;
}

/** Columns of a table, by name or position. */
export class Table implements Iterable<Column> {
  /** Rows that were read. */
  readonly rows: number;
  /** The columns that were read, in the order in which they were asked for. */
  readonly columns: readonly Column[];

  constructor(rows: number, columns: readonly Column[]) {
    this.rows = rows;
    this.columns = columns;
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

function noSuchColumn(
  which: string | number,
  names: readonly string[],
  place: { readonly path?: string; readonly hdu?: number } = {},
): Error {
  return fitsError({
    code: "FITS_OUT_OF_BOUNDS",
    what: "the table has no such column",
    expected: typeof which === "number" ? `0 to ${names.length - 1}` : names.join(", "),
    found: String(which),
    ...place,
  });
}

class Strings implements StringColumn {
  readonly layout = "string" as const;
  readonly info: ColumnInfo;
  readonly rows: number;
  readonly nulls = 0;
  readonly shape: readonly number[];
  readonly bytes: Uint8Array;
  readonly offsets: Float64Array;

  constructor(info: ColumnInfo, rows: number, bytes: Uint8Array, offsets: Float64Array) {
    this.info = info;
    this.rows = rows;
    this.shape = [rows, ...info.cellShape];
    this.bytes = bytes;
    this.offsets = offsets;
  }

  at(i: number): string {
    const slice = this.bytes.subarray(this.offsets[i], this.offsets[i + 1]);
    return Buffer.from(slice.buffer, slice.byteOffset, slice.byteLength).toString("latin1");
  }

  toArray(): string[] {
    return Array.from({ length: this.offsets.length - 1 }, (_, i) => this.at(i));
  }
}

/** What the letters of TFORMn stand for in a binary table (7.3.1 of the standard). */
const binaryForms: Readonly<Record<string, Dtype>> = {
  L: "uint8",
  B: "uint8",
  I: "int16",
  J: "int32",
  K: "int64",
  E: "float32",
  D: "float64",
  C: "float32",
  M: "float64",
};
/** The same in an ASCII table (7.2.1), where E and D differ in how they are written only. */
const asciiForms: Readonly<Record<string, Dtype>> = {
  I: "int64",
  F: "float64",
  E: "float64",
  D: "float64",
};

/** The dtype of the array that holds a column's values. */
const arrayDtypeOf = (info: ColumnInfo): Dtype => (info.kind === "string" ? "uint8" : info.dtype);

/** What a column's values are when they are read with `scale: false`. */
function storedInfo(info: ColumnInfo, forms: Readonly<Record<string, Dtype>>): ColumnInfo {
  const letter = info.form.replace(/^ *\d*[PQ]?/, "")[0] ?? "";
  const dtype = forms[letter];
  if (dtype === undefined) return info;
  return { ...info, dtype, kind: info.kind === "logical" ? "number" : info.kind };
}

/** The values of a column: new memory, or the first part of what the caller gave. */
function valuesOf(info: ColumnInfo, raw: RawColumnData, into: TypedArray | undefined): TypedArray {
  const dtype = arrayDtypeOf(info);
  const offsets = raw.offsets === undefined ? undefined : new Float64Array(raw.offsets);
  if (into !== undefined) {
    const isText = info.kind === "string" && !info.isVariable && offsets !== undefined;
    const elements = isText ? (offsets.at(-1) ?? 0) : raw.elements;
    const length = info.kind === "complex" ? 2 * elements : elements;
    return viewOf(dtype, into.buffer, into.byteOffset, length);
  }
  const buffer = raw.values ?? new ArrayBuffer(0);
  return viewOf(dtype, buffer, 0, buffer.byteLength / byteSizeOf(dtype));
}

function columnOf(
  info: ColumnInfo,
  rows: number,
  raw: RawColumnData,
  into: TypedArray | undefined,
): Column {
  const offsets = raw.offsets === undefined ? undefined : new Float64Array(raw.offsets);
  const data = valuesOf(info, raw, into);
  if (info.kind === "string" && !info.isVariable && offsets !== undefined) {
    return new Strings(info, rows, bytesOf(data), offsets);
  }
  const validity = raw.validity === undefined ? {} : { validity: new Uint8Array(raw.validity) };
  const base = { info, rows, nulls: raw.nulls, data, ...validity };
  if (info.isVariable && offsets !== undefined) return { ...base, layout: "ragged", offsets };
  const last =
    info.kind === "complex" ? [2] : info.kind === "string" ? [info.stringLength ?? 0] : [];
  return { ...base, layout: "fixed", shape: [rows, ...info.cellShape, ...last] };
}

/** Rows that lie so near each other are fetched together. */
const nearBytes = 16 * 1024;

type WantedRows = Pick<RawTableJob, "firstRow" | "rows" | "rowList">;
type Fetched = Pick<RawTableJob, "path" | "stamp" | "immutable" | "data" | "skipped" | "rowList">;

/** What binary and ASCII tables share. */
abstract class TableHduBase extends HduBase {
  /** NAXIS2; of the table it expands to for a compressed one. */
  readonly rows: number;
  /** TFIELDS. */
  readonly columnCount: number;
  /** The stored dtype of each type letter of TFORMn. */
  protected abstract readonly forms: Readonly<Record<string, Dtype>>;
  #columns: readonly RawColumn[] | undefined;

  constructor(raw: RawHdu, source: ByteSource) {
    super(raw, source);
    this.rows = raw.rows ?? 0;
    this.columnCount = raw.columns ?? 0;
  }

  async #describe(
    options?: ReadOptions,
  ): Promise<{ header: Uint8Array; columns: readonly RawColumn[] }> {
    const header = await this.headerBytes(options);
    this.#columns ??= nativeSync(
      () => binding.tableColumns(header, this.headerOffset, this.index),
      this.place,
    );
    return { header, columns: this.#columns };
  }

  /** The columns, from the header alone. */
  async columns(options?: ReadOptions): Promise<readonly ColumnInfo[]> {
    const { columns } = await this.#describe(options);
    return columns.map(({ defect: _, ...column }, index) => ({ ...column, index }));
  }

  #choose(wanted: TableReadOptions["columns"], columns: readonly RawColumn[]): number[] {
    if (wanted === undefined) return columns.map((_, i) => i);
    return wanted.map((which) => {
      const index =
        typeof which === "number"
          ? which
          : columns.findIndex((c) => c.name.toLowerCase() === which.toLowerCase());
      if (columns[index] !== undefined) return index;
      const names = columns.map((c) => c.name);
      throw noSuchColumn(which, names, this.place);
    });
  }

  /**
   * Reads columns into native byte order. Scaled columns (TSCALn, TZEROn) come out as float64,
   * unsigned ones (TZEROn 2^15, 2^31, 2^63; -128 for bytes) as unsigned integers.
   *
   * @returns Columns in memory of their own, or in the memory that `into` gives. Small columns of
   *   one read share an allocation: it is freed when all of them are gone.
   * @throws {FitsArgumentError} FITS_OUT_OF_BOUNDS for columns or rows that are not there;
   *   FITS_LIMIT above `maxBytes`; FITS_BAD_ARGUMENT for memory of another dtype, or too little.
   * @throws {FitsFormatError} when the table is damaged; other columns may still be readable.
   * @see FITS Standard 4.0, section 7
   */
  async read(options: TableReadOptions = {}): Promise<Table> {
    this.checkReadable();
    const { header, columns } = await this.#describe(options);
    const chosen = this.#choose(options.columns, columns);
    const infos = await this.#infosOf(chosen, options);
    const into = options.into?.map((array, i) => this.#checkedMemory(array, infos[i]));
    const rows = this.#rowsOf(options.rows);
    const fetched = await this.#fetch(chosen, columns, rows, options);
    const raw = await withCancelFlag(options.signal, (cancel) =>
      native(
        () =>
          binding.readColumns({
            header,
            headerOffset: this.headerOffset,
            index: this.index,
            ...rows,
            ...fetched,
            columns: chosen,
            into,
            maxBytes: options.maxBytes ?? 2 ** 32,
            threads: options.threads ?? 1,
            raw: options.scale === false,
            asBytes: options.strings === "bytes",
            cancel,
          }),
        this.place,
        options.signal,
      ),
    );
    const out = raw.flatMap((data, i) => {
      const info = infos[i];
      return info === undefined ? [] : [columnOf(info, rows.rows, data, options.into?.[i])];
    });
    return new Table(rows.rows, out);
  }

  /** What the chosen columns are when they are read with these options. */
  async #infosOf(chosen: readonly number[], options: TableReadOptions): Promise<ColumnInfo[]> {
    const infos = await this.columns(options);
    return chosen.flatMap((index) => {
      const info = infos[index];
      if (info === undefined) return [];
      return [options.scale === false ? storedInfo(info, this.forms) : info];
    });
  }

  #checkedMemory(
    array: TypedArray | undefined,
    info: ColumnInfo | undefined,
  ): Uint8Array | undefined {
    if (array === undefined) return undefined;
    const dtype = info === undefined ? undefined : arrayDtypeOf(info);
    if (dtype !== undefined && array instanceof constructors[dtype]) return bytesOf(array);
    throw fitsError({
      code: "FITS_BAD_ARGUMENT",
      what: "the memory for a column has another dtype",
      expected: dtype ?? "as many arrays as columns",
      found: array.constructor.name,
      ...this.place,
    });
  }

  #rowsOf(rows: TableReadOptions["rows"]): WantedRows {
    if (rows === undefined) return { firstRow: 0, rows: this.rows };
    if ("first" in rows) return { firstRow: rows.first, rows: rows.count };
    return { firstRow: 0, rows: rows.length, rowList: Float64Array.from(rows) };
  }

  /** What the core reads from: a local path, or the bytes that these columns need. */
  async #fetch(
    chosen: readonly number[],
    columns: readonly RawColumn[],
    rows: WantedRows,
    options: ReadOptions,
  ): Promise<Fetched> {
    const { path, stamp, immutable } = this.source;
    if (path !== undefined) return { path, stamp, immutable };
    const needsHeap = chosen.some((c) => columns[c]?.isVariable);
    const isWhole = needsHeap || this.raw.isCompressedTable === true;
    const rowLength = this.raw.rowLength ?? 0;
    if (rows.rowList !== undefined && !isWhole) return this.#fetchRows(rows.rowList, options);
    // The core checks the rows; here they only must not lead outside the data.
    const skipped = isWhole ? 0 : Math.min(rows.firstRow * rowLength, this.dataLength);
    const last = (rows.firstRow + rows.rows) * rowLength;
    const end = isWhole ? this.dataLength : Math.min(last, this.dataLength);
    const range = { offset: this.dataOffset + skipped, length: Math.max(0, end - skipped) };
    return { data: await readBytes(this.source, range, options), skipped };
  }

  /** The rows of a list, each once, one after the other; the list is that of their places there. */
  async #fetchRows(list: Float64Array, options: ReadOptions): Promise<Fetched> {
    const rowLength = this.raw.rowLength ?? 0;
    const rows = Float64Array.from(new Set(list)).sort();
    const isGood = rows.every((row) => Number.isInteger(row) && row >= 0 && row < this.rows);
    if (!isGood) return { data: new Uint8Array(0) }; // the core says what is wrong with them
    const spans: { first: number; last: number }[] = [];
    for (const row of rows) {
      const span = spans.at(-1);
      if (span !== undefined && (row - span.last) * rowLength <= nearBytes) span.last = row;
      else spans.push({ first: row, last: row });
    }
    const parts = await Promise.all(
      spans.map(async ({ first, last }) => {
        const range = {
          offset: this.dataOffset + first * rowLength,
          length: (last - first + 1) * rowLength,
        };
        return { first, last, bytes: await readBytes(this.source, range, options) };
      }),
    );
    const data = new Uint8Array(rows.length * rowLength);
    const places = new Map<number, number>();
    for (const { first, last, bytes } of parts) {
      for (let row = rows[places.size]; row !== undefined && row <= last; row = rows[places.size]) {
        const at = (row - first) * rowLength;
        data.set(bytes.subarray(at, at + rowLength), places.size * rowLength);
        places.set(row, places.size);
      }
    }
    return { data, rowList: list.map((row) => places.get(row) ?? 0) };
  }
}

/** A binary table; `isCompressed` ones (section 10.3 of the standard) read like any other. */
export class BinTableHdu extends TableHduBase {
  readonly kind = "bintable" as const;
  /** Whether it is stored as a tile-compressed table (ZTABLE). */
  readonly isCompressed: boolean;
  protected override readonly forms: Readonly<Record<string, Dtype>> = binaryForms;

  constructor(raw: RawHdu, source: ByteSource) {
    super(raw, source);
    this.isCompressed = raw.isCompressedTable ?? false;
  }
}

/** An ASCII table: numbers come out as int64 and float64. */
export class AsciiTableHdu extends TableHduBase {
  readonly kind = "asciitable" as const;
  protected override readonly forms: Readonly<Record<string, Dtype>> = asciiForms;
}

/** A table of either kind. */
export type TableHdu = BinTableHdu | AsciiTableHdu;
