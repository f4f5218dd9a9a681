/**
 * Mean and spread in one pass, and merged over parts (Chan, Golub & LeVeque 1979). The mean is kept as
 * the sum of two numbers: rounded to one, it would spoil the spread of numbers far from zero.
 */

/** What is kept of finite numbers: a few numbers, whatever there were. */
export interface MomentsState {
  /** How many. */
  readonly count: number;
  /** Their mean, rounded. */
  readonly mean: number;
  /** What rounding took off the mean. */
  readonly rest: number;
  /** The sum of squared differences from the mean. */
  readonly squares: number;
  /** The smallest; null without any. */
  readonly min: number | null;
  /** The largest; null without any. */
  readonly max: number | null;
}

/** Numbers a block, which is summed about its first number. */
const BLOCK = 1024;

export class Moments {
  #count = 0;
  #mean = 0;
  #rest = 0;
  #squares = 0;
  #min = Number.POSITIVE_INFINITY;
  #max = Number.NEGATIVE_INFINITY;

  static from({ count, mean, rest, squares, min, max }: MomentsState): Moments {
    const out = new Moments();
    out.#join(count, mean, rest, squares);
    if (min !== null) out.#min = min;
    if (max !== null) out.#max = max;
    return out;
  }

  /** Takes numbers; NaN are skipped. */
  add(numbers: Float64Array): void {
    for (let i = 0; i < numbers.length; i += BLOCK) this.#addBlock(numbers.subarray(i, i + BLOCK));
  }

  #addBlock(numbers: Float64Array): void {
    const pivot = numbers.find((value) => !Number.isNaN(value)) ?? 0;
    let [count, sum] = [0, 0];
    for (const value of numbers) {
      if (Number.isNaN(value)) continue;
      count += 1;
      sum += value - pivot;
      if (value < this.#min) this.#min = value;
      if (value > this.#max) this.#max = value;
    }
    const shift = count === 0 ? 0 : sum / count;
    let squares = 0;
    for (const value of numbers) {
      if (!Number.isNaN(value)) squares += (value - pivot - shift) ** 2;
    }
    this.#join(count, pivot, shift, squares);
  }

  /** Takes numbers of which `mean + rest` is the mean. */
  #join(count: number, mean: number, rest: number, squares: number): void {
    if (count === 0) return;
    const total = this.#count + count;
    const apart = mean - this.#mean + (rest - this.#rest);
    this.#squares += squares + apart * apart * ((this.#count * count) / total);
    this.#count = total;
    this.#move(count === total ? mean : 0, count === total ? rest : (apart * count) / total);
  }

  /** Adds to the mean, and keeps what rounding takes off (Knuth's two-sum). */
  #move(by: number, rest: number): void {
    const before = this.#mean + by;
    const added = this.#rest + rest;
    this.#mean = before + added;
    const part = this.#mean - before;
    this.#rest = before - (this.#mean - part) + (added - part);
  }

  merge(other: Moments): void {
    this.#join(other.#count, other.#mean, other.#rest, other.#squares);
    this.#min = Math.min(this.#min, other.#min);
    this.#max = Math.max(this.#max, other.#max);
  }

  toJSON(): MomentsState {
    const isEmpty = this.#count === 0;
    return {
      count: this.#count,
      mean: this.#mean,
      rest: this.#rest,
      squares: this.#squares,
      min: isEmpty ? null : this.#min,
      max: isEmpty ? null : this.#max,
    };
  }
}
