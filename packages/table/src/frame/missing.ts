/** What is put in the place of numbers that are not there. */
import { tableError } from "../errors.js";
import type { ColumnSummary } from "./column-statistics.js";
import { columnOf, type EncodeContext, type FeatureInput } from "./semantic-type.js";
import { type NumbersRead, numbersOf } from "./values.js";

/** "keep" leaves NaN; the others are statistics of the fit. */
export type MissingStrategy = "keep" | "mean" | "median" | "zeros";

/** Options that all types of numbers have. */
export interface NumberOptions {
  /** Numbers that stand for "no value": they become null, and are counted. */
  readonly sentinels: readonly number[];
  /** What missing numbers become. */
  readonly missing: MissingStrategy;
}

/** The numbers of a feature's column, its sentinels gone. */
export function readNumbers(input: FeatureInput, i = 0): NumbersRead {
  const { sentinels } = input.feature.options as unknown as NumberOptions;
  return numbersOf(columnOf(input, i), sentinels);
}

function replacement(strategy: MissingStrategy, summary: ColumnSummary | undefined): number {
  if (strategy === "keep" || strategy === "zeros") return strategy === "keep" ? Number.NaN : 0;
  const numbers = summary?.numbers;
  const of = { mean: numbers?.mean, median: numbers?.quantiles["50"] };
  if (!(strategy in of)) {
    throw tableError({
      code: "TABLE_BAD_ARGUMENT",
      what: "there is no such strategy for missing numbers",
      expected: "keep, mean, median or zeros",
      found: String(strategy),
    });
  }
  return numbers === undefined || numbers.count === 0 ? Number.NaN : (of[strategy] ?? Number.NaN);
}

/** Numbers whose NaN are replaced as the feature's options say, by the statistics called `part`. */
export function filled(
  numbers: Float64Array,
  { feature }: FeatureInput,
  { statistics }: EncodeContext,
  part: string,
): Float64Array {
  const { missing } = feature.options as unknown as NumberOptions;
  const value = replacement(missing, statistics[part]);
  if (Number.isNaN(value)) return numbers;
  return numbers.map((number) => (Number.isNaN(number) ? value : number));
}
