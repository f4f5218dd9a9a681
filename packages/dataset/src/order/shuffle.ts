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
 * Which of `length` elements comes at a position of an epoch: blocks in random order, and within
 * each window of them every sample in random order. A pure function with constant memory; every
 * element comes once.
 *
 * @param op Distinguishes several shuffles of one dataset.
 */
export function shuffler(
  length: number,
  spec: ShuffleSpec,
  op: number,
): (epoch: number, position: number) => number {
  const block = Math.min(Math.max(1, spec.block), Math.max(1, length));
  const blocks = Math.ceil(length / block);
  const windowBlocks = Math.min(Math.max(1, spec.window), Math.max(1, blocks));
  const windowLength = windowBlocks * block;
  const key = (epoch: number, id: number) => ({ seed: spec.seed, epoch, id, op });
  // Positions come in order, so the last permutations are the ones that are asked for again.
  let ofBlocks = { epoch: Number.NaN, permutation: new Permutation(1, key(0, 0)) };
  let ofWindow = { epoch: Number.NaN, index: -1, permutation: new Permutation(1, key(0, 0)) };

  const blockAt = (epoch: number, i: number): number => {
    if (ofBlocks.epoch !== epoch) {
      ofBlocks = { epoch, permutation: new Permutation(blocks, key(epoch, 0)) };
    }
    return ofBlocks.permutation.at(i);
  };
  const withinWindow = (epoch: number, index: number, i: number): number => {
    if (ofWindow.epoch !== epoch || ofWindow.index !== index) {
      const length = Math.min(windowBlocks, blocks - index * windowBlocks) * block;
      ofWindow = { epoch, index, permutation: new Permutation(length, key(epoch, 1 + index)) };
    }
    return ofWindow.permutation.at(i);
  };
  // A permutation of 0 .. blocks*block-1; the last block may reach beyond `length`.
  const permute = (epoch: number, position: number): number => {
    if (block === 1) return blockAt(epoch, position);
    const index = Math.floor(position / windowLength);
    const mixed = withinWindow(epoch, index, position - index * windowLength);
    const moved = blockAt(epoch, index * windowBlocks + Math.floor(mixed / block));
    return moved * block + (mixed % block);
  };
  return (epoch, position) => {
    let x = position;
    do x = permute(epoch, x);
    while (x >= length);
    return x;
  };
}
