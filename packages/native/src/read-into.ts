import { binding } from "./binding.js";
import { withCancelFlag } from "./cancel.js";
import { bytesOf, type Dtype, type TypedArray } from "./dtype.js";
import { native, nativeSync } from "./errors.js";
import { type FullWindow, rawWindow } from "./plan.js";
import type { RawImageJob } from "./raw/image.js";

/** Options of {@link readImageInto}. */
export interface ReadIntoOptions {
  /** Position of the HDU. Default 0, the primary one. */
  readonly hdu?: number | undefined;
  /** Default: the whole image. */
  readonly window?: FullWindow | undefined;
  /** Default: the type that holds the physical values, as `ImageHdu.dtype`. */
  readonly dtype?: Dtype | undefined;
  /** As {@link OpenOptions.immutable}. */
  readonly immutable?: boolean | undefined;
  /** As `threads` of {@link ImageReadOptions}. */
  readonly threads?: number | undefined;
  /** Aborts the read; it rejects with the signal's reason. */
  readonly signal?: AbortSignal | undefined;
}

function jobOf(out: TypedArray, options: ReadIntoOptions): RawImageJob {
  const { hdu = 0, immutable, threads, window, dtype } = options;
  return { hdu, immutable, threads, window: window && rawWindow(window), dtype, out: bytesOf(out) };
}

/**
 * Reads an image of a local file straight into memory that is there, in one native call: open, find
 * the HDU, read, convert, close. The fastest way where shape and dtype are known beforehand.
 *
 * @param out Exactly the bytes of the window, of any typed array, also on a SharedArrayBuffer. It
 *   belongs to the call until the promise settles.
 * @throws As `ImageHdu.read`; FITS_BAD_ARGUMENT when `out` has another size.
 */
export async function readImageInto(
  path: string,
  out: TypedArray,
  options: ReadIntoOptions = {},
): Promise<void> {
  const place = { path, hdu: options.hdu ?? 0 };
  await withCancelFlag(options.signal, (cancel) =>
    native(
      () => binding.readImage(path, { ...jobOf(out, options), cancel }),
      place,
      options.signal,
    ),
  );
}

/** {@link readImageInto} on this thread, which it blocks: for worker threads. */
export function readImageIntoSync(
  path: string,
  out: TypedArray,
  options: Omit<ReadIntoOptions, "signal"> = {},
): void {
  const place = { path, hdu: options.hdu ?? 0 };
  nativeSync(() => binding.readImageSync(path, jobOf(out, options)), place);
}
