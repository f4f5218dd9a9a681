import { check, type FloatArray, floatsOf } from "./check.js";
import type { Sample } from "./sample.js";

/** Options of {@link standardise}. */
export interface StandardiseOptions {
  /** Becomes 0. Default: the mean of the sample's finite pixels. */
  readonly mean?: number | undefined;
  /** Becomes 1; > 0. Default: the population standard deviation of the sample's finite pixels. */
  readonly std?: number | undefined;
}

/** What {@link standardise} describes; what it leaves out is the sample's own. */
export interface StandardiseSpec {
  readonly op: "standardise";
  /** {@link StandardiseOptions.mean}. */
  readonly mean?: number;
  /** {@link StandardiseOptions.std}. */
  readonly std?: number;
}

/**
 * Shifts and scales to a mean of 0 and a standard deviation of 1: `(x - mean) / std`, with numbers
 * of the whole survey where they are given and the sample's own where not. NaN stays NaN; a constant
 * image becomes 0 by its own mean.
 *
 * @throws {FitsArgumentError} FITS_BAD_ARGUMENT for a mean that is not finite or a std that is not
 *   positive.
 */
export function standardise(options: StandardiseOptions = {}): StandardiseSpec {
  const { mean, std } = options;
  if (mean !== undefined) {
    check(Number.isFinite(mean), "mean of standardise", "a finite number", mean);
  }
  if (std !== undefined) {
    check(std > 0 && std < Number.POSITIVE_INFINITY, "std of standardise", "a number > 0", std);
  }
  return Object.freeze({
    op: "standardise",
    ...(mean !== undefined && { mean }),
    ...(std !== undefined && { std }),
  });
}

/** Applies it, in place. */
export function applyStandardise(spec: StandardiseSpec, sample: Sample): Sample {
  const data = floatsOf("standardise", sample);
  const own = spec.mean === undefined || spec.std === undefined ? moments(data) : undefined;
  const mean = spec.mean ?? own?.mean ?? 0;
  const std = spec.std ?? own?.std ?? 0;
  // Equal pixels have no deviation to divide by.
  const unit = std || 1;
  for (let i = 0; i < data.length; i++) data[i] = ((data[i] as number) - mean) / unit;
  return sample;
}

interface Moments {
  readonly mean: number;
  readonly std: number;
}

/** Mean and population standard deviation of the finite pixels, in float64; zeros without any. */
function moments(data: FloatArray): Moments {
  // Sums of differences from one pixel, so that equal pixels have a deviation of exactly 0.
  const origin = data.find(Number.isFinite) ?? 0;
  let n = 0;
  let sum = 0;
  for (let i = 0; i < data.length; i++) {
    const x = data[i] as number;
    if (!Number.isFinite(x)) continue;
    n++;
    sum += x - origin;
  }
  if (n === 0) return { mean: 0, std: 0 };
  const mean = origin + sum / n;
  let squares = 0;
  for (let i = 0; i < data.length; i++) {
    const x = data[i] as number;
    if (Number.isFinite(x)) squares += (x - mean) * (x - mean);
  }
  return { mean, std: Math.sqrt(squares / n) };
}
