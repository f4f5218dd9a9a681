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
  /** Arrays that depend on the samples in size, and so do not lie in the slot. */
  readonly arrays: Readonly<Record<string, NdArray>>;
}

/** Reads the samples of a batch into its slot: one kind for each kind of source. */
export interface Filler {
  /** First pixel (or row) of a sample in its HDU. */
  originOf(sample: number, hdu: number, id: number, epoch: number): readonly number[];
  /** Fills the places of the samples; what is at those that fail is cleared by the caller. */
  fill(lease: Lease, assignment: Assignment, options: FillOptions): Promise<Filled>;
  close(): Promise<void>;
}
