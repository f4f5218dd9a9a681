import { rngFor } from "../random.js";

/** Rounds of the network. Four make it a pseudorandom permutation (Luby and Rackoff 1988). */
const rounds = 6;

/** Mixes 32 bits (the finalizer of MurmurHash3, Appleby 2011). */
function mix(x: number): number {
  let h = x;
  h = Math.imul(h ^ (h >>> 16), 0x85ebca6b);
  h = Math.imul(h ^ (h >>> 13), 0xc2b2ae35);
  return (h ^ (h >>> 16)) >>> 0;
}

/**
 * A shuffle of 0 .. length-1 that is computed one element at a time, in constant memory: a Feistel
 * network on the smallest power of two that holds `length`, with cycle walking for the numbers above
 * it (Black and Rogaway, "Ciphers with Arbitrary Finite Domains", 2002). Fewer than two steps of the
 * walk on average.
 */
export class Permutation {
  readonly length: number;
  readonly #keys: readonly number[];
  readonly #lowRange: number;
  readonly #highMask: number;

  /**
   * @param length At most 2^52.
   * @param key Numbers that name this permutation; another key gives another one.
   */
  constructor(
    length: number,
    key: {
      readonly seed: number;
      readonly epoch: number;
      readonly id: number;
      readonly op: number;
    },
  ) {
    this.length = length;
    const bits = Math.max(2, Math.ceil(Math.log2(Math.max(length, 2))));
    const highBits = bits >> 1;
    this.#lowRange = 2 ** (bits - highBits);
    this.#highMask = 2 ** highBits - 1;
    const rng = rngFor(key.seed, key.epoch, key.id, key.op);
    this.#keys = Array.from({ length: rounds }, () => rng.uint32());
  }

  /** Element `i` of the shuffled numbers, for 0 <= i < length. */
  at(i: number): number {
    let x = i;
    do x = this.#encipher(x);
    while (x >= this.length);
    return x;
  }

  /**
   * One pass of the network. The halves differ by a bit where the number of bits is odd, so they keep
   * their widths and take turns being changed.
   */
  #encipher(x: number): number {
    const lowRange = this.#lowRange;
    const highMask = this.#highMask;
    const lowMask = lowRange - 1;
    let high = Math.floor(x / lowRange);
    let low = x % lowRange;
    for (let r = 0; r < rounds; r += 2) {
      high ^= mix(low ^ (this.#keys[r] ?? 0)) & highMask;
      low ^= mix(high ^ (this.#keys[r + 1] ?? 0)) & lowMask;
    }
    return (high >>> 0) * lowRange + (low >>> 0);
  }
}
