/**
 * Surveys of FITS files, local or remote and as they are, as deterministic, resumable streams of
 * batched tensors.
 *
 * ```ts
 * import { DataLoader, Dataset, asinh, flip } from "@fitstream/dataset";
 *
 * const dataset = Dataset.images("survey/").shuffle({ seed: 1 }).map(flip()).map(asinh()).batch(32);
 * await using loader = new DataLoader(dataset);
 * for await (using batch of loader) console.log(batch.tensors.image.shape);
 * ```
 *
 * @packageDocumentation
 */
export {
  Catalogue,
  type CatalogueFile,
  type CatalogueReadOptions,
  type CatalogueScanOptions,
} from "./catalogue/catalogue.js";
export { type CatalogueOptions, openCatalogue } from "./catalogue/open-catalogue.js";
export type { CatalogueProgress } from "./catalogue/scan-files.js";
export { BatchedDataset, Dataset } from "./dataset.js";
export type {
  BatchOptions,
  CutoutsOptions,
  DatasetNode,
  ImagesOptions,
  LabelSource,
  MapStep,
  ModuleOptions,
  SampleFunction,
  ShuffleOptions,
  SourceOptions,
} from "./dataset-node.js";
export type { ColumnOptions, Padding, RowsNode, RowsOptions } from "./dataset-rows.js";
export { cpu } from "./device/cpu.js";
export type { DeviceBackend, DeviceTensors } from "./device/device.js";
export {
  DatasetError,
  type DatasetErrorCode,
  type DatasetErrorFields,
  type FailedSampleError,
  isDatasetError,
} from "./errors.js";
export { Batch } from "./loader/batch.js";
export { DataLoader, type LoaderOptions } from "./loader/data-loader.js";
export type { ErrorPolicy, QuarantinedSample } from "./loader/quarantine.js";
export type { LoaderState } from "./loader/state.js";
export type { LoaderStats, Stage } from "./loader/stats.js";
export { Lease } from "./memory/lease.js";
export {
  type OpenLease,
  TensorPool,
  type TensorPoolOptions,
  type TensorPoolStats,
} from "./memory/tensor-pool.js";
export { type OpenUrlOptions, open } from "./open.js";
export type { TailPolicy } from "./order/batches.js";
export type { ImageReading } from "./plan/image-plan.js";
export type { LabelColumn } from "./plan/labels.js";
export type { SampleRef } from "./plan/order.js";
export type { RowColumn } from "./plan/row-column.js";
export type { RowReading } from "./plan/row-plan.js";
export { type PlanOptions, planSamples, type SamplePlan, sampleAt } from "./plan/sample-plan.js";
export type { ArraySpec, TensorSpec } from "./plan/tensors.js";
export { Rng, rngFor } from "./random.js";
export {
  type ReadFormat,
  type ReadOptions,
  type ReadResult,
  type ReadTableOptions,
  read,
  readTable,
} from "./read.js";
export type { CutoutPositions, EdgePolicy, NumberColumn } from "./survey/cutouts.js";
export type { FileVersion, IndexedFile } from "./survey/indexed-file.js";
export type { ImageSource, RowSource, SampleMeta, SampleSource } from "./survey/sample-source.js";
export type { SurveyHdu } from "./survey/survey-hdu.js";
export type { IndexProgress } from "./survey/survey-index.js";
export { type AsinhOptions, type AsinhSpec, asinh } from "./transforms/asinh.js";
export { type CropOptions, type CropPosition, type CropSpec, crop } from "./transforms/crop.js";
export { type FillOptions, type FillSpec, fill } from "./transforms/fill.js";
export { type FlipOptions, type FlipSpec, flip } from "./transforms/flip.js";
export type { Limits } from "./transforms/limits.js";
export {
  type PercentileOptions,
  type PercentileSpec,
  percentile,
} from "./transforms/percentile.js";
export { type Rot90Options, type Rot90Spec, rot90 } from "./transforms/rot90.js";
export {
  type StandardiseOptions,
  type StandardiseSpec,
  standardise,
} from "./transforms/standardise.js";
export {
  applyTransform,
  isRandom,
  outputDtype,
  outputShape,
  type Sample,
  type TransformContext,
  type TransformSpec,
} from "./transforms/transform.js";
export {
  type ZscaleLimitsOptions,
  type ZscaleOptions,
  type ZscaleSpec,
  zscale,
  zscaleLimits,
} from "./transforms/zscale.js";
