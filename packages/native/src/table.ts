import { binding, type RawColumn, type RawColumnData, type RawHdu } from "./binding.js";
import { type ByteSource, type ReadOptions, readBytes } from "./byte-source.js";
import { withCancelFlag } from "./cancel.js";
import { byteSizeOf, type Dtype, type TypedArray, viewOf } from "./dtype.js";
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
 * Numbers, logicals (0 or 1), bits (0 or 1) or complex pairs: one array for the whole column, row
 * after row.
 */
export interface FixedColumn extends ColumnBase {
  readonly layout: "fixed";
  /** C order: rows, then the cell's shape, then 2 for complex values. */
  readonly shape: readonly number[];
  /** The values, in memory of their own. */
  readonly data: TypedArray;
}

/** Cells of different length: row `i` is `data[offsets[i]]` to `data[offsets[i + 1]]`. */
export interface RaggedColumn extends ColumnBase {
  readonly layout: "ragged";
  /** In elements; of complex columns, in pairs. Rows + 1 of them. */
  readonly offsets: Float64Array;
  /** The values of all cells, one cell after the other; complex ones as pairs. */
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
  /** The characters of all strings, one string after the other. */
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

/** Options of {@link TableHdu.read}. */
export interface TableReadOptions extends ReadOptions {
  /** Names (case does not matter) or positions. Default: all. */
  readonly columns?: readonly (string | number)[] | undefined;
  /** Default: all rows. */
  readonly rows?: { readonly first: number; readonly count: number } | undefined;
  /**
   * Apply TSCALn and TZEROn. Default true; false gives numbers as they are stored, and logicals as
   * the bytes they are ('T', 'F', 0, or what a broken writer left there).
   */
  readonly scale?: boolean | undefined;
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

/** What a column's values are when they are read with `scale: false`. */
function storedInfo(info: ColumnInfo, forms: Readonly<Record<string, Dtype>>): ColumnInfo {
  const letter = info.form.replace(/^ *\d*[PQ]?/, "")[0] ?? "";
  const dtype = forms[letter];
  if (dtype === undefined) return info;
  return { ...info, dtype, kind: info.kind === "logical" ? "number" : info.kind };
}

function columnOf(info: ColumnInfo, rows: number, raw: RawColumnData): Column {
  const offsets = raw.offsets === undefined ? undefined : new Float64Array(raw.offsets);
  if (info.kind === "string" && !info.isVariable && offsets !== undefined) {
    return new Strings(info, rows, new Uint8Array(raw.values), offsets);
  }
  const dtype = info.kind === "string" ? "uint8" : info.dtype;
  const length = raw.values.byteLength / byteSizeOf(dtype);
  const data = viewOf(dtype, raw.values, 0, length);
  const validity = raw.validity === undefined ? {} : { validity: new Uint8Array(raw.validity) };
  const base = { info, rows, nulls: raw.nulls, data, ...validity };
  if (info.isVariable && offsets !== undefined) return { ...base, layout: "ragged", offsets };
  const pair = info.kind === "complex" ? [2] : [];
  return { ...base, layout: "fixed", shape: [rows, ...info.cellShape, ...pair] };
}

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
   * @returns Columns in memory of their own.
   * @throws {FitsArgumentError} FITS_OUT_OF_BOUNDS for columns or rows that are not there;
   *   FITS_LIMIT above `maxBytes`.
   * @throws {FitsFormatError} when the table is damaged; other columns may still be readable.
   * @see FITS Standard 4.0, section 7
   */
  async read(options: TableReadOptions = {}): Promise<Table> {
    this.checkReadable();
    const { header, columns } = await this.#describe(options);
    const chosen = this.#choose(options.columns, columns);
    const { first, count } = options.rows ?? { first: 0, count: this.rows };
    const fetched = await this.#fetch(chosen, columns, first, count, options);
    const raw = await withCancelFlag(options.signal, (cancel) =>
      native(
        () =>
          binding.readColumns({
            header,
            headerOffset: this.headerOffset,
            index: this.index,
            ...fetched,
            columns: chosen,
            firstRow: first,
            rows: count,
            maxBytes: options.maxBytes ?? 2 ** 32,
            raw: options.scale === false,
            cancel,
          }),
        this.place,
        options.signal,
      ),
    );
    const infos = await this.columns(options);
    const out = chosen.flatMap((index, i) => {
      const [info, data] = [infos[index], raw[i]];
      if (info === undefined || data === undefined) return [];
      const read = options.scale === false ? storedInfo(info, this.forms) : info;
      return [columnOf(read, count, data)];
    });
    return new Table(count, out);
  }

  /** What the core reads from: a local path, or the bytes that these columns need. */
  async #fetch(
    chosen: readonly number[],
    columns: readonly RawColumn[],
    first: number,
    count: number,
    options: ReadOptions,
  ): Promise<{
    path?: string;
    stamp?: { size: number; mtimeMs: number } | undefined;
    data?: Uint8Array;
    skipped?: number;
  }> {
    const { path, stamp } = this.source;
    if (path !== undefined) return { path, stamp };
    const needsHeap = chosen.some((c) => columns[c]?.isVariable);
    const isWhole = needsHeap || this.raw.isCompressedTable === true;
    const rowLength = this.raw.rowLength ?? 0;
    // The core checks the rows; here they only must not lead outside the data.
    const skipped = isWhole ? 0 : Math.min(first * rowLength, this.dataLength);
    const end = isWhole ? this.dataLength : Math.min((first + count) * rowLength, this.dataLength);
    const range = { offset: this.dataOffset + skipped, length: Math.max(0, end - skipped) };
    return { data: await readBytes(this.source, range, options), skipped };
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
