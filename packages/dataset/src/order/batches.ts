import { badArgument } from "../errors.js";

/**
 * What happens to the last samples of an epoch when they do not fill a batch:
 * - `drop`: they are left out (others in each epoch, as the order changes);
 * - `pad`: the batch is filled up with zeros, and `mask` says which samples are real;
 * - `wrap`: the batch is filled up with the first samples of the epoch.
 */
export type TailPolicy = "drop" | "pad" | "wrap";

/** How an epoch is cut into batches, the same for every rank. */
export interface BatchSpec {
  /** Samples of an epoch; Infinity for an endless one. */
  readonly samples: number;
  /** Samples of a global batch, over all ranks. */
  readonly size: number;
  readonly tail: TailPolicy;
}

/** Which part of every global batch is this process's. */
export interface RankSpec {
  readonly rank: number;
  readonly worldSize: number;
}

/** Steps of an epoch. The same on every rank by construction, whatever the number of ranks. */
export function stepsOf({ samples, size, tail }: BatchSpec): number {
  return tail === "drop" ? Math.floor(samples / size) : Math.ceil(samples / size);
}

/** Places in this rank's part of a batch: the same at every step and on every rank. */
export function localBatchSize({ size }: BatchSpec, { worldSize }: RankSpec): number {
  return Math.ceil(size / worldSize);
}

/**
 * The positions of the epoch that this rank takes at a step, one for each place of its batch;
 * undefined where a place stays empty. The ranks' parts are neighbouring slices of the global batch:
 * together they are that batch, each sample once.
 */
export function positionsOf(
  batches: BatchSpec,
  step: number,
  rank: RankSpec,
): readonly (number | undefined)[] {
  const { samples, size, tail } = batches;
  const first = Math.floor((size * rank.rank) / rank.worldSize);
  const end = Math.floor((size * (rank.rank + 1)) / rank.worldSize);
  return Array.from({ length: localBatchSize(batches, rank) }, (_, place) => {
    if (first + place >= end) return undefined;
    const position = step * size + first + place;
    if (position < samples) return position;
    return tail === "wrap" && samples > 0 ? position % samples : undefined;
  });
}

/** Throws when the numbers make no sense. */
export function checkBatches(batches: BatchSpec, { rank, worldSize }: RankSpec): void {
  const isCount = (n: number): boolean => Number.isSafeInteger(n) && n >= 1;
  if (!isCount(batches.size)) {
    throw badArgument("a batch needs samples", "a whole number >= 1", String(batches.size));
  }
  if (!isCount(worldSize) || !Number.isSafeInteger(rank) || rank < 0 || rank >= worldSize) {
    throw badArgument("there is no such rank", "0 <= rank < worldSize", `${rank} of ${worldSize}`);
  }
  if (worldSize > batches.size) {
    throw badArgument(
      "the global batch is smaller than the number of ranks",
      `at least ${worldSize} samples`,
      String(batches.size),
    );
  }
}
