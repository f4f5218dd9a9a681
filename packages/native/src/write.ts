import { binding, type RawHduToWrite } from "./binding.js";
import { bytesOf, type Dtype, type TypedArray } from "./dtype.js";
import { fitsError, native } from "./errors.js";

/** A keyword to write. `null` writes one with an undefined value. */
export interface HeaderEntry {
  /**
   * At most 8 characters of A-Z, 0-9, `-` and `_`; other names become HIERARCH cards, which must
   * hold a string whole. Written in upper case. Of a keyword given twice the last value stays.
   */
  readonly keyword: string;
  /** `null` gives an undefined value; strings hold printable ASCII. */
  readonly value: string | number | bigint | boolean | null;
  /** What stands after the value. Printable ASCII. */
  readonly comment?: string;
}

/** How an image is packed into tiles. */
export interface TileCompression {
  /** ZCMPTYPE. RICE_1 is for integers and quantized floats. */
  readonly codec: "RICE_1" | "GZIP_1" | "GZIP_2";
  /** Shape of a tile, C order. Default: one row. */
  readonly tile?: readonly number[];
  /**
   * Floats: the noise of a tile divided by this is the step of its pixels. 0 keeps floats exactly
   * (GZIP only). Default 4, fpack's.
   */
  readonly quantize?: number;
  /** Seed of the dithering of quantized floats, 1 to 10000. Default 1, so that files repeat. */
  readonly ditherSeed?: number;
}

/** An image to write; without `data`, an HDU that has a header only. */
export interface ImageToWrite {
  readonly kind: "image";
  /** Pixels, C order. Unsigned 16-, 32- and 64-bit integers use the BZERO convention. */
  readonly data?: TypedArray;
  /** C order, `[height, width]`. */
  readonly shape?: readonly number[];
  /** Default: none, a plain image. */
  readonly compression?: TileCompression;
  /** EXTNAME. Default: none. */
  readonly name?: string;
  /** Keywords beside those that say how the data lie, which are refused here. */
  readonly header?: readonly HeaderEntry[];
}

/** A column to write: numbers, booleans or strings, one value (or `repeat` of them) a row. */
export interface ColumnToWrite {
  /** TTYPEn. */
  readonly name: string;
  /**
   * Row after row. Numbers keep their type, booleans become logicals (L), strings characters (A).
   */
  readonly values: TypedArray | readonly string[] | readonly boolean[];
  /** Values in a row. Default 1. */
  readonly repeat?: number;
  /** TUNITn. Default: none. */
  readonly unit?: string;
}

/** A binary table to write. */
export interface TableToWrite {
  readonly kind: "bintable";
  /** All of the same number of rows. */
  readonly columns: readonly ColumnToWrite[];
  /** EXTNAME. Default: none. */
  readonly name?: string;
  /** Keywords beside those that say how the data lie, which are refused here. */
  readonly header?: readonly HeaderEntry[];
}

/** An HDU to write. The first one may be a table: a primary HDU without data then precedes it. */
export type HduToWrite = ImageToWrite | TableToWrite;

/** Options of {@link writeFits}. */
export interface WriteOptions {
  /** Replace an existing file. Default false: it is an error. */
  readonly overwrite?: boolean;
}

function dtypeOf(array: TypedArray): Dtype {
  if (array instanceof Uint8Array) return "uint8";
  if (array instanceof Int8Array) return "int8";
  if (array instanceof Uint16Array) return "uint16";
  if (array instanceof Int16Array) return "int16";
  if (array instanceof Uint32Array) return "uint32";
  if (array instanceof Int32Array) return "int32";
  if (array instanceof BigUint64Array) return "uint64";
  if (array instanceof BigInt64Array) return "int64";
  return array instanceof Float32Array ? "float32" : "float64";
}

// TFORM letters as CFITSIO takes them: S, U, V and W write the unsigned (signed byte) conventions.
const formLetters: Record<Dtype, string> = {
  uint8: "B",
  int8: "S",
  uint16: "U",
  int16: "I",
  uint32: "V",
  int32: "J",
  uint64: "W",
  int64: "K",
  float32: "E",
  float64: "D",
};

type RawImage = NonNullable<RawHduToWrite["image"]>;
type RawTable = NonNullable<RawHduToWrite["table"]>;

function rawImage(image: ImageToWrite): RawImage {
  const { compression } = image;
  const data = image.data ?? new Uint8Array(0);
  const dtype = dtypeOf(data);
  const isFloat = dtype === "float32" || dtype === "float64";
  if (compression?.codec === "RICE_1" && compression.quantize === 0 && isFloat) {
    throw fitsError({
      code: "FITS_BAD_ARGUMENT",
      what: "RICE_1 cannot keep floats exactly",
      expected: "GZIP_1 or GZIP_2 with quantize 0, or a quantize above 0",
    });
  }
  return {
    dtype,
    shape: image.shape ?? [],
    pixels: bytesOf(data),
    compression: compression === undefined ? undefined : { ...compression },
  };
}

/** Keywords that say how the data lie: they follow from the data. */
const structural =
  /^(SIMPLE|XTENSION|BITPIX|NAXIS\d*|PCOUNT|GCOUNT|GROUPS|TFIELDS|TFORM\d+|THEAP|CONTINUE|END)$/i;

/** Headers hold printable ASCII (FITS Standard 4.0, section 4.1.2); CFITSIO drops other strings. */
function checkHeaderText(keyword: string, text: string): void {
  if (/^[ -~]*$/.test(text)) return;
  throw fitsError({
    code: "FITS_BAD_ARGUMENT",
    what: `${keyword} cannot be written`,
    expected: "printable ASCII",
    found: text,
    keyword,
  });
}

function checkEntry({ keyword, value, comment = "" }: HeaderEntry): void {
  if (keyword.trim() === "") {
    throw fitsError({ code: "FITS_BAD_ARGUMENT", what: "a keyword needs a name", keyword });
  }
  if (structural.test(keyword)) {
    const what = `${keyword} follows from the data`;
    throw fitsError({ code: "FITS_BAD_ARGUMENT", what, keyword });
  }
  for (const text of [keyword, comment, String(value)]) checkHeaderText(keyword, text);
}

/** The bytes of a string; as it is read back, one byte a character. */
function latin1Of(text: string, column: string): Buffer {
  const bytes = Buffer.from(text, "latin1");
  if (bytes.toString("latin1") === text) return bytes;
  throw fitsError({
    code: "FITS_BAD_ARGUMENT",
    what: `column ${column} holds characters that FITS cannot`,
    expected: "Latin-1",
    found: text,
  });
}

function isTyped(values: ColumnToWrite["values"]): values is TypedArray {
  return ArrayBuffer.isView(values);
}

function rawColumn(column: ColumnToWrite): RawTable["columns"][number] {
  const { name, values, unit = "" } = column;
  for (const text of [name, unit]) checkHeaderText(`column ${name}`, text);
  const repeat = column.repeat ?? 1;
  const common = { name, unit, isString: false, isLogical: false };
  if (isTyped(values)) {
    const dtype = dtypeOf(values);
    return {
      ...common,
      form: `${repeat}${formLetters[dtype]}`,
      dtype,
      repeat,
      values: bytesOf(values),
    };
  }
  if (values.length > 0 && typeof values[0] === "boolean") {
    const bytes = Uint8Array.from(values as readonly boolean[], Number);
    return {
      ...common,
      form: `${repeat}L`,
      dtype: "uint8",
      isLogical: true,
      repeat,
      values: bytes,
    };
  }
  const texts = (values as readonly string[]).map((text) => latin1Of(text, name));
  const width = texts.reduce((most, text) => Math.max(most, text.length), 1);
  const bytes = new Uint8Array(texts.length * width);
  for (const [i, text] of texts.entries()) bytes.set(text, i * width);
  return {
    ...common,
    form: `${width}A`,
    dtype: "uint8",
    isString: true,
    repeat: width,
    values: bytes,
  };
}

function rawTable(table: TableToWrite): RawTable {
  const lengths = table.columns.map((c) => {
    const repeat = isTyped(c.values) || typeof c.values[0] === "boolean" ? (c.repeat ?? 1) : 1;
    return c.values.length / repeat;
  });
  const rows = lengths[0] ?? 0;
  const odd = lengths.findIndex((length) => length !== rows || !Number.isInteger(length));
  if (odd >= 0) {
    throw fitsError({
      code: "FITS_BAD_ARGUMENT",
      what: `column ${table.columns[odd]?.name} does not fill the rows of the first column`,
      expected: `${rows} rows`,
      found: `${lengths[odd]}`,
    });
  }
  return { rows, columns: table.columns.map(rawColumn) };
}

/** Of a keyword that is given twice the last one. */
function lastOfEach(entries: readonly HeaderEntry[]): HeaderEntry[] {
  const nameOf = ({ keyword }: HeaderEntry): string => keyword.toUpperCase();
  const last = new Map(entries.map((entry) => [nameOf(entry), entry]));
  const isText = (entry: HeaderEntry): boolean => /^(COMMENT|HISTORY)$/.test(nameOf(entry));
  return entries.filter((entry) => isText(entry) || last.get(nameOf(entry)) === entry);
}

function rawHdu(hdu: HduToWrite): RawHduToWrite {
  const name = hdu.name === undefined ? [] : [{ keyword: "EXTNAME", value: hdu.name }];
  const entries = [...name, ...(hdu.header ?? [])];
  entries.forEach(checkEntry);
  const keywords = lastOfEach(entries);
  return hdu.kind === "image"
    ? { image: rawImage(hdu), keywords }
    : { table: rawTable(hdu), keywords };
}

/**
 * Writes a FITS file. It appears under its name complete, or not at all: the bytes go to a
 * temporary file beside it first. Arrays are read until the promise settles.
 *
 * @example
 * ```ts
 * await writeFits("sky.fits", [
 *   { kind: "image", data: new Float32Array(64 * 64), shape: [64, 64], header: [
 *     { keyword: "EXPTIME", value: 53.9, comment: "[s]" },
 *   ] },
 *   { kind: "bintable", name: "CATALOG", columns: [{ name: "X", values: new Float64Array(3) }] },
 * ]);
 * ```
 * @throws {FitsArgumentError} FITS_BAD_ARGUMENT when the file exists and `overwrite` is not set,
 *   when data and shape do not fit, or when a keyword or a string is none that FITS can hold.
 * @throws {FitsIoError} when the disk refuses.
 */
export async function writeFits(
  path: string,
  hdus: readonly HduToWrite[],
  options: WriteOptions = {},
): Promise<void> {
  if (hdus.length === 0) {
    throw fitsError({
      code: "FITS_BAD_ARGUMENT",
      what: "a file without HDUs is no FITS file",
      path,
    });
  }
  await native(() => binding.writeFile(path, hdus.map(rawHdu), options.overwrite ?? false), {
    path,
  });
}
