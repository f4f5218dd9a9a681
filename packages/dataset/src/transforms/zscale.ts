import { check, checkInteger, floatsOf } from "./check.js";
import { type Limits, NO_LIMITS, scaleToLimits } from "./limits.js";
import type { Sample } from "./sample.js";

/** Options of {@link zscaleLimits}. The defaults are IRAF's, as astropy has them. */
export interface ZscaleLimitsOptions {
  /** Steepness of the display, > 0: the fitted slope is divided by it. Default 0.25. */
  readonly contrast?: number | undefined;
  /** Pixels that are looked at, evenly spread over the finite ones. Default 1000. */
  readonly samples?: number | undefined;
  /** Fall back to minimum and maximum when more than this part is rejected, 0 to 1. Default 0.5. */
  readonly maxReject?: number | undefined;
  /** Fall back to minimum and maximum when fewer pixels are left, at least 3. Default 5. */
  readonly minPixels?: number | undefined;
  /** Reject pixels this many standard deviations from the line. Default 2.5. */
  readonly krej?: number | undefined;
  /** Fits of the line at most. Default 5. */
  readonly maxIterations?: number | undefined;
}

/** Options of {@link zscale}. */
export interface ZscaleOptions extends ZscaleLimitsOptions {
  /** Clip to [0, 1]. Default true, since the limits leave out stars and hot pixels. */
  readonly clip?: boolean | undefined;
}

/** What {@link zscale} describes. */
export interface ZscaleSpec {
  readonly op: "zscale";
  /** {@link ZscaleOptions.contrast}. */
  readonly contrast: number;
  /** {@link ZscaleOptions.samples}. */
  readonly samples: number;
  /** {@link ZscaleOptions.maxReject}. */
  readonly maxReject: number;
  /** {@link ZscaleOptions.minPixels}. */
  readonly minPixels: number;
  /** {@link ZscaleOptions.krej}. */
  readonly krej: number;
  /** {@link ZscaleOptions.maxIterations}. */
  readonly maxIterations: number;
  /** {@link ZscaleOptions.clip}. */
  readonly clip: boolean;
}

/**
 * Scales each sample between its own {@link zscaleLimits}, so that they become 0 and 1. NaN stays
 * NaN; a constant image becomes 0.
 *
 * @throws {FitsArgumentError} FITS_BAD_ARGUMENT for an option out of its range.
 */
export function zscale(options: ZscaleOptions = {}): ZscaleSpec {
  const { contrast = 0.25, samples = 1000, maxReject = 0.5, minPixels = 5 } = options;
  const { krej = 2.5, maxIterations = 5, clip = true } = options;
  check(
    contrast > 0 && contrast < Number.POSITIVE_INFINITY,
    "contrast of zscale",
    "a number > 0",
    contrast,
  );
  checkInteger("samples of zscale", samples, 1);
  check(maxReject >= 0 && maxReject <= 1, "maxReject of zscale", "a number from 0 to 1", maxReject);
  checkInteger("minPixels of zscale", minPixels, 3);
  check(krej > 0 && krej < Number.POSITIVE_INFINITY, "krej of zscale", "a number > 0", krej);
  checkInteger("maxIterations of zscale", maxIterations, 1);
  return Object.freeze({
    op: "zscale",
    contrast,
    samples,
    maxReject,
    minPixels,
    krej,
    maxIterations,
    clip,
  });
}

/**
 * Limits that show the sky and what is faint on it: a line is fitted to the sorted pixels around
 * their median, its outliers rejected. It is IRAF's zscale, and gives what astropy's ZScaleInterval
 * gives. NaN and infinities are ignored; without finite pixels both limits are 0.
 *
 * @throws {FitsArgumentError} FITS_BAD_ARGUMENT for an option out of its range.
 */
export function zscaleLimits(data: ArrayLike<number>, options: ZscaleLimitsOptions = {}): Limits {
  return findLimits(data, zscale(options));
}

/** Applies it, in place. */
export function applyZscale(spec: ZscaleSpec, sample: Sample): Sample {
  const data = floatsOf("zscale", sample);
  scaleToLimits(data, findLimits(data, spec), spec.clip);
  return sample;
}

function findLimits(data: ArrayLike<number>, spec: ZscaleSpec): Limits {
  const sorted = sampleFinite(data, spec.samples).sort();
  const n = sorted.length;
  if (n === 0) return NO_LIMITS;
  const low = sorted[0] as number;
  const high = sorted[n - 1] as number;
  const slope = fitSlope(sorted, spec);
  if (slope === undefined) return { low, high };
  const step = slope / spec.contrast;
  const center = (n - 1) >> 1;
  const median = ((sorted[center] as number) + (sorted[n >> 1] as number)) / 2;
  return {
    low: Math.max(low, median - (center - 1) * step),
    high: Math.min(high, median + (n - center) * step),
  };
}

/** Every n-th finite pixel: the n that leaves `most` of them, or a few more, which are cut off. */
function sampleFinite(data: ArrayLike<number>, most: number): Float64Array {
  let finite = 0;
  for (let i = 0; i < data.length; i++) if (Number.isFinite(data[i])) finite++;
  const stride = Math.max(1, Math.floor(finite / most));
  const samples = new Float64Array(Math.min(most, Math.ceil(finite / stride)));
  let taken = 0;
  let toSkip = 0;
  for (let i = 0; taken < samples.length; i++) {
    const x = data[i] as number;
    if (!Number.isFinite(x)) continue;
    if (toSkip === 0) {
      samples[taken++] = x;
      toSkip = stride;
    }
    toSkip--;
  }
  return samples;
}

/** Slope of the sorted pixels without the outliers; nothing when too many of them are outliers. */
function fitSlope(sorted: Float64Array, spec: ZscaleSpec): number | undefined {
  const n = sorted.length;
  const enough = Math.max(spec.minPixels, Math.floor(n * spec.maxReject));
  const growth = Math.max(1, Math.floor(n * 0.01));
  const rejected = new Uint8Array(n);
  let line = { slope: 0, intercept: 0 };
  let left = n;
  let before = n + 1;
  for (let i = 0; i < spec.maxIterations && left < before && left >= enough; i++) {
    line = fitLine(sorted, rejected);
    rejectOutliers(sorted, rejected, line, spec.krej);
    before = left;
    left = growRejected(rejected, growth);
  }
  return left >= enough ? line.slope : undefined;
}

interface Line {
  readonly slope: number;
  readonly intercept: number;
}

/** Least squares over the pixels that are not rejected, by their index. */
function fitLine(sorted: Float64Array, rejected: Uint8Array): Line {
  // Sums of differences from one pixel, so that equal pixels have a slope of exactly 0.
  const origin = sorted[sorted.length >> 1] as number;
  let n = 0;
  let sumX = 0;
  let sumY = 0;
  for (let x = 0; x < sorted.length; x++) {
    if (rejected[x]) continue;
    n++;
    sumX += x;
    sumY += (sorted[x] as number) - origin;
  }
  const meanX = sumX / n;
  const meanY = sumY / n;
  let xx = 0;
  let xy = 0;
  for (let x = 0; x < sorted.length; x++) {
    if (rejected[x]) continue;
    xx += (x - meanX) * (x - meanX);
    xy += (x - meanX) * ((sorted[x] as number) - origin - meanY);
  }
  const slope = xx > 0 ? xy / xx : 0;
  return { slope, intercept: origin + meanY - slope * meanX };
}

function rejectOutliers(
  sorted: Float64Array,
  rejected: Uint8Array,
  { slope, intercept }: Line,
  krej: number,
): void {
  let n = 0;
  let squares = 0;
  for (let x = 0; x < sorted.length; x++) {
    if (rejected[x]) continue;
    const residual = (sorted[x] as number) - (intercept + slope * x);
    n++;
    squares += residual * residual;
  }
  const threshold = krej * Math.sqrt(squares / n);
  for (let x = 0; x < sorted.length; x++) {
    const residual = (sorted[x] as number) - (intercept + slope * x);
    if (Math.abs(residual) > threshold) rejected[x] = 1;
  }
}

/**
 * Rejects the neighbours of rejected pixels too, within a window of `width` that reaches as far to
 * both sides, and one further to the left where `width` is even.
 *
 * @returns How many pixels are left.
 */
function growRejected(rejected: Uint8Array, width: number): number {
  const reach = (width - 1) >> 1;
  let last = Number.NEGATIVE_INFINITY;
  let left = 0;
  for (let ahead = 0; ahead < rejected.length + reach; ahead++) {
    if (rejected[ahead]) last = ahead;
    if (ahead < reach) continue;
    const near = ahead - last < width;
    rejected[ahead - reach] = near ? 1 : 0;
    if (!near) left++;
  }
  return left;
}
