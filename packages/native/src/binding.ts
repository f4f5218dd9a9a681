import { existsSync } from "node:fs";
import { createRequire } from "node:module";
import { fileURLToPath } from "node:url";
import type { Dtype } from "./dtype.js";
import type { FitsErrorFields } from "./errors.js";
import type { RawCards } from "./raw/cards.js";
import type { RawHdu, RawScan, RawStamp, RawWalk } from "./raw/hdu.js";
import type { RawFailedFile, RawHduChoice, RawKeywordRows } from "./raw/header-batch.js";
import type { RawBatch, RawImageJob, RawLayout, RawPlan, RawWindow } from "./raw/image.js";
import type {
  RawAggregate,
  RawControl,
  RawFixedRows,
  RawGatheredRagged,
  RawGatheredRows,
  RawGroupedRows,
  RawGroups,
  RawJoinedRows,
  RawKeyColumn,
  RawRaggedRows,
  RawSortKey,
} from "./raw/relation.js";
import type { RawColumnData, RawTable, RawTableJob } from "./raw/table.js";
import type { RawEvaluation, RawFound, RawSearch, RawValues } from "./raw/where.js";
import type { RawCells, RawHduToWrite, RawKeywordChange, RawWriteOptions } from "./raw/write.js";

/**
 * The addon (`cpp/addon`). Each function throws, or rejects with, an Error whose `fits` property
 * holds the core's fields; `native` and `nativeSync` of errors.ts turn that into a FitsError.
 */
export interface Binding {
  simdLevel(): string;
  errorCodes(): string[];
  parseCards(header: Uint8Array): RawCards;
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
  openTable(header: Uint8Array, headerOffset: number, index: number): RawTable;
  readColumns(job: RawTableJob): Promise<RawColumnData[]>;
  /** The columns' values in the rows that are found; without columns, the rows alone. */
  readWhere(job: RawSearch): Promise<RawFound>;
  evaluate(job: RawEvaluation): Promise<RawValues>;
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
  argsort(keys: readonly RawSortKey[], rows: number, control: RawControl): Promise<ArrayBuffer>;
  gatherRows(
    source: RawFixedRows,
    indices: Uint32Array,
    control: RawControl,
  ): Promise<RawGatheredRows>;
  gatherRagged(
    source: RawRaggedRows,
    indices: Uint32Array,
    control: RawControl,
  ): Promise<RawGatheredRagged>;
  factorize(keys: readonly RawKeyColumn[], rows: number, control: RawControl): Promise<RawGroups>;
  /** A number stands for that quantile. */
  aggregate(
    values: RawKeyColumn,
    groups: RawGroupedRows,
    statistics: readonly (string | number)[],
    control: RawControl,
  ): Promise<RawAggregate[]>;
  joinRows(
    left: readonly RawKeyColumn[],
    leftRows: number,
    right: readonly RawKeyColumn[],
    rightRows: number,
    how: string,
    maxRows: number,
    control: RawControl,
  ): Promise<RawJoinedRows>;
  selectRows(mask: Uint8Array): Promise<ArrayBuffer>;
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
