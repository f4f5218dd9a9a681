import { binding } from "./binding.js";
import type { ByteRange, ByteSource, ReadOptions } from "./byte-source.js";
import { withCancelFlag } from "./cancel.js";
import { byteSizeOf, bytesOf, type Dtype, type NdArray, type TypedArray } from "./dtype.js";
import { fitsError, native, nativeSync } from "./errors.js";
import { HduBase } from "./hdu.js";
import { allocate } from "./memory.js";
import { type Padding, padValue } from "./plan.js";
import type { RawHdu } from "./raw/hdu.js";
import type { RawImageJob, RawLayout, RawWindow } from "./raw/image.js";

/** A box of pixels. All arrays in C order, slowest axis first, zero-based. */
export interface Window {
  /** First pixel; below 0 with `pad`. Default: the image's first. */
  readonly origin?: readonly number[] | undefined;
  /** Pixels that come out, along each axis. Default: all from `origin` on. */
  readonly shape?: readonly number[] | undefined;
  /** Take every n-th pixel along each axis, n >= 1. Default 1. */
  readonly stride?: readonly number[] | undefined;
  /**
   * What stands for pixels outside the image. They count as defined: `mask` leaves them alone.
   * Default: a window that leaves the image is an error.
   */
  readonly pad?: Padding | undefined;
}

/** Options of {@link ImageHdu.read}. */
export interface ImageReadOptions<D extends Dtype = Dtype> extends Window {
  /**
   * Type of the pixels that come out. Default: {@link ImageHdu.dtype}, which holds the physical
   * values without asking for more. Any image reads as float32 and float64; integers also as
   * integers that hold all their values.
   */
  readonly dtype?: D | undefined;
  /** Apply BSCALE and BZERO. Default true; false gives the pixels as they are stored. */
  readonly scale?: boolean | undefined;
  /**
   * Memory to decode into: exactly the bytes of the window, of any typed array, also on a
   * SharedArrayBuffer. It belongs to the reader until the promise settles. Default: a new array.
   */
  readonly out?: TypedArray | undefined;
  /**
   * Threads that decode the tiles of a compressed image, this call's own among them: of a native
   * pool that the process shares. The pixels do not depend on it. Default 1; a plain image is as
   * fast as memory with one.
   */
  readonly threads?: number | undefined;
  /** Aborts the read; it rejects with the signal's reason. */
  readonly signal?: AbortSignal | undefined;
  /** As {@link ReadOptions.priority}. */
  readonly priority?: number | undefined;
}

/** Pixels, and which of them are undefined. */
export interface ImageArray<D extends Dtype = Dtype> extends NdArray<D> {
  /**
   * For integer pixels of an image with BLANK: 1 where the pixel is undefined, one byte a pixel;
   * absent when none is. Undefined pixels of float arrays are NaN and need no mask.
   */
  readonly mask?: Uint8Array;
}

/** The bytes and the recipe of a window of an uncompressed image, as plain data. */
export interface ImagePlan {
  /** What to fetch, in the order of the pixels that come out: of those inside the image. */
  readonly ranges: readonly ByteRange[];
  /** Bytes to fetch in total. */
  readonly fetchLength: number;
  /** Of the pixels that come out. */
  readonly dtype: Dtype;
  /** Of the pixels that come out, C order. */
  readonly shape: readonly number[];
  /** Bytes that come out. */
  readonly byteLength: number;
}

function product(shape: readonly number[]): number {
  return shape.reduce((n, m) => n * m, 1);
}

/** Fills in a window's defaults. The core checks it against the image. */
export function resolveWindow(window: Window, image: readonly number[]): RawWindow {
  const { origin = image.map(() => 0), stride = image.map(() => 1) } = window;
  const count = (n: number, i: number): number =>
    Math.max(0, Math.ceil((n - (origin[i] ?? 0)) / (stride[i] || 1)));
  return { origin, shape: window.shape ?? image.map(count), stride, pad: padValue(window.pad) };
}

function lengthOf(ranges: readonly ByteRange[]): number {
  return ranges.reduce((sum, { length }) => sum + length, 0);
}

/** A job whose parts are all decided. */
type FullImageJob = RawImageJob & {
  readonly window: RawWindow;
  readonly dtype: Dtype;
  readonly raw: boolean;
};

/** What plain and compressed images share. */
abstract class PixelHdu extends HduBase {
  /** C order, slowest axis first: `[NAXIS2, NAXIS1]` for a plain picture; `[]` without data. */
  readonly shape: readonly number[];
  /**
   * The type that holds the physical values: the stored one, the unsigned one where the BZERO
   * convention is used, float32 for scaled 8- and 16-bit integers and for float32, float64 for
   * other scaled ones.
   */
  readonly dtype: Dtype;
  /** BITPIX (ZBITPIX of a compressed image). */
  readonly bitpix: number;

  constructor(raw: RawHdu, source: ByteSource, shape: readonly number[] = raw.shape) {
    super(raw, source);
    this.shape = shape;
    this.bitpix = raw.bitpix;
    this.dtype = raw.dtype ?? "uint8";
  }

  /** The dtype of stored values, for `scale: false`. */
  protected storedDtype(): Dtype {
    const bits = Math.abs(this.bitpix);
    if (this.bitpix < 0) return bits === 32 ? "float32" : "float64";
    return bits === 8 ? "uint8" : (`int${bits}` as Dtype);
  }

  /**
   * Reads the image, or a window of it, into native byte order. Values are physical
   * (`BSCALE * stored + BZERO`, in float64 arithmetic) unless `scale` is false; undefined pixels
   * (BLANK) are NaN in floats and marked in `mask` for integers.
   *
   * @returns Pixels in memory of their own, or in `out`.
   * @throws {FitsArgumentError} FITS_OUT_OF_BOUNDS when the window leaves the image
   *   without `pad`; FITS_BAD_ARGUMENT when `dtype` would lose something, or cannot hold `pad`.
   * @throws {FitsFormatError} when the file is damaged or ends early.
   * @throws {FitsIoError} FITS_FILE_CHANGED when it is not the file that was opened.
   * @see FITS Standard 4.0, sections 4.4.2.5 and 10
   */
  async read<D extends Dtype = Dtype>(options: ImageReadOptions<D> = {}): Promise<ImageArray<D>> {
    this.checkReadable();
    options.signal?.throwIfAborted();
    const isRaw = options.scale === false;
    const dtype = (options.dtype ?? (isRaw ? this.storedDtype() : this.dtype)) as D;
    const window = resolveWindow(options, this.shape);
    const pixels = this.shape.length === 0 ? 0 : product(window.shape);
    // Also checks window and dtype, before memory of that size is asked for.
    this.checkRequest(window, dtype, isRaw);
    const data = (options.out ?? allocate(dtype, pixels)) as ImageArray<D>["data"];
    const isInteger = dtype !== "float32" && dtype !== "float64";
    const mask = isInteger && this.raw.blank !== null ? new Uint8Array(pixels) : undefined;
    const blanks = await withCancelFlag(options.signal, (cancel) =>
      this.decodeInto(
        {
          hdu: this.index,
          window,
          dtype,
          raw: isRaw,
          threads: options.threads,
          out: bytesOf(data),
          mask,
          cancel,
        },
        options,
      ),
    );
    const array = { dtype, shape: window.shape, data };
    return mask !== undefined && blanks > 0 ? { ...array, mask } : array;
  }

  /** Decodes into `job.out`; resolves to the number of undefined pixels. */
  protected abstract decodeInto(job: FullImageJob, options: ImageReadOptions): Promise<number>;

  protected checkRequest(window: RawWindow, dtype: Dtype, isRaw: boolean): void {
    nativeSync(() => binding.checkImage(this.layout(isRaw), window, dtype), this.place);
  }

  protected layout(isRaw: boolean): RawLayout {
    return isRaw ? { ...this.raw, bscale: 1, bzero: 0 } : this.raw;
  }

  /** A local file is read by one native call, which also checks that it is still the same file. */
  protected readLocal(path: string, job: RawImageJob, signal?: AbortSignal): Promise<number> {
    const { stamp, immutable } = this.source;
    return native(() => binding.readImage(path, { ...job, stamp, immutable }), this.place, signal);
  }
}

/** What lies in a file as it is, without compression. */
export abstract class PlainHdu extends PixelHdu {
  /**
   * Plans a read without doing it: which bytes it takes and what comes out.
   *
   * @throws {FitsArgumentError} as {@link read}.
   */
  plan(options: Pick<ImageReadOptions, keyof Window | "dtype"> = {}): ImagePlan {
    const window = resolveWindow(options, this.shape);
    const dtype = options.dtype ?? this.dtype;
    const ranges = this.#ranges(this.layout(false), window, dtype);
    return {
      ranges,
      fetchLength: lengthOf(ranges),
      dtype,
      shape: window.shape,
      byteLength: product(window.shape) * byteSizeOf(dtype),
    };
  }

  #ranges(layout: RawLayout, window: RawWindow, dtype: Dtype): readonly ByteRange[] {
    const plan = nativeSync(() => binding.planImage(layout, window, dtype), this.place);
    return Array.from(plan.offsets, (offset) => ({ offset, length: plan.runLength }));
  }

  protected override decodeInto(job: FullImageJob, options: ImageReadOptions): Promise<number> {
    return this.decodeLayout(this.layout(job.raw), job, options);
  }

  /** Decodes a window of any array that lies in this HDU. */
  protected async decodeLayout(
    layout: RawLayout,
    job: FullImageJob,
    options: ReadOptions,
  ): Promise<number> {
    const { path } = this.source;
    if (path !== undefined) return this.readLocal(path, { ...job, layout }, options.signal);
    const ranges = this.#ranges(layout, job.window, job.dtype);
    const packed = new Uint8Array(lengthOf(ranges));
    await this.source.readInto(ranges, packed, options);
    return nativeSync(
      () => binding.decodeImage(layout, job.window, job.dtype, packed, job.out, job.mask),
      this.place,
    );
  }
}

/** An uncompressed image: the primary array or an IMAGE extension. */
export class ImageHdu extends PlainHdu {
  readonly kind = "image" as const;
}

/** A tile-compressed image (FITS Standard 4.0, section 10). Reads like any other image. */
export class CompressedImageHdu extends PixelHdu {
  readonly kind = "compressed-image" as const;
  /** ZCMPTYPE: "RICE_1", "GZIP_1", "GZIP_2", "HCOMPRESS_1", "PLIO_1" ... */
  readonly codec: string;
  /** Shape of a tile, C order. */
  readonly tile: readonly number[];

  constructor(raw: RawHdu, source: ByteSource) {
    super(raw, source);
    this.codec = raw.codec ?? "";
    this.tile = raw.tile ?? [];
  }

  /** Bytes that a read of a whole image may produce: a tiny file can declare a huge one. */
  static readonly maxBytes: number = 2 ** 33;

  protected override checkRequest(window: RawWindow, dtype: Dtype, isRaw: boolean): void {
    super.checkRequest(window, dtype, isRaw);
    const bytes = product(window.shape) * byteSizeOf(dtype);
    if (bytes > CompressedImageHdu.maxBytes) {
      throw fitsError({
        code: "FITS_LIMIT",
        what: "the compressed image declares more pixels than the limit",
        expected: `at most ${CompressedImageHdu.maxBytes} bytes`,
        found: `${bytes}`,
        ...this.place,
      });
    }
  }

  protected override async decodeInto(
    job: FullImageJob,
    options: ImageReadOptions,
  ): Promise<number> {
    const { path } = this.source;
    const { headerOffset } = this;
    if (path !== undefined) return this.readLocal(path, { ...job, headerOffset }, options.signal);
    const bytes = await this.wholeBytes(options);
    return native(
      () => binding.decodeCompressed(bytes, headerOffset, job),
      this.place,
      options.signal,
    );
  }
}
