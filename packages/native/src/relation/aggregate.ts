import { binding } from "../binding.js";
import type { RawAggregate } from "../raw/relation.js";
import { type KeyColumn, type RelationOptions, runVerb, toRaw } from "./key-column.js";

/**
 * A statistic of the values of a group that are not null:
 *
 * - `count`: how many there are.
 * - `sum`: of integers exact, of floats compensated (as if summed with twice the precision).
 * - `mean`, and `std` of a sample (by n - 1, in two passes). Of integers from their exact sum.
 * - `min`, `max`, `first`, `last`: the row of the value, the first one of several equal ones.
 * - `median`, and quantiles from 0 to 1, interpolated linearly as numpy does by default.
 *
 * Integers beyond 2^53 count as the nearest double in `std`, `median` and quantiles.
 */
export type Statistic =
  | "count"
  | "sum"
  | "mean"
  | "std"
  | "min"
  | "max"
  | "median"
  | "first"
  | "last"
  | {
      /** From 0 to 1. */
      readonly quantile: number;
    };

/** Which rows make a group. */
export interface GroupedRows {
  /** How many rows there are. */
  readonly rows: number;
  /** Row -> group, as `factorize` gives it. Absent: all rows are one group. */
  readonly codes?: Uint32Array | undefined;
  /** Number of groups, more than any code; 1 by default. */
  readonly groups?: number | undefined;
}

/** Rows, by group, of `min`, `max`, `first` and `last`; `NO_ROW` where all values are null. */
export interface StatisticRows {
  /** To gather the values by. */
  readonly rows: Uint32Array;
}

/** Values by group. */
export interface StatisticValues<
  A extends Uint32Array | BigInt64Array | Float64Array = Uint32Array | BigInt64Array | Float64Array,
> {
  /** Of `count` 32-bit integers, of the `sum` of integers 64-bit ones, of the others doubles. */
  readonly data: A;
  /**
   * A bit per group, lowest first, 0 where too few values are not null: none, of `std` fewer than
   * two. Absent: all groups have a value.
   */
  readonly validity?: Uint8Array | undefined;
}

/** What each statistic gives, in the order in which they were asked for. */
export type AggregatedStatistics<S extends readonly Statistic[]> = {
  readonly [K in keyof S]: S[K] extends "min" | "max" | "first" | "last"
    ? StatisticRows
    : S[K] extends "count"
      ? StatisticValues<Uint32Array>
      : S[K] extends "sum"
        ? StatisticValues<BigInt64Array | Float64Array>
        : S[K] extends "mean" | "std" | "median" | { readonly quantile: number }
          ? StatisticValues<Float64Array>
          : StatisticRows | StatisticValues;
};

const rowStatistics: ReadonlySet<Statistic> = new Set(["min", "max", "first", "last"]);

function fromRaw(statistic: Statistic, raw: RawAggregate): StatisticRows | StatisticValues {
  const { counts = new ArrayBuffer(0), integers, doubles } = raw;
  if (rowStatistics.has(statistic)) return { rows: new Uint32Array(counts) };
  const validity = raw.validity && new Uint8Array(raw.validity);
  if (integers !== undefined) return { data: new BigInt64Array(integers), validity };
  if (doubles !== undefined) return { data: new Float64Array(doubles), validity };
  return { data: new Uint32Array(counts), validity };
}

/**
 * Statistics of a column's values by group. Strings have `count`, `min`, `max`, `first` and `last`.
 *
 * @throws {FitsArgumentError} FITS_BAD_ARGUMENT when column, codes and rows do not fit, a quantile
 *   is not from 0 to 1, or strings are asked for a statistic of numbers; FITS_OUT_OF_BOUNDS for a
 *   code that is no group; FITS_LIMIT when the sum of integers leaves 64 bits.
 */
export async function aggregate<const S extends readonly Statistic[]>(
  values: KeyColumn,
  { rows, codes, groups = 1 }: GroupedRows,
  statistics: S,
  options: RelationOptions = {},
): Promise<AggregatedStatistics<S>> {
  const raw = await runVerb(options, (control) => {
    const names = statistics.map((s) => (typeof s === "string" ? s : s.quantile));
    return binding.aggregate(toRaw(values), { rows, codes, groups }, names, control);
  });
  const results = raw.map((r, i) => fromRaw(statistics[i] ?? "count", r));
  return results as unknown as AggregatedStatistics<S>;
}
