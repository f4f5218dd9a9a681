/** Spreads the bits of a 32-bit integer (the finaliser of MurmurHash3). */
export function hash(value: number): number {
  let h = value | 0;
  h = Math.imul(h ^ (h >>> 16), 0x85ebca6b);
  h = Math.imul(h ^ (h >>> 13), 0xc2b2ae35);
  return (h ^ (h >>> 16)) >>> 0;
}

/** Random numbers that depend on a list of keys alone: sfc32, whose 128 bits of state do not repeat. */
export class Random {
  #a = 0x9e3779b9;
  #b = 0x243f6a88;
  #c = 0xb7e15162;
  #count = 1;
  #spare: number | undefined;

  /** One stream for each list of integers, so that what is drawn for one thing moves nothing else. */
  constructor(...keys: readonly number[]) {
    for (const key of keys) {
      this.#a = hash(this.#a ^ key);
      this.#b = hash(this.#b + this.#a);
      this.#c = hash(this.#c ^ this.#b);
    }
    for (let i = 0; i < 12; ++i) this.uniform();
  }

  /** In [0, 1). */
  uniform(): number {
    const sum = (this.#a + this.#b + this.#count++) | 0;
    this.#a = this.#b ^ (this.#b >>> 9);
    this.#b = (this.#c + (this.#c << 3)) | 0;
    this.#c = (((this.#c << 21) | (this.#c >>> 11)) + sum) | 0;
    return (sum >>> 0) / 2 ** 32;
  }

  between(low: number, high: number): number {
    return low + (high - low) * this.uniform();
  }

  /** Mean 0, standard deviation 1 (Marsaglia's polar method, two at a time). */
  normal(): number {
    if (this.#spare !== undefined) {
      const spare = this.#spare;
      this.#spare = undefined;
      return spare;
    }
    for (;;) {
      const u = 2 * this.uniform() - 1;
      const v = 2 * this.uniform() - 1;
      const s = u * u + v * v;
      if (s >= 1 || s === 0) continue;
      const scale = Math.sqrt((-2 * Math.log(s)) / s);
      this.#spare = v * scale;
      return u * scale;
    }
  }

  /** Between `low` and `high`, with a density that falls as `x ** -slope` (slope other than 1). */
  powerLaw(low: number, high: number, slope: number): number {
    const k = 1 - slope;
    return (low ** k + this.uniform() * (high ** k - low ** k)) ** (1 / k);
  }
}
