/**
 * Tables as tensors: columns with a meaning, from positions and magnitudes to redshifts, and the
 * astronomy that they stand on.
 *
 * @packageDocumentation
 */

export type { Numbers } from "../astronomy/column.js";
export {
  type CosmologyQuantity,
  FlatLambdaCDM,
  Planck15,
  Planck18,
  WMAP9,
} from "../astronomy/cosmology.js";
export type { CosmologyParameters } from "../astronomy/density.js";
export {
  ang2pix,
  type HealpixColumn,
  type HealpixGrid,
  type HealpixOptions,
  pix2ang,
} from "../astronomy/healpix.js";
export { fluxOfLuptitude, luptitude, SDSS_SOFTENING } from "../astronomy/luptitude.js";
export { fluxOfMagnitude, magnitudeOfFlux, NANOMAGGY_ZERO_POINT } from "../astronomy/magnitude.js";
export { galactic, type SkyPositions, unitVectors } from "../astronomy/sphere.js";
export type { DenseBlock, RaggedBlock, TensorBlock } from "./block.js";
export type { CategoryCountsState } from "./category-counts.js";
export {
  type CategorySummary,
  ColumnStatistics,
  type ColumnStatisticsState,
  type ColumnSummary,
  type Measurement,
  type NumberSummary,
} from "./column-statistics.js";
export type { ColumnDescription } from "./describe.js";
export type { FrameParts, FrameTarget, FrameTensors } from "./frame-parts.js";
export type { FrameState } from "./frame-state.js";
export {
  FrameStatistics,
  type FrameStatisticsState,
  type FrameSummaries,
} from "./frame-statistics.js";
export { inferTypes } from "./infer.js";
export type { InferredType } from "./infer-values.js";
export type { FrameMatrix, MatrixOptions } from "./matrix.js";
export type { MomentsState } from "./moments.js";
export type { MissingStrategy, NumberOptions, OutputOptions, ScaleStrategy } from "./outputs.js";
export type { FitOptions, FramePlan, PlannedFeature, TypeChoice } from "./plan.js";
export type { QuantileSketchState } from "./quantile-sketch.js";
export { registerSemanticType, semanticType, semanticTypes } from "./registry.js";
export type {
  DensePart,
  EncodeContext,
  EncodedPart,
  Feature,
  FeatureDraft,
  FeatureInput,
  FeatureOptions,
  MeasureContext,
  RaggedPart,
  SemanticType,
} from "./semantic-type.js";
export type { TargetChoice } from "./target.js";
export {
  type FitTables,
  FrameEncoder,
  TensorFrame,
} from "./tensor-frame.js";
export type { CategoricalOptions } from "./types/categorical.js";
export type { CoordinateOptions } from "./types/coordinate.js";
export type { FluxOptions } from "./types/flux.js";
export type { MagnitudeOptions } from "./types/magnitude.js";
export type { MulticategoricalOptions } from "./types/multicategorical.js";
export type { NumericalOptions } from "./types/numerical.js";
export type { RedshiftFeature, RedshiftOptions } from "./types/redshift.js";
export type { TimeOptions } from "./types/time.js";
export { type Key, keysOf, type Missing, type NumbersRead, numbersOf, textsOf } from "./values.js";
