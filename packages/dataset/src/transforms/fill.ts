import { check, floatsOf } from "./check.js";
import type { Sample } from "./sample.js";

/** Options of {@link fill}. */
export interface FillOptions {
  /** What undefined pixels become. Default 0: the level that scalings leave the sky at. */
  readonly value?: number | undefined;
}

/** What {@link fill} describes. */
export interface FillSpec {
  readonly op: "fill";
  /** {@link FillOptions.value}. */
  readonly value: number;
}

/**
 * Replaces NaN and infinities. FITS marks undefined pixels by NaN (section 5.3 of the standard), and
 * one of them makes a loss NaN.
 *
 * @throws {FitsArgumentError} FITS_BAD_ARGUMENT for a value that is not finite.
 */
export function fill(options: FillOptions = {}): FillSpec {
  const { value = 0 } = options;
  check(Number.isFinite(value), "value of fill", "a finite number", value);
  return Object.freeze({ op: "fill", value });
}

/** Applies it, in place. */
export function applyFill({ value }: FillSpec, sample: Sample): Sample {
  const data = floatsOf("fill", sample);
  for (let i = 0; i < data.length; i++) if (!Number.isFinite(data[i])) data[i] = value;
  return sample;
}
