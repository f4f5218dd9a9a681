import { bytesOf, type Dtype, dtypeOf, type TypedArray } from "./dtype.js";
import { fitsError } from "./errors.js";
import type { RawCells, RawColumnToWrite } from "./raw/write.js";

/** Values of one column, for rows of any number. */
export interface ColumnCells {
  /** TTYPEn. */
  readonly name: string;
  /**
   * Row after row. Numbers keep their type; complex ones are pairs; logicals and bits are booleans
   * or bytes, 0 or not; strings hold Latin-1.
   */
  readonly values: TypedArray | readonly string[] | readonly boolean[];
  /**
   * Cells of variable length: row `i` is `values[offsets[i]]` to `values[offsets[i + 1]]` (of
   * complex numbers, pairs), so there is one more of them than rows.
   */
  readonly offsets?: Float64Array | Int32Array;
  /**
   * One bit an element, least significant first, 0 where it is null: TNULLn in columns of integers,
   * NaN in those of floats, undefined logicals and strings. Default: no nulls.
   */
  readonly validity?: Uint8Array;
}

/** A column of a binary table to write. */
export interface ColumnToWrite extends ColumnCells {
  /** What the values are. Default: by their type, strings, logicals (for booleans) or numbers. */
  readonly kind?: "number" | "logical" | "bit" | "complex" | "string";
  /**
   * Shape of a cell, C order; of more than one axis it becomes TDIMn. Default: `[repeat]`, or `[]`
   * for one value.
   */
  readonly shape?: readonly number[];
  /** Values in a cell: short for a `shape` of one axis. Default 1. */
  readonly repeat?: number;
  /** Strings: bytes of each. Default: those of the longest one. */
  readonly width?: number;
  /**
   * Strings in cells of variable length. Numbers, logicals and bits have those where there are
   * `offsets`.
   */
  readonly isVariable?: boolean;
  /**
   * Descriptors of variable-length cells: P reaches a heap of 2 GiB, Q any. Default: P, and Q where
   * the values take more than that.
   */
  readonly descriptor?: "P" | "Q";
  /** TUNITn. Default: none. */
  readonly unit?: string;
  /** TDISPn, how to show the values. Default: none. */
  readonly display?: string;
  /** What stands after the name in the header. Default: CFITSIO's "label for field". */
  readonly comment?: string;
  /**
   * TNULLn, for integers: the stored number that stands for no value, before TSCALn and TZEROn.
   * Values that equal it are read as null.
   */
  readonly null?: number | bigint;
  /**
   * TSCALn and TZEROn. `values` are Float64Array and physical; what is stored is the nearest number
   * of type `stored` to (value - zero) / scale. NaN needs a `null` in columns of integers.
   */
  readonly scaling?: {
    /** Type of the stored numbers. */
    readonly stored: "uint8" | "int16" | "int32" | "int64" | "float32" | "float64";
    /** TSCALn. */
    readonly scale: number;
    /** TZEROn. Default 0. */
    readonly zero?: number;
  };
}

/** A column of an ASCII table to write. */
export interface AsciiColumnToWrite extends ColumnCells {
  readonly values: TypedArray | readonly string[];
  /** Not in ASCII tables. */
  readonly offsets?: never;
  /**
   * TFORMn: Aw, Iw, Fw.d, Ew.d or Dw.d (FITS Standard 4.0, section 7.2.1). Default: one that brings
   * every value back.
   */
  readonly form?: string;
  /** TUNITn. Default: none. */
  readonly unit?: string;
  /** TDISPn. Default: none. */
  readonly display?: string;
  /** What stands after the name in the header. Default: CFITSIO's "label for field". */
  readonly comment?: string;
  /** TNULLn, the text of a null. Default `*` for floats and where there is a `validity`. */
  readonly null?: string;
}

/** Headers hold printable ASCII (FITS Standard 4.0, section 4.1.2); CFITSIO drops other strings. */
export function checkHeaderText(keyword: string, text: string): void {
  if (/^[ -~]*$/.test(text)) return;
  throw fitsError({
    code: "FITS_BAD_ARGUMENT",
    what: `${keyword} cannot be written`,
    expected: "printable ASCII",
    found: text,
    keyword,
  });
}

function isTyped(values: ColumnCells["values"]): values is TypedArray {
  return ArrayBuffer.isView(values);
}

function isBooleans(values: ColumnCells["values"]): values is readonly boolean[] {
  return typeof values[0] === "boolean";
}

/** The bytes of strings one after the other, as they are read back: one byte a character. */
function latin1Of(texts: readonly string[], column: string): Pick<RawCells, "values" | "offsets"> {
  const offsets = new Float64Array(texts.length + 1);
  for (const [i, text] of texts.entries()) offsets[i + 1] = (offsets[i] ?? 0) + text.length;
  const joined = texts.join("");
  const values = Buffer.from(joined, "latin1");
  if (values.toString("latin1") === joined) return { values, offsets };
  throw fitsError({
    code: "FITS_BAD_ARGUMENT",
    what: `column ${column} holds characters that FITS cannot`,
    expected: "Latin-1",
    found: texts.find((text) => Buffer.from(text, "latin1").toString("latin1") !== text) ?? "",
  });
}

/** What the core needs of cells. An empty list says by `kind` alone what it would hold. */
export function rawCells(
  { name, values, offsets, validity }: ColumnCells,
  kind?: ColumnToWrite["kind"],
): RawCells {
  checkHeaderText(`column ${name}`, name);
  // The core counts in doubles here: what is written may be longer than what one read gives.
  const places = offsets instanceof Int32Array ? Float64Array.from(offsets) : offsets;
  const common = { name, offsets: places, validity };
  if (isTyped(values)) {
    return { ...common, isString: false, dtype: dtypeOf(values), values: bytesOf(values) };
  }
  if (isBooleans(values) || kind === "logical" || kind === "bit") {
    return { ...common, isString: false, dtype: "uint8", values: Uint8Array.from(values, Number) };
  }
  const texts = values as readonly string[];
  return { ...common, isString: true, dtype: "uint8", ...latin1Of(texts, name) };
}

/** Where P descriptors, and the readers that take them for signed ones, end. */
const nearHeap = 2 ** 31;

function longest(offsets: Float64Array | undefined): number {
  let most = 1;
  for (let i = 1; offsets !== undefined && i < offsets.length; ++i) {
    most = Math.max(most, (offsets[i] ?? 0) - (offsets[i - 1] ?? 0));
  }
  return most;
}

function integerNull(column: ColumnToWrite): bigint | undefined {
  if (column.null === undefined) return undefined;
  if (typeof column.null === "bigint" || Number.isSafeInteger(column.null)) {
    return BigInt(column.null);
  }
  throw fitsError({
    code: "FITS_BAD_ARGUMENT",
    what: `the null of column ${column.name} cannot be written`,
    expected: "an integer",
    found: String(column.null),
  });
}

/** What the core needs of a column of a binary table. */
export function rawColumn(column: ColumnToWrite): RawColumnToWrite {
  const { name, unit = "", display = "", comment = "", scaling, repeat = 1 } = column;
  for (const text of [unit, display, comment]) checkHeaderText(`column ${name}`, text);
  const cells = rawCells(column, column.kind);
  const kind =
    column.kind ?? (cells.isString ? "string" : isBooleans(column.values) ? "logical" : "number");
  const isVariable = column.isVariable ?? column.offsets !== undefined;
  return {
    ...cells,
    isString: kind === "string",
    kind,
    shape: column.shape ?? (repeat === 1 ? [] : [repeat]),
    width: kind === "string" && !isVariable ? (column.width ?? longest(cells.offsets)) : 0,
    isVariable,
    isWide: (column.descriptor ?? (cells.values.byteLength < nearHeap ? "P" : "Q")) === "Q",
    unit,
    display,
    comment,
    null: integerNull(column),
    nullText: "",
    form: "",
    stored: scaling?.stored,
    scale: scaling?.scale ?? 1,
    zero: scaling?.zero ?? 0,
  };
}

/** Digits that bring every double, and every float, back. */
const realForms: Partial<Record<Dtype, string>> = { float64: "D25.16", float32: "E16.8" };

function asciiForm({ values }: AsciiColumnToWrite, cells: RawCells): string {
  if (cells.isString) return `A${longest(cells.offsets)}`;
  const real = realForms[cells.dtype];
  if (real !== undefined) return real;
  let width = 1;
  for (const value of values) width = Math.max(width, String(value).length);
  return `I${width}`;
}

/** What the core needs of a column of an ASCII table. */
export function rawAsciiColumn(column: AsciiColumnToWrite): RawColumnToWrite {
  const { name, unit = "", display = "", comment = "" } = column;
  const cells = rawCells(column);
  const form = column.form ?? asciiForm(column, cells);
  const mayBeNull = column.validity !== undefined || cells.dtype.startsWith("float");
  const nullText = column.null ?? (mayBeNull ? "*" : "");
  for (const text of [unit, display, comment, form, nullText]) {
    checkHeaderText(`column ${name}`, text);
  }
  return {
    ...cells,
    kind: cells.isString ? "string" : "number",
    shape: [],
    width: 0,
    isVariable: false,
    isWide: false,
    unit,
    display,
    comment,
    null: undefined,
    nullText,
    form,
    stored: undefined,
    scale: 1,
    zero: 0,
  };
}
