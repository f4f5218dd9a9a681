import { Permutation } from "./permutation.js";

/** How far a shuffle mixes. */
export interface ShuffleSpec {
  readonly seed: number;
  /**
   * Samples that stay together: blocks of this many neighbours (of one file, as a rule) are moved as
   * one, so that files are read in runs. 1 shuffles everything with everything.
   */
  readonly block: number;
  /** Blocks that are mixed with each other after they were moved. */
  readonly window: number;
}

/**
 * Keeps what was made for the last key: positions are asked for in order, so it is the one that is
 * asked for again.
 */
export function keepingLast<T>(make: (key: number) => T): (key: number) => T {
  let last: { readonly key: number; readonly made: T } | undefined;
  return (key) => {
    if (last?.key !== key) last = { key, made: make(key) };
    return last.made;
  };
}

/**
 * Which of `length` elements comes at each position of an epoch: blocks in random order, and within
 * each window of them every sample in random order. A pure function with constant memory; every
 * element comes once.
 *
 * @param op Distinguishes several shuffles of one dataset.
 */
export function shuffler(
  length: number,
  spec: ShuffleSpec,
  op: number,
): (epoch: number) => (position: number) => number {
  const block = Math.min(Math.max(1, spec.block), Math.max(1, length));
  const blocks = Math.ceil(length / block);
  const windowBlocks = Math.min(Math.max(1, spec.window), Math.max(1, blocks));
  const windowLength = windowBlocks * block;
  return keepingLast((epoch) => {
    const permutation = (size: number, id: number): Permutation =>
      new Permutation(size, { seed: spec.seed, epoch, id, op });
    const ofBlocks = permutation(blocks, 0);
    if (block === 1) return (position) => ofBlocks.at(position);
    const ofWindow = keepingLast((index) =>
      permutation(Math.min(windowBlocks, blocks - index * windowBlocks) * block, 1 + index),
    );
    // A permutation of 0 .. blocks*block-1; the last block may reach beyond `length`.
    const permute = (position: number): number => {
      const index = Math.floor(position / windowLength);
      const mixed = ofWindow(index).at(position - index * windowLength);
      const moved = ofBlocks.at(index * windowBlocks + Math.floor(mixed / block));
      return moved * block + (mixed % block);
    };
    return (position) => {
      let x = position;
      do x = permute(x);
      while (x >= length);
      return x;
    };
  });
}
