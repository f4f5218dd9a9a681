import type { Dtype, TypedArray } from "@fitstream/native";
import type { Rng } from "../random.js";

/**
 * The pixels of one sample. A transform owns it while it runs: it may change `data` in place and
 * return the same object, or one that views the same memory.
 */
export interface Sample {
  /** C order, on any memory, shared or not. */
  readonly data: TypedArray;
  /** C order, slowest axis first. */
  readonly shape: readonly number[];
  /** Type of the elements of `data`. */
  readonly dtype: Dtype;
}

/** What a transform knows beside the pixels. */
export interface TransformContext {
  /** Random numbers of this transform for this sample and epoch. */
  readonly rng: Rng;
  /** Id of the sample in its dataset. */
  readonly id: number;
  /** Epoch that the sample is drawn in, from 0. */
  readonly epoch: number;
}
