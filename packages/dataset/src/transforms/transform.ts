import type { Dtype } from "@fitstream/native";
import { type AsinhSpec, applyAsinh } from "./asinh.js";
import { check, checkFloat } from "./check.js";
import { applyCrop, type CropSpec, cropShape, isRandomCrop } from "./crop.js";
import { applyFill, type FillSpec } from "./fill.js";
import { applyFlip, type FlipSpec, flipShape, isRandomFlip } from "./flip.js";
import { applyPercentile, type PercentileSpec } from "./percentile.js";
import { applyRot90, isRandomRot90, type Rot90Spec, rot90Shape } from "./rot90.js";
import type { Sample, TransformContext } from "./sample.js";
import { applyStandardise, type StandardiseSpec } from "./standardise.js";
import { applyZscale, type ZscaleSpec } from "./zscale.js";

export type { Sample, TransformContext } from "./sample.js";

/** Transforms that compute new values, pixel by pixel, of float32 or float64 samples. */
type ValueSpec = AsinhSpec | FillSpec | PercentileSpec | StandardiseSpec | ZscaleSpec;

/** Transforms that move pixels, of samples of any dtype. */
type MoveSpec = CropSpec | FlipSpec | Rot90Spec;

/**
 * A transform as plain data: it goes to worker threads, is hashed into the plan, and is a key of
 * caches. Functions named as its `op` make it, with defaults filled in.
 */
export type TransformSpec = ValueSpec | MoveSpec;

/**
 * Applies a transform to a sample, within the sample's memory. The same `spec`, pixels and
 * `context.rng` give the same bits.
 *
 * @returns The same object, or for a crop a view of its memory.
 * @throws {FitsArgumentError} FITS_BAD_ARGUMENT when the sample's shape or dtype does not fit.
 */
export function applyTransform(
  spec: TransformSpec,
  sample: Sample,
  context: TransformContext,
): Sample {
  checkLength(sample);
  switch (spec.op) {
    case "asinh":
      return applyAsinh(spec, sample);
    case "crop":
      return applyCrop(spec, sample, context.rng);
    case "fill":
      return applyFill(spec, sample);
    case "flip":
      return applyFlip(spec, sample, context.rng);
    case "percentile":
      return applyPercentile(spec, sample);
    case "rot90":
      return applyRot90(spec, sample, context.rng);
    case "standardise":
      return applyStandardise(spec, sample);
    case "zscale":
      return applyZscale(spec, sample);
  }
}

/**
 * The shape that comes out of a shape.
 *
 * @throws {FitsArgumentError} FITS_BAD_ARGUMENT when the transform cannot work on it.
 */
export function outputShape(spec: TransformSpec, shape: readonly number[]): readonly number[] {
  switch (spec.op) {
    case "crop":
      return cropShape(spec, shape);
    case "flip":
      return flipShape(spec, shape);
    case "rot90":
      return rot90Shape(spec, shape);
    case "asinh":
    case "fill":
    case "percentile":
    case "standardise":
    case "zscale":
      return shape;
  }
}

/**
 * The dtype that comes out of a dtype: the same, for all transforms.
 *
 * @throws {FitsArgumentError} FITS_BAD_ARGUMENT when the transform computes values and `dtype` is
 *   not float32 or float64.
 */
export function outputDtype(spec: TransformSpec, dtype: Dtype): Dtype {
  switch (spec.op) {
    case "crop":
    case "flip":
    case "rot90":
      return dtype;
    case "asinh":
    case "fill":
    case "percentile":
    case "standardise":
    case "zscale":
      return checkFloat(spec.op, dtype);
  }
}

/** Whether what comes out depends on the random numbers, and so on seed and epoch. */
export function isRandom(spec: TransformSpec): boolean {
  switch (spec.op) {
    case "crop":
      return isRandomCrop(spec);
    case "flip":
      return isRandomFlip(spec);
    case "rot90":
      return isRandomRot90(spec);
    case "asinh":
    case "fill":
    case "percentile":
    case "standardise":
    case "zscale":
      return false;
  }
}

function checkLength({ data, shape }: Sample): void {
  const length = shape.reduce((n, m) => n * m, 1);
  check(
    data.length === length,
    `a sample of shape [${shape.join(", ")}]`,
    `${length} pixels`,
    data.length,
  );
}
