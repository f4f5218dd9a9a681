import { binding } from "./binding.js";
import type { ByteRange } from "./byte-source.js";
import type { Dtype } from "./dtype.js";
import { nativeSync } from "./errors.js";
import type { RawLayout, RawWindow } from "./raw/image.js";

/** What must be known of an uncompressed image to plan a read of it. */
export type ImageLayout = RawLayout;

/**
 * What stands for the pixels of a window that lie outside its image: a value of the dtype that comes
 * out; `true` is NaN, for floats.
 */
export type Padding = number | true;

/** {@link Padding} as the addon takes it. */
export function padValue(pad: Padding | undefined): number | undefined {
  return pad === true ? Number.NaN : pad;
}

/** A window with every part given, C order. */
export interface FullWindow {
  /** First pixel, from 0; below 0 with `pad`. */
  readonly origin: readonly number[];
  /** Pixels that come out, along each axis. */
  readonly shape: readonly number[];
  /** Every n-th pixel along each axis, n >= 1. */
  readonly stride: readonly number[];
  /** Default: the window must lie inside the image. */
  readonly pad?: Padding | undefined;
}

export function rawWindow(window: FullWindow): RawWindow {
  return { ...window, pad: padValue(window.pad) };
}

/**
 * The bytes of a window of an uncompressed image (of the part that lies inside it, with `pad`), in the
 * order of its pixels, without any I/O.
 *
 * @throws {FitsArgumentError} FITS_OUT_OF_BOUNDS when the window leaves the image;
 *   FITS_BAD_ARGUMENT when `dtype` cannot hold its pixels.
 */
export function planWindow(
  layout: ImageLayout,
  window: FullWindow,
  dtype: Dtype,
): readonly ByteRange[] {
  const plan = nativeSync(() => binding.planImage(layout, rawWindow(window), dtype));
  return Array.from(plan.offsets, (offset) => ({ offset, length: plan.runLength }));
}

/** Throws what {@link planWindow} would, for compressed images too. */
export function checkWindow(layout: ImageLayout, window: FullWindow, dtype: Dtype): void {
  nativeSync(() => binding.checkImage(layout, rawWindow(window), dtype));
}
