import { check, type FloatArray, floatsOf } from "./check.js";
import { type Limits, NO_LIMITS, scaleToLimits } from "./limits.js";
import type { Sample } from "./sample.js";

/** Options of {@link percentile}. */
export interface PercentileOptions {
  /** Percentile that becomes 0. Default 0.5, which leaves out dead pixels but no faint source. */
  readonly low?: number | undefined;
  /** Percentile that becomes 1. Default 99.5, which leaves out the cores of stars. */
  readonly high?: number | undefined;
  /** Clip to [0, 1]. Default true. */
  readonly clip?: boolean | undefined;
}

/** What {@link percentile} describes. */
export interface PercentileSpec {
  readonly op: "percentile";
  /** {@link PercentileOptions.low}. */
  readonly low: number;
  /** {@link PercentileOptions.high}. */
  readonly high: number;
  /** {@link PercentileOptions.clip}. */
  readonly clip: boolean;
}

/**
 * Scales each sample between two percentiles of its own finite pixels, so that they become 0 and 1.
 * Percentiles between two pixels are interpolated linearly, as numpy.percentile does. NaN stays NaN;
 * a constant image becomes 0.
 *
 * @throws {FitsArgumentError} FITS_BAD_ARGUMENT unless 0 <= low < high <= 100.
 */
export function percentile(options: PercentileOptions = {}): PercentileSpec {
  const { low = 0.5, high = 99.5, clip = true } = options;
  check(
    low >= 0 && low < high && high <= 100,
    "low and high of percentile",
    "0 <= low < high <= 100",
    [low, high],
  );
  return Object.freeze({ op: "percentile", low, high, clip });
}

/** Applies it, in place. */
export function applyPercentile(spec: PercentileSpec, sample: Sample): Sample {
  const data = floatsOf("percentile", sample);
  scaleToLimits(data, findLimits(data, spec), spec.clip);
  return sample;
}

function findLimits(data: FloatArray, spec: PercentileSpec): Limits {
  const values = copyFinite(data);
  const last = values.length - 1;
  if (last < 0) return NO_LIMITS;
  const highPlace = (spec.high / 100) * last;
  const lowPlace = (spec.low / 100) * last;
  const high = valueAt(values, highPlace, last);
  // The first search left the smaller values in front of its own.
  const end = Math.floor(lowPlace) < Math.floor(highPlace) ? Math.floor(highPlace) : last;
  return { low: valueAt(values, lowPlace, end), high };
}

function copyFinite(data: FloatArray): FloatArray {
  const copy =
    data instanceof Float32Array ? new Float32Array(data.length) : new Float64Array(data.length);
  let n = 0;
  for (let i = 0; i < data.length; i++) {
    const x = data[i] as number;
    if (Number.isFinite(x)) copy[n++] = x;
  }
  return copy.subarray(0, n);
}

/** The value at a fractional `place` among `values[0..end]`, if they were sorted. */
function valueAt(values: FloatArray, place: number, end: number): number {
  const k = Math.floor(place);
  const below = select(values, k, end);
  if (k === place) return below;
  let above = Number.POSITIVE_INFINITY;
  for (let i = k + 1; i <= end; i++) {
    const x = values[i] as number;
    if (x < above) above = x;
  }
  return below + (above - below) * (place - k);
}

/** Below this many values sorting them costs less than another partition. */
const FEW = 256;
/** A partition leaves about a tenth of the values: this many mean that it does not work. */
const MAX_PARTITIONS = 12;

/**
 * Quickselect: orders `values[0..end]` so far that `values[k]` is where sorting would put it, smaller
 * ones before it and larger ones behind it, and returns it. Pivots are estimates of the k-th value
 * from a sample, so that one pass leaves little; sorting what is left bounds the worst case.
 */
function select(values: FloatArray, k: number, end: number): number {
  let left = 0;
  let right = end;
  for (let n = 0; right - left > FEW && n < MAX_PARTITIONS; n++) {
    const pivot = estimate(values, k, left, right);
    let i = left;
    let j = right;
    while (i <= j) {
      while ((values[i] as number) < pivot) i++;
      while ((values[j] as number) > pivot) j--;
      if (i > j) break;
      const x = values[i] as number;
      values[i++] = values[j] as number;
      values[j--] = x;
    }
    if (k <= j) right = j;
    else if (k >= i) left = i;
    else return pivot;
  }
  values.subarray(left, right + 1).sort();
  return values[k] as number;
}

const sample = new Float64Array(64);

/** One of `values[left..right]` that is near the k-th of them. */
function estimate(values: FloatArray, k: number, left: number, right: number): number {
  const stride = Math.floor((right - left) / sample.length);
  for (let i = 0; i < sample.length; i++) sample[i] = values[left + i * stride] as number;
  sample.sort();
  return sample[Math.round(((k - left) / (right - left)) * (sample.length - 1))] as number;
}
