import type { PlainError } from "../errors.js";
import type { Lease } from "../memory/lease.js";

/** A step of the run. */
export interface StepRef {
  readonly epoch: number;
  readonly step: number;
}

/** Memory of another thread. */
export interface SharedPlace {
  readonly buffer: SharedArrayBuffer;
  readonly offset: number;
  readonly byteLength: number;
}

/** Where the memory of a lease is, for another thread. */
export function sharedPlace({ place, byteLength }: Lease): SharedPlace {
  return { ...place, byteLength };
}

/** A sample that failed; its place in its batch is zero. */
export interface FailedPlace {
  readonly place: number;
  readonly error: PlainError;
}

/** A sample of a group: its place there, its HDU, and its first pixel (or row) in that. */
export interface PlacedSample {
  readonly place: number;
  readonly hdu: number;
  readonly origin: readonly number[];
}

/**
 * The samples of a group: of a few batches that are made in one go, whose places follow one another.
 */
export interface Assignment {
  /** Sample (position in storage) at each place; NaN where it stays empty. */
  readonly samples: Float64Array;
  /** Id and epoch of the sample at each place, interleaved; NaN where there is none. */
  readonly keys: Float64Array;
  /** Samples in local files, in the order of their places: rows of place, HDU, origin. */
  readonly local: Float64Array;
  readonly remote: readonly PlacedSample[];
  readonly failed: readonly FailedPlace[];
}

/** Samples a thread gets in one message, at least: a message costs as much as decoding several. */
const minimumRun = 32;

/** Length of a row: place, HDU and origin. */
export function rowLength(rank: number): number {
  return 2 + rank;
}

/** Rows divided among threads, in runs worth a message. */
export function divided(
  rows: Float64Array,
  rank: number,
  threads: number,
): readonly Float64Array[] {
  const length = rowLength(rank);
  const count = rows.length / length;
  const runs = Math.min(count, Math.max(1, Math.min(threads, Math.floor(count / minimumRun))));
  const at = (run: number): number => Math.floor((run * count) / runs) * length;
  // Copies: a message takes the whole memory of an array with it.
  return Array.from({ length: runs }, (_, run) => rows.slice(at(run), at(run + 1)));
}

/** Samples as rows. */
export function rowsOf(samples: readonly PlacedSample[], rank: number): Float64Array {
  const length = rowLength(rank);
  const rows = new Float64Array(samples.length * length);
  for (const [i, { place, hdu, origin }] of samples.entries()) {
    rows.set([place, hdu, ...origin], i * length);
  }
  return rows;
}

/** Waits for all, also when one fails: the others still write into the slot. */
export async function allEnded<T>(promises: readonly Promise<T>[]): Promise<T[]> {
  await Promise.allSettled(promises);
  return Promise.all(promises);
}
