import { existsSync } from "node:fs";
import { createRequire } from "node:module";
import { fileURLToPath } from "node:url";
import type { Dtype } from "./dtype.js";
import type { FitsErrorFields } from "./errors.js";

/** An HDU as the core describes it (`cpp/core/hdu.h`). Offsets and lengths in bytes. */
export interface RawHdu {
  /** What it holds; `unknown` for an XTENSION that the standard does not define. */
  readonly kind: "image" | "compressed-image" | "bintable" | "asciitable" | "groups" | "unknown";
  /** Position in the file, from 0. */
  readonly index: number;
  /** Where its header starts in the file. */
  readonly headerOffset: number;
  /** With END and padding: whole blocks. */
  readonly headerLength: number;
  /** 80-character records before END. */
  readonly cards: number;
  /** Where its data start in the file. */
  readonly dataOffset: number;
  /** Without padding. */
  readonly dataLength: number;
  /** Where the next HDU starts. */
  readonly end: number;
  /** XTENSION; undefined for a primary HDU. */
  readonly xtension: string | undefined;
  /** EXTNAME; undefined where there is none. */
  readonly extname: string | undefined;
  /** EXTVER. Default 1. */
  readonly extver: number;
  /** ZBITPIX for a compressed image. */
  readonly bitpix: number;
  /** C order; of the image itself for a compressed one. */
  readonly shape: readonly number[];
  /** PCOUNT. Default 0. */
  readonly pcount: number;
  /** GCOUNT. Default 1. */
  readonly gcount: number;
  /** BSCALE. Default 1. */
  readonly bscale: number;
  /** BZERO. Default 0. */
  readonly bzero: number;
  /** BLANK; null where there is none, or where pixels are floats. */
  readonly blank: bigint | null;
  /** Images and random groups: the type that holds the physical values. */
  readonly dtype?: Dtype;
  /** Compressed images: ZCMPTYPE. */
  readonly codec?: string;
  /** Compressed images: shape of a tile, C order. */
  readonly tile?: readonly number[];
  /** Tables: NAXIS2; of the table it expands to for a compressed one. */
  readonly rows?: number;
  /** Tables: bytes of a row, NAXIS1; of the table it expands to for a compressed one. */
  readonly rowLength?: number;
  /** Tables: TFIELDS. */
  readonly columns?: number;
  /** Tables: whether the table is tile-compressed (ZTABLE). */
  readonly isCompressedTable?: boolean;
  /** Why the data cannot be read although their size is known. */
  readonly defect?: FitsErrorFields;
}

/** What the core needs to plan a read of an uncompressed image; part of {@link RawHdu}. */
export type RawLayout = Pick<
  RawHdu,
  "bitpix" | "shape" | "dataOffset" | "bscale" | "bzero" | "blank"
> & {
  /** Pixels from one slice of the slowest axis to the next, where other things lie between. */
  readonly sliceLength?: number | undefined;
};

export interface RawWindow {
  readonly origin: readonly number[];
  readonly shape: readonly number[];
  readonly stride: readonly number[];
  /** For pixels outside the image; without it the window must lie inside. */
  readonly pad?: number | undefined;
}

export interface RawStamp {
  readonly size: number;
  readonly mtimeMs: number;
}

export interface RawImageJob {
  readonly hdu: number;
  /** Unknown: the core walks to the HDU. */
  readonly headerOffset?: number | undefined;
  /** Of an uncompressed image: no header is looked at. */
  readonly layout?: RawLayout | undefined;
  /** What the file must still be. */
  readonly stamp?: RawStamp | undefined;
  /** The file may be mapped. */
  readonly immutable?: boolean | undefined;
  readonly window?: RawWindow | undefined;
  readonly dtype?: Dtype | undefined;
  /** Stored values, without BSCALE and BZERO. */
  readonly raw?: boolean | undefined;
  /** That decode tiles, at most. */
  readonly threads?: number | undefined;
  readonly out: Uint8Array;
  readonly mask?: Uint8Array | undefined;
  readonly cancel?: Int32Array | undefined;
}

export interface RawPlan {
  /** Where each run of pixels starts. */
  readonly offsets: Float64Array;
  /** Bytes of each run. */
  readonly runLength: number;
}

export interface RawWalk {
  readonly hdus: readonly RawHdu[];
  readonly damage?: FitsErrorFields;
}

export interface RawScan extends RawWalk {
  readonly stamp: RawStamp;
  /** Per HDU, in the order of the keywords that were asked for. */
  readonly keywords: readonly (readonly (string | number | boolean | null | undefined)[])[];
}

export interface RawFailedFile {
  readonly file: number;
  readonly error: FitsErrorFields;
}

/** Rows of keywords (`cpp/core/header_batch.h`): an array each of bytes, doubles, text, doubles. */
export interface RawKeywordRows {
  readonly kinds: ArrayBuffer;
  readonly numbers: ArrayBuffer;
  readonly texts: ArrayBuffer;
  readonly textEnds: ArrayBuffer;
  readonly failed: readonly RawFailedFile[];
}

/** An HDU by position, or by name where there is one. */
export interface RawHduChoice {
  readonly index: number;
  readonly name?: string;
  readonly version?: number;
}

export interface RawBatch {
  readonly images: Uint8Array;
  readonly paths: Uint8Array;
  readonly samples: Float64Array;
  readonly shape: readonly number[];
  readonly stride: readonly number[];
  readonly pad?: number | undefined;
  readonly dtype: Dtype;
  readonly target: Uint8Array;
  readonly sampleStep: number;
  readonly immutable?: boolean | undefined;
  readonly packed?: Uint8Array | undefined;
  readonly shards?: readonly { readonly image: number; readonly bytes: Uint8Array }[] | undefined;
  readonly cancel?: Int32Array | undefined;
}

export interface RawColumn {
  readonly name: string;
  readonly unit: string;
  readonly display: string;
  readonly form: string;
  readonly kind: "number" | "logical" | "bit" | "complex" | "string";
  readonly dtype: Dtype;
  readonly isVariable: boolean;
  readonly cellShape: readonly number[];
  /** Strings: bytes of one. */
  readonly stringLength?: number;
  readonly defect?: FitsErrorFields;
}

export interface RawColumnData {
  readonly elements: number;
  readonly nulls: number;
  /** Absent where the values are in the memory that the job gave. */
  readonly values?: ArrayBuffer;
  readonly offsets?: ArrayBuffer;
  readonly validity?: ArrayBuffer;
}

export interface RawTableJob {
  readonly header: Uint8Array;
  readonly headerOffset: number;
  readonly index: number;
  readonly path?: string | undefined;
  readonly stamp?: RawStamp | undefined;
  /** That the file never changes. */
  readonly immutable?: boolean | undefined;
  /** Instead of a path: bytes of the data unit, from byte `skipped` on. */
  readonly data?: Uint8Array | undefined;
  readonly skipped?: number | undefined;
  readonly columns: readonly number[];
  readonly firstRow: number;
  readonly rows: number;
  /** Instead of the range. */
  readonly rowList?: Float64Array | undefined;
  readonly maxBytes: number;
  readonly threads: number;
  /** By column: memory for its values. */
  readonly into?: readonly (Uint8Array | undefined)[] | undefined;
  /** Stored values: no TSCAL and TZERO, logicals as their bytes. */
  readonly raw: boolean;
  /** Strings with their padding. */
  readonly asBytes: boolean;
  readonly cancel?: Int32Array | undefined;
}

export interface RawKeyword {
  readonly keyword: string;
  readonly value: string | number | bigint | boolean | { re: number; im: number } | null;
  readonly comment?: string | undefined;
}

export interface RawKeywordChange extends RawKeyword {
  readonly isDeleted: boolean;
}

export interface RawCells {
  readonly name: string;
  readonly isString: boolean;
  readonly dtype: Dtype;
  readonly values: Uint8Array;
  readonly offsets?: Float64Array | undefined;
  readonly validity?: Uint8Array | undefined;
}

export interface RawColumnToWrite extends RawCells {
  readonly kind: "number" | "logical" | "bit" | "complex" | "string";
  readonly shape: readonly number[];
  readonly width: number;
  readonly isVariable: boolean;
  readonly isWide: boolean;
  readonly unit: string;
  readonly display: string;
  readonly comment: string;
  readonly null: bigint | undefined;
  readonly nullText: string;
  /** TFORMn of an ASCII table. */
  readonly form: string;
  readonly stored: Dtype | undefined;
  readonly scale: number;
  readonly zero: number;
}

export interface RawHduToWrite {
  readonly image?:
    | {
        readonly dtype: Dtype;
        readonly shape: readonly number[];
        readonly pixels: Uint8Array;
        readonly compression?:
          | {
              readonly codec: string;
              readonly tile: readonly number[] | undefined;
              readonly quantize: number;
              readonly dither: string;
              readonly ditherSeed: number;
              readonly scale: number;
              readonly smooth: boolean;
            }
          | undefined;
      }
    | undefined;
  readonly table?:
    | { readonly isAscii: boolean; readonly columns: readonly RawColumnToWrite[] }
    | undefined;
  readonly keywords: readonly RawKeyword[];
}

export interface RawWriteOptions {
  readonly overwrite?: boolean;
  readonly checksum?: boolean;
  readonly inPlace?: boolean;
  readonly sync: boolean;
  readonly cancel?: Int32Array;
  /** Bytes of data that were written so far. */
  readonly done?: BigUint64Array;
}

/**
 * The addon (`cpp/addon`). Each function throws, or rejects with, an Error whose `fits` property
 * holds the core's fields; `native` and `nativeSync` of errors.ts turn that into a FitsError.
 */
export interface Binding {
  simdLevel(): string;
  errorCodes(): string[];
  /** Flat: keyword, kind, value, comment, index, records for each card. */
  parseCards(header: Uint8Array): (string | number | boolean | [number, number])[];
  /** Null when `bytes` end before the header does. */
  scanHdu(bytes: Uint8Array, offset: number, index: number): RawHdu | null;
  scanFiles(
    paths: readonly string[],
    keywords: readonly string[],
  ): Promise<(RawScan | { readonly error: FitsErrorFields })[]>;
  /** Up to `count` HDUs from this place on; fewer where the file or its good part ends. */
  walkHdus(
    path: string,
    offset: number,
    index: number,
    count: number,
    stamp: RawStamp | undefined,
  ): Promise<RawWalk>;
  readKeywords(
    paths: readonly string[],
    hdu: RawHduChoice,
    cancel: Int32Array | undefined,
    keywords: readonly string[],
  ): Promise<RawKeywordRows>;
  readHeaders(
    paths: readonly string[],
    hdu: RawHduChoice,
    cancel: Int32Array | undefined,
  ): Promise<{
    readonly texts: ArrayBuffer;
    readonly ends: ArrayBuffer;
    readonly failed: readonly RawFailedFile[];
  }>;
  /** The ones' complement sum of appendix J, carried on from `sum`. */
  addChecksum(sum: number, bytes: Uint8Array): number;
  sumFile(
    path: string,
    offset: number,
    length: number,
    stamp: RawStamp | undefined,
    cancel: Int32Array | undefined,
  ): Promise<number>;
  /** Size and mtimeMs of each; NaN where there is no file. */
  statFiles(paths: readonly string[]): Promise<Float64Array>;
  /** Number of BLANK pixels where the job has a mask. */
  readImage(path: string, job: RawImageJob): Promise<number>;
  readImageSync(path: string, job: RawImageJob): number;
  decodeCompressed(hdu: Uint8Array, headerOffset: number, job: RawImageJob): Promise<number>;
  /** Throws what planning the same read would. */
  checkImage(layout: RawLayout, window?: RawWindow, dtype?: Dtype): void;
  planImage(layout: RawLayout, window?: RawWindow, dtype?: Dtype): RawPlan;
  decodeImage(
    layout: RawLayout,
    window: RawWindow | undefined,
    dtype: Dtype | undefined,
    packed: Uint8Array,
    out: Uint8Array,
    mask?: Uint8Array,
  ): number;
  readBatch(batch: RawBatch): Promise<{ place: number; error: FitsErrorFields }[]>;
  readBatchSync(batch: RawBatch): { place: number; error: FitsErrorFields }[];
  tableColumns(header: Uint8Array, headerOffset: number, index: number): RawColumn[];
  readColumns(job: RawTableJob): Promise<RawColumnData[]>;
  packingOf(firstBytes: Uint8Array): string | null;
  /** A file or bytes, to where the open file `fd` stands. */
  unpack(
    packed: string | Uint8Array,
    fd: number,
    maxBytes: number,
    cancel?: Int32Array,
  ): Promise<void>;
  /** Memory for a large array, with whatever is in it; null: take it from JavaScript. */
  allocate(bytes: number): ArrayBuffer | null;
  writeFile(path: string, hdus: readonly RawHduToWrite[], options: RawWriteOptions): Promise<void>;
  appendHdu(path: string, hdu: RawHduToWrite, options: RawWriteOptions): Promise<void>;
  updateKeywords(
    path: string,
    hdu: number | string,
    changes: readonly RawKeywordChange[],
    options: RawWriteOptions,
  ): Promise<void>;
  /** Number of the first new row. */
  appendRows(
    path: string,
    hdu: number | string,
    columns: readonly RawCells[],
    options: RawWriteOptions,
  ): Promise<number>;
  updateRows(
    path: string,
    hdu: number | string,
    first: number,
    columns: readonly RawCells[],
    options: RawWriteOptions,
  ): Promise<void>;
  /** Bytes to skip from the start of `memory` to an address that is a multiple of `alignment`. */
  alignmentGap(memory: Uint8Array, alignment: number): number;
  /** Asks for huge pages under memory that has not been touched yet. */
  adviseHugePages(memory: Uint8Array): void;
}

function load(): Binding {
  const platform = `${process.platform}-${process.arch}`;
  const file = fileURLToPath(new URL(`../prebuilds/${platform}/fitstream.node`, import.meta.url));
  if (!existsSync(file)) {
    throw new Error(
      `@fitstream/native has no addon for ${platform} (looked for ${file}). In a checkout, build ` +
        "it with `npm run setup`.",
    );
  }
  return createRequire(import.meta.url)(file) as Binding;
}

/** The addon of this environment: each worker thread loads one of its own. */
export const binding: Binding = load();
