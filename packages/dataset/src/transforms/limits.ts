import type { FloatArray } from "./check.js";

/** The pixel values that a scaling turns into 0 and 1. */
export interface Limits {
  /** Becomes 0. */
  readonly low: number;
  /** Becomes 1. */
  readonly high: number;
}

/** Limits of an image without finite pixels. */
export const NO_LIMITS: Limits = Object.freeze({ low: 0, high: 0 });

/**
 * Scales in place so that the limits become 0 and 1. Where they are equal, pixels at the limit
 * become 0 and differences stay as they are, as with astropy's intervals.
 */
export function scaleToLimits(data: FloatArray, { low, high }: Limits, clip: boolean): void {
  const span = high - low || 1;
  const least = clip ? 0 : Number.NEGATIVE_INFINITY;
  const most = clip ? 1 : Number.POSITIVE_INFINITY;
  for (let i = 0; i < data.length; i++) {
    const y = ((data[i] as number) - low) / span;
    // NaN passes: Math.min and max give NaN where there is one.
    data[i] = Math.min(Math.max(y, least), most);
  }
}
