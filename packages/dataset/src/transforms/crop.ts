import type { Rng } from "../random.js";
import { check } from "./check.js";
import type { Sample } from "./sample.js";

/** Where a {@link crop} is taken: the middle, rounded towards the first pixel, or anywhere. */
export type CropPosition = "center" | "random";

/** Options of {@link crop}. */
export interface CropOptions {
  /** Default "center", which is what validation needs. */
  readonly position?: CropPosition | undefined;
}

/** What {@link crop} describes. */
export interface CropSpec {
  readonly op: "crop";
  /** Lengths of the last axes, C order. */
  readonly size: readonly number[];
  /** {@link CropOptions.position}. */
  readonly position: CropPosition;
}

/**
 * Cuts a box out of samples, of any dtype. Axes before those of `size` stay whole.
 *
 * The box is moved to the front of the sample's own memory, and what comes out is a view of it.
 *
 * @param size Lengths of the last axes, C order; a number n means `[n, n]`.
 * @throws {FitsArgumentError} FITS_BAD_ARGUMENT for lengths that are not positive integers; when
 *   applied, for samples that are smaller.
 */
export function crop(size: number | readonly number[], options: CropOptions = {}): CropSpec {
  const { position = "center" } = options;
  const lengths = Object.freeze(typeof size === "number" ? [size, size] : [...size]);
  const isLength = (n: number) => Number.isSafeInteger(n) && n > 0;
  check(lengths.length > 0 && lengths.every(isLength), "size of crop", "positive integers", size);
  check(
    position === "center" || position === "random",
    "position of crop",
    '"center" or "random"',
    position,
  );
  return Object.freeze({ op: "crop", size: lengths, position });
}

/** Whether it draws random numbers that matter. */
export function isRandomCrop({ position }: CropSpec): boolean {
  return position === "random";
}

/** The shape with its last axes cut, which must be long enough. */
export function cropShape({ size }: CropSpec, shape: readonly number[]): readonly number[] {
  const whole = shape.length - size.length;
  const fits = whole >= 0 && size.every((n, i) => n <= (shape[whole + i] ?? 0));
  check(fits, "crop of this shape", `at least [${size.join(", ")}] in the last axes`, shape);
  return [...shape.slice(0, whole), ...size];
}

/**
 * First pixel, along every axis, of the box in a sample of `shape`. Whoever reads only the box must
 * draw it from the same random numbers as {@link applyCrop} would.
 */
export function cropOrigin(spec: CropSpec, shape: readonly number[], rng: Rng): readonly number[] {
  return cropShape(spec, shape).map((n, axis) => {
    const room = (shape[axis] ?? n) - n;
    return spec.position === "center" ? room >> 1 : rng.int(room + 1);
  });
}

/** Applies it within the sample's memory. */
export function applyCrop(spec: CropSpec, sample: Sample, rng: Rng): Sample {
  const { data, shape: from, dtype } = sample;
  const shape = cropShape(spec, from);
  const length = gather(data, from, cropOrigin(spec, from, rng), shape);
  return { data: data.subarray(0, length), shape, dtype };
}

/**
 * Moves the rows of a box to the front of `data`. No row is overwritten before it is moved, since
 * none lies before its new place.
 *
 * @returns Elements of the box.
 */
function gather(
  data: Sample["data"],
  from: readonly number[],
  origin: readonly number[],
  shape: readonly number[],
): number {
  const last = shape.length - 1;
  const run = shape[last] ?? 1;
  const rows = shape.slice(0, last).reduce((n, m) => n * m, 1);
  for (let row = 0; row < rows; row++) {
    let source = origin[last] ?? 0;
    let stride = from[last] ?? 1;
    let rest = row;
    for (let axis = last - 1; axis >= 0; axis--) {
      const length = shape[axis] ?? 1;
      source += ((rest % length) + (origin[axis] ?? 0)) * stride;
      stride *= from[axis] ?? 1;
      rest = Math.floor(rest / length);
    }
    data.copyWithin(row * run, source, source + run);
  }
  return rows * run;
}
