import type { WorkerStep } from "../plan/steps.js";
import type { ArraySpec } from "../plan/tensors.js";
import type { FailedPlace, SharedPlace } from "./assignment.js";
import type { RaggedCells, RowTask } from "./row-task.js";

/** What every task of a loader has in common: sent to a worker once, when it starts. */
export interface DecodeSetup {
  readonly steps: readonly WorkerStep[];
  readonly seed: number;
  /** Local files may be mapped. */
  readonly immutable: boolean;
  /** Raised by the main thread to end all tasks early. */
  readonly cancel: Int32Array;
}

/**
 * The images, in shared memory, and what is made of each. It goes with every task, not into the setup:
 * threads start while the files are still being indexed.
 */
export interface DecodePlan {
  readonly images: Uint8Array;
  readonly paths: Uint8Array;
  readonly decoded: ArraySpec;
  readonly output: ArraySpec;
}

/** Images of a group to decode and transform, in one message. */
export interface ImageTask {
  readonly kind: "images";
  /** The same in all tasks of a loader. */
  readonly plan: DecodePlan;
  /** The slots of the batches of the group: places go on from one to the next. */
  readonly targets: readonly SharedPlace[];
  /** Rows as BatchRequest.samples has them: samples that lie in local files. */
  readonly local: Float64Array;
  /** The same for samples whose bytes were fetched. */
  readonly fetched: Float64Array;
  /** Bytes of the fetched rows, packed in their order. */
  readonly packed: SharedPlace | undefined;
  /** Compressed HDUs that were fetched whole, by image. */
  readonly shards: readonly { readonly image: number; readonly bytes: Uint8Array }[];
  /** Id and epoch of the sample at each place of the group, interleaved. */
  readonly keys: Float64Array;
}

/** What goes to a thread in one message. */
export type DecodeTask = ImageTask | RowTask;

/** What a task did. */
export interface DecodeResult {
  readonly failed: readonly FailedPlace[];
  /** Cells that lie outside of the slot. */
  readonly ragged: readonly RaggedCells[];
  readonly decodeMs: number;
  readonly transformMs: number;
}
