import { fitsError } from "@fitstream/native";

const WORD = 2 ** 32;
const MAX_SEED = Number.MAX_SAFE_INTEGER;
const MAX_OP = 2 ** 11 - 1;

/** The high 32 bits of the 64-bit product of two 32-bit words. */
function highHalf(a: number, b: number): number {
  const a0 = a & 0xffff;
  const a1 = a >>> 16;
  const b0 = b & 0xffff;
  const b1 = b >>> 16;
  const middle = a1 * b0 + ((a0 * b0) >>> 16);
  const low = a0 * b1 + (middle & 0xffff);
  return a1 * b1 + (middle >>> 16) + (low >>> 16);
}

/** What sets a stream apart: the upper three words of its counters, and the key. */
export interface StreamKey {
  readonly counter: readonly [number, number, number];
  readonly key: readonly [number, number];
}

/**
 * The four random words at a 128-bit counter whose lowest word is `block`, under a 64-bit key; all
 * words are of 32 bits, lowest first. It is Philox4x32-10, a bijection of the counters of each key.
 *
 * @see Salmon, Moraes, Dror and Shaw, "Parallel random numbers: as easy as 1, 2, 3", SC11 (2011)
 */
export function philox(block: number, { counter, key }: StreamKey, out: Uint32Array): void {
  let c0 = block;
  let [c1, c2, c3] = counter;
  let [k0, k1] = key;
  for (let round = 0; round < 10; round++) {
    const high0 = highHalf(0xd2511f53, c0);
    const low0 = Math.imul(0xd2511f53, c0);
    const high1 = highHalf(0xcd9e8d57, c2);
    const low1 = Math.imul(0xcd9e8d57, c2);
    c0 = high1 ^ c1 ^ k0;
    c1 = low1;
    c2 = high0 ^ c3 ^ k1;
    c3 = low0;
    k0 = (k0 + 0x9e3779b9) | 0;
    k1 = (k1 + 0xbb67ae85) | 0;
  }
  out[0] = c0;
  out[1] = c1;
  out[2] = c2;
  out[3] = c3;
}

/**
 * Random numbers of one stream, the same on every platform. {@link rngFor} makes the stream of a
 * sample; what has been drawn from it is all the state there is.
 */
export class Rng {
  readonly #stream: StreamKey;
  readonly #words = new Uint32Array(4);
  #block = 0;
  #used = 4;

  /** Starts at block 0 of the stream. */
  constructor(stream: StreamKey) {
    this.#stream = stream;
  }

  /** An integer in [0, 2^32). */
  uint32(): number {
    if (this.#used === 4) {
      philox(this.#block++, this.#stream, this.#words);
      this.#used = 0;
    }
    return this.#words[this.#used++] as number;
  }

  /** A multiple of 2^-53 in [0, 1). */
  uniform(): number {
    const high = this.uint32() >>> 5;
    const low = this.uint32() >>> 6;
    return (high * 2 ** 26 + low) / 2 ** 53;
  }

  /**
   * An integer in [0, n), each as likely as the others.
   *
   * @throws {FitsArgumentError} FITS_BAD_ARGUMENT unless n is an integer from 1 to 2^32.
   */
  int(n: number): number {
    requireInteger("n of int", n, 1, WORD);
    // Words above the last multiple of n would favour small results.
    const end = WORD - (WORD % n);
    let word = this.uint32();
    while (word >= end) word = this.uint32();
    return word % n;
  }

  /**
   * A number of the normal distribution with mean 0 and standard deviation 1.
   *
   * The ratio of uniforms: every result is made by one division, and the logarithm, whose last bit
   * may depend on the platform, only decides which are kept.
   *
   * @see Kinderman and Monahan, ACM Transactions on Mathematical Software 3, 257 (1977)
   */
  normal(): number {
    for (;;) {
      const u = 1 - this.uniform();
      // The region's height is 2 sqrt(2 / e).
      const x = (1.7155277699214135 * (this.uniform() - 0.5)) / u;
      if (x * x <= -4 * Math.log(u)) return x;
    }
  }

  /** True with probability `p`. */
  bool(p: number): boolean {
    return this.uniform() < p;
  }
}

/**
 * The random numbers of one transform of one sample. They depend on the four arguments alone, so
 * they do not change with threads, ranks or the order of work, and streams of different arguments
 * have no block in common: the arguments are the generator's key and counter themselves.
 *
 * @param seed Of the run: an integer from 0 to 2^53 - 1.
 * @param epoch From 0 to 2^32 - 1.
 * @param id Of the sample: an integer from 0 to 2^53 - 1.
 * @param op Place of the transform among the sample's transforms: from 0 to 2047.
 * @throws {FitsArgumentError} FITS_BAD_ARGUMENT for anything else.
 */
export function rngFor(seed: number, epoch: number, id: number, op: number): Rng {
  requireInteger("seed", seed, 0, MAX_SEED);
  requireInteger("epoch", epoch, 0, WORD - 1);
  requireInteger("id", id, 0, MAX_SEED);
  requireInteger("op", op, 0, MAX_OP);
  // The high word of an id has 21 bits, which leaves 11 for `op`.
  const idHigh = Math.floor(id / WORD) | (op << 21);
  return new Rng({
    counter: [id | 0, idHigh, epoch | 0],
    key: [seed | 0, Math.floor(seed / WORD)],
  });
}

function requireInteger(name: string, value: number, least: number, most: number): void {
  if (Number.isInteger(value) && value >= least && value <= most) return;
  throw fitsError({
    code: "FITS_BAD_ARGUMENT",
    what: `${name} is not possible`,
    expected: `an integer from ${least} to ${most}`,
    found: String(value),
  });
}
