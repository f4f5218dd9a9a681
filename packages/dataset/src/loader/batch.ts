import type { NdArray } from "@fitstream/native";
import type { DeviceTensors } from "../device/device.js";
import { DatasetError } from "../errors.js";
import type { Lease } from "../memory/lease.js";
import type { LoaderState } from "./state.js";

/** What a batch is made of. */
export interface BatchParts<T> {
  readonly epoch: number;
  readonly step: number;
  readonly ids: Float64Array;
  readonly mask: Uint8Array;
  readonly device: DeviceTensors<T>;
  /** The slot under the tensors; undefined where they do not lean on it. */
  readonly lease: Lease | undefined;
  /** Where a run goes on after this batch. */
  readonly next: () => LoaderState;
  readonly onRelease: () => void;
}

/**
 * One step's samples. The tensors belong to the loader's pool and are valid until the batch is
 * released, which must happen, because the pool is bounded:
 *
 * ```ts
 * for await (using batch of loader) await train(batch.tensors.image);
 * ```
 *
 * or `batch.release()` where the language has no `using` yet.
 *
 * @typeParam T What the device makes: typed arrays with a shape, or tensors.
 * @typeParam Names Names of the tensors.
 */
export class Batch<T = NdArray, Names extends string = "image"> implements Disposable {
  /** Epoch of the loader, from 0. */
  readonly epoch: number;
  /** Step in the epoch, from 0. */
  readonly step: number;
  /** Sample id at each place of the batch; NaN where it is empty. */
  readonly ids: Float64Array;
  /**
   * 1 where the place holds a sample, 0 where it is empty: padding of the last batch, or a sample
   * that failed and was skipped. Empty places are zero in every tensor.
   */
  readonly mask: Uint8Array;
  readonly #parts: BatchParts<T>;
  #isReleased = false;

  /** Made by the loader. */
  constructor(parts: BatchParts<T>) {
    this.epoch = parts.epoch;
    this.step = parts.step;
    this.ids = parts.ids;
    this.mask = parts.mask;
    this.#parts = parts;
  }

  /**
   * Tensors of shape `[batch, ...sample]` (images: `image`), and one of shape `[batch]` for each
   * label.
   *
   * @throws {DatasetError} POOL_RELEASED after the release.
   */
  get tensors(): Readonly<Record<Names, T>> {
    if (!this.#isReleased) return this.#parts.device.tensors as Record<Names, T>;
    throw new DatasetError({
      code: "POOL_RELEASED",
      what: `batch ${this.step} of epoch ${this.epoch} was used after its release`,
    });
  }

  /** Whether the memory has been given back. */
  get isReleased(): boolean {
    return this.#isReleased;
  }

  /** Where a run that has done this step goes on: less than 1 KB of JSON. */
  state(): LoaderState {
    return this.#parts.next();
  }

  /**
   * Gives the memory back (and disposes device tensors).
   *
   * @throws {DatasetError} POOL_RELEASED when it was given back before.
   */
  release(): void {
    if (this.#isReleased) {
      throw new DatasetError({
        code: "POOL_RELEASED",
        what: `batch ${this.step} of epoch ${this.epoch} was released twice`,
      });
    }
    this.#isReleased = true;
    this.#parts.device.release();
    this.#parts.lease?.release();
    this.#parts.onRelease();
  }

  /** {@link release}, if that has not happened. */
  [Symbol.dispose](): void {
    if (!this.#isReleased) this.release();
  }
}
