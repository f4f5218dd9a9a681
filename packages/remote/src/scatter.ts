import type { ByteRange } from "./byte-source.js";

interface Piece {
  readonly start: number;
  readonly end: number;
  /** Where its first byte goes in the target. */
  readonly at: number;
  /** The furthest end of this and all pieces before it; grows, so it can be searched. */
  reach: number;
}

function layOut(ranges: readonly ByteRange[]): readonly Piece[] {
  let at = 0;
  const pieces = ranges.map(({ offset, length }): Piece => {
    const end = offset + length;
    const piece = { start: offset, end, at, reach: end };
    at += length;
    return piece;
  });
  pieces.sort((a, b) => a.start - b.start);
  let reach = 0;
  for (const piece of pieces) {
    reach = Math.max(reach, piece.end);
    piece.reach = reach;
  }
  return pieces;
}

/** Brings bytes of the file, in whatever order they come, to their places in a read's target. */
export class Scatter {
  readonly #target: Uint8Array;
  readonly #pieces: readonly Piece[];

  constructor(ranges: readonly ByteRange[], target: Uint8Array) {
    this.#target = target;
    this.#pieces = layOut(ranges);
  }

  /** Copies what the ranges want of `bytes`, which begin at `offset` in the file; says how much. */
  write(offset: number, bytes: Uint8Array): number {
    const end = offset + bytes.length;
    let copied = 0;
    for (let i = this.#firstReaching(offset); i < this.#pieces.length; ++i) {
      const piece = this.#pieces[i];
      if (piece === undefined || piece.start >= end) break;
      const from = Math.max(offset, piece.start);
      const to = Math.min(end, piece.end);
      if (from >= to) continue;
      this.#target.set(bytes.subarray(from - offset, to - offset), piece.at + from - piece.start);
      copied += to - from;
    }
    return copied;
  }

  /** Index of the first piece that may have bytes after `offset`. */
  #firstReaching(offset: number): number {
    let low = 0;
    let high = this.#pieces.length;
    while (low < high) {
      const middle = (low + high) >> 1;
      if ((this.#pieces[middle]?.reach ?? 0) > offset) high = middle;
      else low = middle + 1;
    }
    return low;
  }
}
