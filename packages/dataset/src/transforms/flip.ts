import type { Rng } from "../random.js";
import { check } from "./check.js";
import { reverseBlocks } from "./move.js";
import type { Sample } from "./sample.js";

/** Options of {@link flip}. */
export interface FlipOptions {
  /** Axes to flip, each by its own chance; negative ones count from the last. Default [-2, -1]. */
  readonly axis?: number | readonly number[] | undefined;
  /** Chance of a flip, 0 to 1. Default 0.5, which makes all outcomes equally likely. */
  readonly p?: number | undefined;
}

/** What {@link flip} describes. */
export interface FlipSpec {
  readonly op: "flip";
  /** {@link FlipOptions.axis}, as a list. */
  readonly axes: readonly number[];
  /** {@link FlipOptions.p}. */
  readonly p: number;
}

/**
 * Flips samples at random, as numpy.flip does. In place, for any dtype.
 *
 * @throws {FitsArgumentError} FITS_BAD_ARGUMENT for axes that are not integers or a `p` that is no
 *   probability; when applied, for axes that the sample does not have.
 */
export function flip(options: FlipOptions = {}): FlipSpec {
  const { axis = [-2, -1], p = 0.5 } = options;
  const axes = Object.freeze(typeof axis === "number" ? [axis] : [...axis]);
  check(axes.length > 0 && axes.every(Number.isInteger), "axis of flip", "integers", axes);
  check(p >= 0 && p <= 1, "p of flip", "a number from 0 to 1", p);
  return Object.freeze({ op: "flip", axes, p });
}

/** Whether it draws random numbers that matter. */
export function isRandomFlip({ p }: FlipSpec): boolean {
  return p > 0 && p < 1;
}

/** The same shape, which must have the axes. */
export function flipShape({ axes }: FlipSpec, shape: readonly number[]): readonly number[] {
  const has = (axis: number) => axis >= -shape.length && axis < shape.length;
  check(axes.every(has), "axis of flip", `axes of a sample of shape [${shape.join(", ")}]`, axes);
  return shape;
}

/** Applies it, in place. */
export function applyFlip(spec: FlipSpec, sample: Sample, rng: Rng): Sample {
  const shape = flipShape(spec, sample.shape);
  for (const axis of spec.axes) {
    if (!rng.bool(spec.p)) continue;
    const at = axis < 0 ? axis + shape.length : axis;
    const inner = shape.slice(at + 1).reduce((n, m) => n * m, 1);
    reverseBlocks(sample.data, shape[at] ?? 1, inner);
  }
  return sample;
}
