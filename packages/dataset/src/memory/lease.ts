import { type ArrayOfDtype, byteSizeOf, type Dtype, viewOf } from "@fitstream/native";
import { DatasetError } from "../errors.js";

/** A place in a slab. Its generation counts how often it has been leased. */
export interface Slot {
  readonly buffer: SharedArrayBuffer;
  readonly offset: number;
  generation: number;
}

/**
 * A slot that somebody holds, until it is released once. Every access goes through the lease, which
 * refuses after the release; a view taken before stays a view on memory that belongs to others then.
 */
export class Lease implements Disposable {
  /** Bytes that were asked for. */
  readonly byteLength: number;
  readonly #slot: Slot;
  readonly #generation: number;
  readonly #onRelease: (lease: Lease) => void;

  /** Made by TensorPool.lease only. */
  constructor(slot: Slot, byteLength: number, onRelease: (lease: Lease) => void) {
    this.byteLength = byteLength;
    this.#slot = slot;
    this.#generation = ++slot.generation;
    this.#onRelease = onRelease;
  }

  /** Whether the memory has been given back. */
  get isReleased(): boolean {
    return this.#slot.generation !== this.#generation;
  }

  /**
   * Where the memory is, for another thread.
   *
   * @throws {DatasetError} POOL_RELEASED after the release.
   */
  get place(): { readonly buffer: SharedArrayBuffer; readonly offset: number } {
    this.#check("used");
    return { buffer: this.#slot.buffer, offset: this.#slot.offset };
  }

  /**
   * The memory as bytes.
   *
   * @throws {DatasetError} POOL_RELEASED after the release.
   */
  get bytes(): Uint8Array {
    this.#check("used");
    return new Uint8Array(this.#slot.buffer, this.#slot.offset, this.byteLength);
  }

  /**
   * The memory as `length` elements of a dtype, from byte `byteOffset` of the lease.
   *
   * @throws {DatasetError} POOL_RELEASED after the release.
   */
  view<D extends Dtype>(dtype: D, length: number, byteOffset = 0): ArrayOfDtype[D] {
    this.#check("used");
    if (byteOffset + length * byteSizeOf(dtype) > this.byteLength) {
      throw new DatasetError({
        code: "DATASET_BAD_ARGUMENT",
        what: "a view leaves its lease",
        expected: `at most ${this.byteLength} bytes`,
        found: `${length} ${dtype} at byte ${byteOffset}`,
      });
    }
    return viewOf(dtype, this.#slot.buffer, this.#slot.offset + byteOffset, length);
  }

  /**
   * Gives the memory back.
   *
   * @throws {DatasetError} POOL_RELEASED when it was given back before.
   */
  release(): void {
    this.#check("released again");
    ++this.#slot.generation;
    this.#onRelease(this);
  }

  /** {@link release}, if that has not happened. */
  [Symbol.dispose](): void {
    if (!this.isReleased) this.release();
  }

  #check(done: string): void {
    if (!this.isReleased) return;
    throw new DatasetError({
      code: "POOL_RELEASED",
      what: `a lease of ${this.byteLength} bytes was ${done} after its release`,
    });
  }
}
