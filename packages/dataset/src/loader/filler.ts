import type { NdArray } from "@fitstream/native";
import type { Lease } from "../memory/lease.js";
import type { Assignment, FailedPlace } from "./assignment.js";

/** Options of one {@link Filler.fill}. */
export interface FillOptions {
  readonly signal: AbortSignal;
  /** Higher is wanted sooner. */
  readonly priority: number;
}

/** What came of it. */
export interface Filled {
  readonly failed: readonly FailedPlace[];
  /** Of a group of one batch: arrays that depend on the samples in size, and so do not lie in the slot. */
  readonly arrays: Readonly<Record<string, NdArray>>;
}

/** Reads samples of batches into their slots: one kind for each kind of source. */
export interface Filler {
  /** Axes of an origin. */
  readonly rank: number;
  /** First pixel (or row) of a sample in its HDU. */
  originOf(sample: number, hdu: number, id: number, epoch: number): readonly number[];
  /** Whether several batches may be filled in one go, which pays where a batch takes little time. */
  readonly takesGroups: boolean;
  /**
   * Fills the places of the samples; what is at those that fail is cleared by the caller.
   *
   * @param leases The slot of each batch of the group.
   */
  fill(leases: readonly Lease[], assignment: Assignment, options: FillOptions): Promise<Filled>;
  close(): Promise<void>;
}
