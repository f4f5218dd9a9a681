import { binding } from "./binding.js";
import { withCancelFlag } from "./cancel.js";
import type { HeaderValue } from "./card.js";
import { bytesOf, dtypeOf, type TypedArray } from "./dtype.js";
import { fitsError, native } from "./errors.js";
import type { RawHduToWrite } from "./raw/write.js";
import {
  type AsciiColumnToWrite,
  type ColumnToWrite,
  checkHeaderText,
  rawAsciiColumn,
  rawColumn,
} from "./write-columns.js";

/** A keyword to write. `null` writes one with an undefined value. */
export interface HeaderEntry {
  /**
   * At most 8 characters of A-Z, 0-9, `-` and `_`; other names become HIERARCH cards, which must
   * hold a string whole. Written in upper case. Of a keyword given twice the last value stays;
   * COMMENT, HISTORY and the empty keyword are free text, kept in order, each on as many cards as
   * it takes.
   */
  readonly keyword: string;
  /**
   * `null` gives an undefined value; strings hold printable ASCII, long ones are continued
   * (CONTINUE). Integers have up to 64 bits. Whole numbers are written as integers.
   */
  readonly value: HeaderValue;
  /** What stands after the value, cut where its card ends. Printable ASCII. */
  readonly comment?: string;
}

/** How an image is packed into tiles (FITS Standard 4.0, section 10). */
export interface TileCompression {
  /**
   * ZCMPTYPE. Which holds what:
   * - RICE_1, HCOMPRESS_1: integers, and floats that are quantized;
   * - GZIP_1, GZIP_2: also floats exactly;
   * - PLIO_1: integers of 0 to 2^24 - 1 in types other than uint16 and uint32, best for masks.
   *
   * 64-bit integers are not compressed.
   */
  readonly codec: "RICE_1" | "GZIP_1" | "GZIP_2" | "HCOMPRESS_1" | "PLIO_1";
  /**
   * Shape of a tile, C order. Default: one row, for HCOMPRESS_1 some 16 of them. Tiles of
   * HCOMPRESS_1 have two axes of at least 4 pixels, also at the image's edges.
   */
  readonly tile?: readonly number[];
  /**
   * Floats: the step between the values that pixels can have. Above 0, the noise of a tile divided
   * by this; below 0, this number itself, without the sign. 0 keeps floats exactly (GZIP only).
   * Default 4, fpack's.
   */
  readonly quantize?: number;
  /**
   * ZQUANTIZ. Dithering keeps the mean of faint regions; SUBTRACTIVE_DITHER_2 also keeps exact
   * zeros (not in HCOMPRESS_1). Default SUBTRACTIVE_DITHER_1, fpack's.
   */
  readonly dither?: "NO_DITHER" | "SUBTRACTIVE_DITHER_1" | "SUBTRACTIVE_DITHER_2";
  /**
   * Seed of the dithering, 1 to 10000; `clock` takes one from the time, `checksum` from the first
   * tile's pixels. Default 1, so that files repeat.
   */
  readonly ditherSeed?: number | "clock" | "checksum";
  /**
   * HCOMPRESS_1: 0 is lossless; above 0, pixels may change by about this many times a tile's noise;
   * below 0, by this number itself. Default 0.
   */
  readonly scale?: number;
  /** HCOMPRESS_1: readers smooth the blocks that a `scale` leaves. Default false. */
  readonly smooth?: boolean;
}

/** What all HDUs have. */
interface HduOptions {
  /** EXTNAME. Default: none. */
  readonly name?: string;
  /** Keywords beside those that say how the data lie, which are refused here. */
  readonly header?: readonly HeaderEntry[];
}

/** An image to write; without `data`, an HDU that has a header only. */
export interface ImageToWrite extends HduOptions {
  readonly kind: "image";
  /**
   * Pixels, C order. Signed bytes and unsigned 16-, 32- and 64-bit integers use the BZERO
   * convention.
   */
  readonly data?: TypedArray;
  /** C order, `[height, width]`. */
  readonly shape?: readonly number[];
  /** Default: none, a plain image. */
  readonly compression?: TileCompression;
}

/** A binary table to write. */
export interface TableToWrite extends HduOptions {
  readonly kind: "bintable";
  /** All of the same number of rows. */
  readonly columns: readonly ColumnToWrite[];
}

/** An ASCII table to write. */
export interface AsciiTableToWrite extends HduOptions {
  readonly kind: "asciitable";
  /** All of the same number of rows. */
  readonly columns: readonly AsciiColumnToWrite[];
}

/** An HDU to write. */
export type HduToWrite = ImageToWrite | TableToWrite | AsciiTableToWrite;

/** What all functions that write take. */
export interface WriteControl {
  /** Wait until the bytes are on the disk, and survive a power failure. Default false. */
  readonly fsync?: boolean | undefined;
  /** Ends the write early; nothing of it stays. */
  readonly signal?: AbortSignal | undefined;
  /** Told some ten times a second, and at the end, how many bytes of data were written. */
  readonly onProgress?: ((bytes: number) => void) | undefined;
}

/** Options of {@link writeFits}. */
export interface WriteOptions extends WriteControl {
  /**
   * Replace an existing file. Default false: it is an error, and of several writers that race for
   * one name exactly one succeeds.
   */
  readonly overwrite?: boolean | undefined;
  /** Write CHECKSUM and DATASUM in every HDU (FITS Standard 4.0, section 4.4.2.7). Default false. */
  readonly checksum?: boolean | undefined;
}

type RawImage = NonNullable<RawHduToWrite["image"]>;

const namedSeeds = { clock: 0, checksum: -1 } as const;

function rawCompression(c: TileCompression, data: TypedArray): RawImage["compression"] {
  const { ditherSeed = 1, quantize = 4 } = c;
  const isSeed = typeof ditherSeed !== "number" || (ditherSeed >= 1 && ditherSeed <= 10_000);
  const isFloat = data instanceof Float32Array || data instanceof Float64Array;
  if (!isSeed || (typeof ditherSeed === "number" && !Number.isInteger(ditherSeed))) {
    throw fitsError({
      code: "FITS_BAD_ARGUMENT",
      what: "no such seed of the dithering",
      expected: "1 to 10000, clock or checksum",
      found: String(ditherSeed),
    });
  }
  return {
    codec: c.codec,
    tile: c.tile,
    quantize: isFloat ? quantize : 0,
    dither: c.dither ?? "SUBTRACTIVE_DITHER_1",
    ditherSeed: typeof ditherSeed === "number" ? ditherSeed : namedSeeds[ditherSeed],
    scale: c.scale ?? 0,
    smooth: c.smooth ?? false,
  };
}

function rawImage({ data = new Uint8Array(0), shape = [], compression }: ImageToWrite): RawImage {
  return {
    dtype: dtypeOf(data),
    shape,
    pixels: bytesOf(data),
    compression: compression === undefined ? undefined : rawCompression(compression, data),
  };
}

const layout = "SIMPLE|XTENSION|EXTEND|BLOCKED|BITPIX|NAXIS\\d*|PCOUNT|GCOUNT|GROUPS|TFIELDS";
/** Keywords that say how the data lie: they follow from the data. */
const structural = new RegExp(
  `^(${layout}|TFORM\\d+|TBCOL\\d+|TDIM\\d+|THEAP|CONTINUE|END|CHECKSUM|DATASUM|` +
    "Z(IMAGE|TABLE|SIMPLE|TENSION|EXTEND|BITPIX|NAXIS\\d*|TILE\\d+|CMPTYPE|QUANTIZ|DITHER0|" +
    "NAME\\d+|VAL\\d+|SCALE|ZERO|BLANK|PCOUNT|GCOUNT))$",
);
/** What a column says of itself. */
const ofColumns = /^(TTYPE|TUNIT|TDISP|TNULL|TSCAL|TZERO)\d+$/;

/** Whether the keyword holds free text (FITS Standard 4.0, section 4.4.2.4). */
export function isCommentary(keyword: string): boolean {
  return /^(COMMENT|HISTORY|)$/i.test(keyword.trim());
}

/** Refuses a keyword that cannot be written, or that follows from the data. */
export function checkEntry({ keyword, value, comment = "" }: HeaderEntry): void {
  if (isCommentary(keyword) && typeof value !== "string" && value !== null) {
    const what = "COMMENT, HISTORY and the empty keyword hold text";
    throw fitsError({ code: "FITS_BAD_ARGUMENT", what, found: String(value), keyword });
  }
  if (structural.test(keyword.toUpperCase())) {
    const what = `${keyword} follows from the data`;
    throw fitsError({ code: "FITS_BAD_ARGUMENT", what, keyword });
  }
  const text = typeof value === "string" ? value : "";
  for (const part of [keyword, comment, text]) checkHeaderText(keyword, part);
}

/** Refuses a keyword that this kind of HDU gets from its data. */
function checkEntryOf(hdu: HduToWrite, { keyword }: HeaderEntry): void {
  const isOfData =
    hdu.kind === "image"
      ? /^(BSCALE|BZERO)$/i.test(keyword) &&
        /^(u?int8|uint\d+)$/.test(dtypeOf(hdu.data ?? new Float32Array(0))) &&
        !(hdu.data instanceof Uint8Array)
      : ofColumns.test(keyword.toUpperCase());
  if (!isOfData) return;
  const what = `${keyword} follows from the ${hdu.kind === "image" ? "pixels' type" : "columns"}`;
  throw fitsError({ code: "FITS_BAD_ARGUMENT", what, keyword });
}

/** Of a keyword that is given twice the last one. */
function lastOfEach(entries: readonly HeaderEntry[]): HeaderEntry[] {
  const nameOf = ({ keyword }: HeaderEntry): string => keyword.toUpperCase();
  const last = new Map(entries.map((entry) => [nameOf(entry), entry]));
  return entries.filter(
    (entry) => isCommentary(entry.keyword) || last.get(nameOf(entry)) === entry,
  );
}

/** What the core needs of an HDU. */
export function rawHdu(hdu: HduToWrite): RawHduToWrite {
  const name = hdu.name === undefined ? [] : [{ keyword: "EXTNAME", value: hdu.name }];
  const entries = [...name, ...(hdu.header ?? [])];
  for (const entry of entries) {
    checkEntry(entry);
    checkEntryOf(hdu, entry);
  }
  const keywords = lastOfEach(entries);
  switch (hdu.kind) {
    case "image":
      return { image: rawImage(hdu), keywords };
    case "bintable":
      return { table: { isAscii: false, columns: hdu.columns.map(rawColumn) }, keywords };
    case "asciitable":
      return { table: { isAscii: true, columns: hdu.columns.map(rawAsciiColumn) }, keywords };
  }
}

/** Runs a native write under `control`. */
export async function controlled<T>(
  path: string,
  { signal, onProgress, fsync = false }: WriteControl,
  work: (control: { sync: boolean; cancel?: Int32Array; done?: BigUint64Array }) => Promise<T>,
): Promise<T> {
  return await withCancelFlag(signal, async (cancel) => {
    const control = { sync: fsync, ...(cancel === undefined ? {} : { cancel }) };
    if (onProgress === undefined) return native(() => work(control), { path }, signal);
    const done = new BigUint64Array(new SharedArrayBuffer(8));
    const tell = (): void => onProgress(Number(Atomics.load(done, 0)));
    const timer = setInterval(tell, 100);
    try {
      const result = await native(() => work({ ...control, done }), { path }, signal);
      tell();
      return result;
    } finally {
      clearInterval(timer);
    }
  });
}

/**
 * Writes a FITS file. It appears under its name complete, or not at all: the bytes go to a
 * temporary file beside it first. A first HDU that is a table or a compressed image gets a primary
 * HDU without data before it. Arrays are read until the promise settles, and not copied whole.
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
 *   when data and shape do not fit, when a codec, a column or a card cannot hold what it is given.
 * @throws {FitsFormatError} FITS_UNSUPPORTED for what FITS can and CFITSIO cannot write.
 * @throws {FitsIoError} when the disk refuses.
 */
export async function writeFits(
  path: string,
  hdus: readonly HduToWrite[],
  options: WriteOptions = {},
): Promise<void> {
  const { overwrite = false, checksum = false } = options;
  const raw = hdus.map(rawHdu);
  await controlled(path, options, (control) =>
    binding.writeFile(path, raw, { overwrite, checksum, ...control }),
  );
}
