/** Statistics of one measured quantity: in one pass, and merged over files and workers. */
import { CategoryCounts, type CategoryCountsState } from "./category-counts.js";
import { Moments, type MomentsState } from "./moments.js";
import { QuantileSketch, type QuantileSketchState } from "./quantile-sketch.js";
import type { Key, Missing } from "./values.js";

/** What a semantic type measures of some rows: numbers, or keys, or neither (only counts). */
export interface Measurement extends Missing {
  /** Rows that were measured. */
  readonly rows: number;
  /** Numbers, NaN where there is none. */
  readonly numbers?: Float64Array;
  /** Values to tell apart, null where there is none. */
  readonly keys?: readonly (Key | null)[];
}

/** Statistics of finite numbers. */
export interface NumberSummary {
  /** How many. */
  readonly count: number;
  /** Their mean. */
  readonly mean: number;
  /** Their standard deviation, as numpy's: of the population, not an estimate of a larger one's. */
  readonly std: number;
  /** The smallest; null without any. */
  readonly min: number | null;
  /** The largest; null without any. */
  readonly max: number | null;
  /** Values at 0, 1, 5, 25, 50, 75, 95, 99 and 100 %, by these names; empty without any. */
  readonly quantiles: Readonly<Record<string, number>>;
  /** How far the rank of a quantile may be off, as a fraction of the count. */
  readonly rankError: number;
}

/** Statistics of categories. */
export interface CategorySummary {
  /** As text, the most frequent first. */
  readonly values: readonly string[];
  /** How often each occurs. */
  readonly counts: readonly number[];
  /** By how much each count may be too low: 0 unless there were more than 131,072 values. */
  readonly error: number;
}

/** What is known of one measured quantity: plain data. */
export interface ColumnSummary extends Missing {
  /** Rows that were measured. */
  readonly rows: number;
  /** Of numbers. */
  readonly numbers?: NumberSummary;
  /** Of categories. */
  readonly categories?: CategorySummary;
}

const PERCENTS = [0, 1, 5, 25, 50, 75, 95, 99, 100];

/** What {@link ColumnStatistics} are saved as, for another process to merge. */
export interface ColumnStatisticsState extends Missing {
  /** Rows that were measured. */
  readonly rows: number;
  /** Mean and spread. */
  readonly moments?: MomentsState;
  /** Quantiles. */
  readonly sketch?: QuantileSketchState;
  /** Categories. */
  readonly categories?: CategoryCountsState;
}

/**
 * Statistics that grow with measurements, and merge: parts of a survey give what the whole gives,
 * counts exactly, mean and std to rounding, quantiles within their stated error.
 */
export class ColumnStatistics {
  #rows = 0;
  #missing = { nulls: 0, nan: 0, sentinels: 0 };
  #numbers: { moments: Moments; sketch: QuantileSketch } | undefined;
  #categories: CategoryCounts | undefined;

  /** What was saved by {@link toJSON}. */
  static from(state: ColumnStatisticsState): ColumnStatistics {
    const out = new ColumnStatistics();
    out.#count(state);
    if (state.moments !== undefined && state.sketch !== undefined) {
      const [moments, sketch] = [Moments.from(state.moments), QuantileSketch.from(state.sketch)];
      out.#numbers = { moments, sketch };
    }
    if (state.categories !== undefined) out.#categories = CategoryCounts.from(state.categories);
    return out;
  }

  #count({ rows, nulls, nan, sentinels }: Missing & { readonly rows: number }): void {
    this.#rows += rows;
    this.#missing.nulls += nulls;
    this.#missing.nan += nan;
    this.#missing.sentinels += sentinels;
  }

  /** Takes what was measured of more rows. */
  add(measurement: Measurement): void {
    this.#count(measurement);
    if (measurement.numbers !== undefined) {
      this.#numbers ??= { moments: new Moments(), sketch: new QuantileSketch() };
      this.#numbers.moments.add(measurement.numbers);
      this.#numbers.sketch.add(measurement.numbers);
    }
    if (measurement.keys !== undefined) {
      this.#categories ??= new CategoryCounts();
      this.#categories.add(measurement.keys);
    }
  }

  /** Takes the statistics of other rows. */
  merge(other: ColumnStatistics): void {
    this.#count({ rows: other.#rows, ...other.#missing });
    if (other.#numbers !== undefined) {
      this.#numbers ??= { moments: new Moments(), sketch: new QuantileSketch() };
      this.#numbers.moments.merge(other.#numbers.moments);
      this.#numbers.sketch.merge(other.#numbers.sketch);
    }
    if (other.#categories !== undefined) {
      this.#categories ??= new CategoryCounts();
      this.#categories.merge(other.#categories);
    }
  }

  /** What is known now. */
  summary(): ColumnSummary {
    const counts = this.#categories?.toJSON();
    return {
      rows: this.#rows,
      ...this.#missing,
      ...(this.#numbers === undefined ? {} : { numbers: summaryOf(this.#numbers) }),
      ...(counts === undefined
        ? {}
        : {
            categories: {
              values: counts.counts.map(([value]) => value),
              counts: counts.counts.map(([, count]) => count),
              error: counts.error,
            },
          }),
    };
  }

  /** All of it, for another process to merge. */
  toJSON(): ColumnStatisticsState {
    return {
      rows: this.#rows,
      ...this.#missing,
      ...(this.#numbers === undefined
        ? {}
        : { moments: this.#numbers.moments.toJSON(), sketch: this.#numbers.sketch.toJSON() }),
      ...(this.#categories === undefined ? {} : { categories: this.#categories.toJSON() }),
    };
  }
}

function summaryOf(numbers: { moments: Moments; sketch: QuantileSketch }): NumberSummary {
  const { count, mean, squares, min, max } = numbers.moments.toJSON();
  const values = numbers.sketch.quantiles(PERCENTS.map((percent) => percent / 100));
  // The ends are known exactly.
  if (min !== null && max !== null) {
    values[0] = min;
    values[values.length - 1] = max;
  }
  const named = PERCENTS.map((percent, i) => [String(percent), values[i] ?? Number.NaN] as const);
  return {
    count,
    mean,
    std: count === 0 ? 0 : Math.sqrt(squares / count),
    min,
    max,
    quantiles: count === 0 ? {} : Object.fromEntries(named),
    rankError: numbers.sketch.rankError,
  };
}
