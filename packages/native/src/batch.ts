import { binding } from "./binding.js";
import type { Dtype } from "./dtype.js";
import { type FitsErrorFields, native, nativeSync } from "./errors.js";
import type { ImageTable } from "./image-table.js";
import { type Padding, padValue } from "./plan.js";

/** Many samples to decode in one call: windows of the same shape, from any images of a table. */
export interface BatchRequest {
  /** The images that `samples` counts in. */
  readonly table: ImageTable;
  /**
   * One row a sample: its place in the batch, the index of its image, the origin of its window (C
   * order). All windows have the rank of their image; their origins may be negative with `pad`.
   */
  readonly samples: Float64Array;
  /** Shape of every window, C order. */
  readonly shape: readonly number[];
  /** Stride of every window. Default 1. */
  readonly stride?: readonly number[] | undefined;
  /** What stands for pixels outside an image. Default: windows must lie inside. */
  readonly pad?: Padding | undefined;
  /** Of the pixels that come out; every image must read as it. */
  readonly dtype: Dtype;
  /**
   * Memory of the batch: the sample at place `p` goes to byte `p * sampleStep`. Several pieces, of
   * equal length, hold the places one after the other. It belongs to the call until that ends.
   */
  readonly target: Uint8Array | readonly Uint8Array[];
  /** Bytes from one place to the next. */
  readonly sampleStep: number;
  /** Of the local files, as {@link OpenOptions.immutable}. Default false. */
  readonly immutable?: boolean | undefined;
  /**
   * For images that are no local files: the bytes of each sample's window, as
   * {@link planWindow} lists them, packed in the order of `samples`.
   */
  readonly packed?: Uint8Array | undefined;
  /** For compressed images that are no local files: their HDUs, whole. */
  readonly shards?: readonly { readonly image: number; readonly bytes: Uint8Array }[] | undefined;
  /** An Int32Array that another thread sets to end the call early; samples then fail as aborted. */
  readonly cancel?: Int32Array | undefined;
}

/** A sample that could not be read; its place in the batch is zero. */
export interface FailedSample {
  /** Its place in the batch. */
  readonly place: number;
  /** Why, as plain data; {@link fitsError} makes an error of it. */
  readonly error: FitsErrorFields;
}

function rawBatch(request: BatchRequest): Parameters<typeof binding.readBatch>[0] {
  const { table, shape } = request;
  return {
    images: table.images,
    paths: table.paths,
    samples: request.samples,
    shape,
    stride: request.stride ?? shape.map(() => 1),
    pad: padValue(request.pad),
    dtype: request.dtype,
    target: request.target,
    sampleStep: request.sampleStep,
    immutable: request.immutable,
    packed: request.packed,
    shards: request.shards,
    cancel: request.cancel,
  };
}

/**
 * Reads and decodes many samples straight to their places in a batch. A sample that fails does not
 * stop the others. Local files are opened by the call and must be what the table says they are.
 *
 * @returns The samples that failed, by place.
 */
export function readBatch(request: BatchRequest): Promise<readonly FailedSample[]> {
  return native(() => binding.readBatch(rawBatch(request)));
}

/** {@link readBatch} on this thread: for workers. */
export function readBatchSync(request: BatchRequest): readonly FailedSample[] {
  return nativeSync(() => binding.readBatchSync(rawBatch(request)));
}
