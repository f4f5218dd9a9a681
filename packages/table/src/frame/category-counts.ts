/** How often each category occurs: exact up to a limit, then the most frequent with a stated error. */
import type { Key } from "./values.js";

/** What the counts are saved as. */
export interface CategoryCountsState {
  /** Values as text, and how often each occurs. */
  readonly counts: readonly (readonly [value: string, count: number])[];
  /** By how much each count may be too low; 0 while all values are kept. */
  readonly error: number;
}

/**
 * Values that are kept. Beyond twice as many, the counts become a summary of Misra & Gries (1982),
 * which merges (Agarwal et al. 2012): no count is off by more than the rows over this number.
 */
const LIMIT = 2 ** 16;

export class CategoryCounts {
  #counts = new Map<string, number>();
  #error = 0;

  static from({ counts, error }: CategoryCountsState): CategoryCounts {
    const out = new CategoryCounts();
    out.#counts = new Map(counts);
    out.#error = error;
    return out;
  }

  /** Takes values; null are skipped. */
  add(keys: readonly (Key | null)[]): void {
    // Counted as they are first: making a text of each number costs more than counting it.
    const counts = new Map<Key, number>();
    for (const key of keys) if (key !== null) counts.set(key, (counts.get(key) ?? 0) + 1);
    for (const [key, count] of counts) this.#count(String(key), count);
  }

  #count(value: string, count: number): void {
    this.#counts.set(value, (this.#counts.get(value) ?? 0) + count);
    if (this.#counts.size > 2 * LIMIT) this.#prune();
  }

  /** Takes the count of the first value that does not fit off all of them. */
  #prune(): void {
    const descending = Float64Array.from(this.#counts.values()).sort().reverse();
    const excess = descending[LIMIT] ?? 0;
    this.#error += excess;
    const kept = [...this.#counts].map(([value, count]) => [value, count - excess] as const);
    this.#counts = new Map(kept.filter(([, count]) => count > 0));
  }

  merge(other: CategoryCounts): void {
    this.#error += other.#error;
    for (const [value, count] of other.#counts) this.#count(value, count);
  }

  /** The most frequent first; equal ones by value, numbers as numbers. */
  toJSON(): CategoryCountsState {
    const counts = [...this.#counts].sort(([a, n], [b, m]) => m - n || compareValues(a, b));
    return { counts, error: this.#error };
  }
}

/** Numbers by size, before texts by their characters: the same order in every locale. */
export function compareValues(a: string, b: string): number {
  const difference = Number(a) - Number(b);
  if (a !== "" && b !== "" && difference !== 0 && !Number.isNaN(difference)) return difference;
  return a < b ? -1 : Number(a > b);
}
