import type { NdArray } from "@fitstream/native";

/** Tensors of one batch, and what must happen when they are no longer needed. */
export interface DeviceTensors<T> {
  /** `image` of shape `[batch, ...sample]`, and a tensor of shape `[batch]` for each label. */
  readonly tensors: Readonly<Record<string, T>>;
  /**
   * True while the tensors are views on the host memory they were made of: that memory must not be
   * reused before {@link release}.
   */
  readonly aliasesHost: boolean;
  /** Gives back what the device holds. */
  release(): void;
}

/**
 * Where batches go. Host arrays come in, tensors come out; the backend says whether they still lean
 * on the host's memory.
 */
export interface DeviceBackend<T> {
  /** For messages and reports. */
  readonly name: string;
  /** Arrays are valid during the call; afterwards only where the result aliases them. */
  upload(arrays: Readonly<Record<string, NdArray>>): DeviceTensors<T>;
}
