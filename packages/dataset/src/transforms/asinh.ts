import { check, floatsOf } from "./check.js";
import type { Sample } from "./sample.js";

/** Options of {@link asinh}. */
export interface AsinhOptions {
  /**
   * Where the curve turns from linear to logarithmic, in units of the pixels; > 0. Default 0.1,
   * which is astropy's and suits pixels that run from about 0 to 1.
   */
  readonly a?: number | undefined;
}

/** What {@link asinh} describes. */
export interface AsinhSpec {
  readonly op: "asinh";
  /** {@link AsinhOptions.a}. */
  readonly a: number;
}

/**
 * Compresses bright pixels: `asinh(x / a) / asinh(1 / a)`, which keeps 0 and 1 where they are. It is
 * astropy's AsinhStretch without clipping. NaN stays NaN.
 *
 * @throws {FitsArgumentError} FITS_BAD_ARGUMENT for an `a` that is not a positive number.
 * @see Lupton, Gunn and Szalay, AJ 118, 1406 (1999)
 */
export function asinh(options: AsinhOptions = {}): AsinhSpec {
  const { a = 0.1 } = options;
  check(a > 0 && a < Number.POSITIVE_INFINITY, "a of asinh", "a number > 0", a);
  return Object.freeze({ op: "asinh", a });
}

/** Applies it, in place. */
export function applyAsinh({ a }: AsinhSpec, sample: Sample): Sample {
  const data = floatsOf("asinh", sample);
  const unit = Math.asinh(1 / a);
  for (let i = 0; i < data.length; i++) {
    data[i] = Math.asinh((data[i] as number) / a) / unit;
  }
  return sample;
}
