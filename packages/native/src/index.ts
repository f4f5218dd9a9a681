/**
 * FITS bytes to arrays.
 *
 * ```ts
 * import { openFits } from "@fitstream/native";
 *
 * await using file = await openFits("m31.fits");
 * for await (const hdu of file) {
 *   if (hdu.kind === "image") console.log(hdu.index, hdu.shape, hdu.dtype);
 * }
 * ```
 *
 * @packageDocumentation
 */
export { type BatchRequest, type FailedSample, readBatch, readBatchSync } from "./batch.js";
export { type ByteRange, type ByteSource, type ReadOptions, readBytes } from "./byte-source.js";
export type { Card, Complex, HeaderValue } from "./card.js";
export type { ChecksumReport, ChecksumState } from "./checksum.js";
export {
  type ArrayOfDtype,
  byteSizeOf,
  bytesOf,
  DTYPES,
  type Dtype,
  dtypeOf,
  type NdArray,
  type TypedArray,
  viewOf,
} from "./dtype.js";
export {
  FitsArgumentError,
  FitsError,
  type FitsErrorCode,
  type FitsErrorFields,
  FitsFormatError,
  FitsIoError,
  fitsError,
  isFitsError,
} from "./errors.js";
export { type FileOptions, FileSource } from "./file-source.js";
export { FitsFile, type Hdu, type OpenOptions, openFits } from "./fits-file.js";
export { type GroupParameter, GroupsHdu } from "./groups.js";
export { type HeaderOptions, UnknownHdu } from "./hdu.js";
export { Header, type HeaderPlace } from "./header.js";
export {
  type FailedFile,
  type HeaderBatch,
  type HeaderBatchOptions,
  KeywordTable,
  readHeaders,
  readKeywords,
} from "./header-batch.js";
export {
  CompressedImageHdu,
  type ImageArray,
  ImageHdu,
  type ImagePlan,
  type ImageReadOptions,
  type Window,
} from "./image.js";
export { type ImageEntry, ImageTable } from "./image-table.js";
export { adviseHugePages, alignmentGap, allocate, simdLevel } from "./memory.js";
export { MemorySource } from "./memory-source.js";
export { nearestName } from "./nearest-name.js";
export {
  checkWindow,
  type FullWindow,
  type ImageLayout,
  type Padding,
  planWindow,
} from "./plan.js";
export type { RawProgram, ValueType } from "./raw/where.js";
export { type ReadIntoOptions, readImageInto, readImageIntoSync } from "./read-into.js";
export {
  type AggregatedStatistics,
  aggregate,
  type GroupedRows,
  type Statistic,
  type StatisticRows,
  type StatisticValues,
} from "./relation/aggregate.js";
export { argsort, type SortKey } from "./relation/argsort.js";
export { factorize, type RowGroups } from "./relation/factorize.js";
export {
  type FixedCells,
  gatherRagged,
  gatherRows,
  type RaggedCells,
  selectRows,
} from "./relation/gather.js";
export { type JoinedRows, type JoinOptions, type JoinSide, joinRows } from "./relation/join.js";
export { type KeyColumn, NO_ROW, type RelationOptions } from "./relation/key-column.js";
export {
  type HduSummary,
  type KeywordValue,
  type ScannedFile,
  type ScanOptions,
  scanFiles,
  statFiles,
} from "./scan.js";
export type {
  Column,
  ColumnMetadata,
  FixedColumn,
  RaggedColumn,
  StringColumn,
} from "./table/column.js";
export { countNulls, stringColumn } from "./table/column-data.js";
export { AsciiTableHdu, BinTableHdu, type TableHdu } from "./table/hdu.js";
export type { RaggedMemory, RowRange, TableReadOptions } from "./table/request.js";
export type { ScanProgress, TableScanOptions } from "./table/scan.js";
export { Table } from "./table/table.js";
export type { UnpackProgress } from "./unpack.js";
export {
  type AppendOptions,
  appendHdu,
  appendRows,
  type KeywordUpdate,
  type UpdateOptions,
  updateKeywords,
  updateRows,
} from "./update.js";
export type { WcsPlace } from "./wcs/keys.js";
export type {
  SipPolynomial,
  Wcs,
  WcsCelestial,
  WcsDistortion,
  WcsMatrix,
  WcsParameter,
  WcsSpectral,
  WcsTime,
} from "./wcs/wcs.js";
export {
  type BooleanExpression,
  col,
  Expression,
  type NumberOperand,
  type TextOperand,
} from "./where/builder.js";
export {
  abs,
  ceil,
  cos,
  degrees,
  exp,
  floor,
  ln,
  log10,
  pow,
  radians,
  round,
  sin,
  sqrt,
  tan,
  within,
} from "./where/calls.js";
export {
  type CompiledExpression,
  columnsOf,
  compileExpression,
  compileWhere,
} from "./where/compile.js";
export { type EvaluatedValues, evaluateExpression } from "./where/evaluate.js";
export {
  type AsciiTableToWrite,
  type HduToWrite,
  type HeaderEntry,
  type ImageToWrite,
  type TableToWrite,
  type TileCompression,
  type WriteControl,
  type WriteOptions,
  writeFits,
} from "./write.js";
export type { AsciiColumnToWrite, ColumnCells, ColumnToWrite } from "./write-columns.js";
