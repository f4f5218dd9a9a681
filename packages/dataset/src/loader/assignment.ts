import type { PlainError } from "../errors.js";

/** Memory of another thread. */
export interface SharedPlace {
  readonly buffer: SharedArrayBuffer;
  readonly offset: number;
  readonly byteLength: number;
}

/** A sample that failed; its place in the batch is zero. */
export interface FailedPlace {
  readonly place: number;
  readonly error: PlainError;
}

/** A sample of a batch: its place there, its HDU, and its first pixel (or row) in that. */
export interface PlacedSample {
  readonly place: number;
  readonly hdu: number;
  readonly origin: readonly number[];
}

/** The samples of one batch, by their places. */
export interface Assignment {
  /** Sample (position in storage) at each place; undefined where it stays empty. */
  readonly samples: readonly (number | undefined)[];
  /** Id and epoch of the sample at each place, interleaved; NaN where there is none. */
  readonly keys: Float64Array;
  readonly local: readonly PlacedSample[];
  readonly remote: readonly PlacedSample[];
  readonly failed: readonly FailedPlace[];
}

/** Samples a thread gets in one message, at least: a message costs as much as decoding several. */
const minimumRun = 32;

/** Samples divided among threads, in runs worth a message. */
export function divided(
  samples: readonly PlacedSample[],
  threads: number,
): readonly (readonly PlacedSample[])[] {
  const runs = Math.min(
    samples.length,
    Math.max(1, Math.min(threads, Math.floor(samples.length / minimumRun))),
  );
  return Array.from({ length: runs }, (_, i) =>
    samples.slice((i * samples.length) / runs, ((i + 1) * samples.length) / runs),
  );
}

/** Samples as a message holds them: place, HDU and origin, one after the other. */
export function rowsOf(samples: readonly PlacedSample[]): Float64Array {
  return Float64Array.from(samples.flatMap(({ place, hdu, origin }) => [place, hdu, ...origin]));
}

/** Waits for all, also when one fails: the others still write into the slot. */
export async function allEnded<T>(promises: readonly Promise<T>[]): Promise<T[]> {
  await Promise.allSettled(promises);
  return Promise.all(promises);
}
