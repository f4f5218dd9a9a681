/** Statistics of a frame: in one pass over tables, merged over workers. */
import { FlatLambdaCDM } from "../astronomy/cosmology.js";
import { isTableError, tableError } from "../errors.js";
import type { FitsTable } from "../fits-table.js";
import { unitFactor } from "../units.js";
import { compareValues } from "./category-counts.js";
import {
  ColumnStatistics,
  type ColumnStatisticsState,
  type ColumnSummary,
} from "./column-statistics.js";
import { type FitOptions, type FramePlan, type PlannedFeature, planFrame } from "./plan.js";
import { semanticType } from "./registry.js";
import type { FeatureInput } from "./semantic-type.js";

/** Statistics by feature, then by what its type measures. */
export type FrameSummaries = Readonly<Record<string, Readonly<Record<string, ColumnSummary>>>>;

/** What {@link FrameStatistics} are sent to another process as: plain data. */
export interface FrameStatisticsState {
  /** The features. */
  readonly plan: FramePlan;
  /** By feature, then by what its type measures. */
  readonly statistics: Readonly<Record<string, Readonly<Record<string, ColumnStatisticsState>>>>;
}

/** The target, if there is one, goes by this name among the statistics: no column has it. */
const TARGET = "\0target";

/** Categories of a target by value: a label must not depend on how often it occurs. */
export function sortedTarget(summaries: FrameSummaries): FrameSummaries {
  const value = summaries[TARGET]?.["value"];
  if (value?.categories === undefined) return summaries;
  const { values, counts, error } = value.categories;
  const order = values.map((_, i) => i);
  order.sort((a, b) => compareValues(values[a] ?? "", values[b] ?? ""));
  const categories = {
    values: order.map((i) => values[i] ?? ""),
    counts: order.map((i) => counts[i] ?? 0),
    error,
  };
  return { ...summaries, [TARGET]: { value: { ...value, categories } } };
}

/** The key of a feature among the statistics. */
export function featureKey(feature: PlannedFeature, plan: FramePlan): string {
  return feature === plan.target ? TARGET : feature.name;
}

/** Whether two units are one, however they are written; an empty one says nothing. */
function isSameUnit(a: string, b: string): boolean {
  if (a === b || a === "" || b === "") return true;
  try {
    return unitFactor(a, b) === 1;
  } catch (error) {
    if (isTableError(error, "TABLE_UNIT")) return false;
    throw error;
  }
}

/** The columns of a feature in a table, whose units must be those of the fit. */
export function inputOf(feature: PlannedFeature, table: FitsTable): FeatureInput {
  const columns = feature.columns.map((name, i) => {
    const column = table.column(name);
    const [unit, fitted] = [column.info.unit.trim(), feature.units[i] ?? ""];
    // Positions are read in any unit of angle.
    if (feature.type !== "coordinate" && !isSameUnit(unit, fitted)) {
      throw tableError({
        code: "TABLE_UNIT",
        what: "the column has another unit than at the fit",
        expected: fitted,
        found: unit,
        column: name,
      });
    }
    return column;
  });
  return { feature, columns, rows: table.rows };
}

/**
 * What a fit knows: the features, and their statistics so far. Parts of a survey may be added in
 * different workers and merged:
 *
 * ```ts
 * const all = FrameStatistics.plan(firstTable, { target: "redshift" });
 * // In each worker: FrameStatistics.from(all.toJSON()), add its tables, send toJSON() back.
 * for (const state of states) all.merge(FrameStatistics.from(state));
 * const encoder = new FrameEncoder(all);
 * ```
 */
export class FrameStatistics {
  /** The features. */
  readonly plan: FramePlan;
  readonly #cosmology: FlatLambdaCDM;
  readonly #statistics = new Map<string, Map<string, ColumnStatistics>>();

  private constructor(plan: FramePlan) {
    this.plan = plan;
    this.#cosmology = new FlatLambdaCDM(plan.cosmology);
  }

  /** Plans a frame by a table, without counting its rows. */
  static plan(table: FitsTable, options: FitOptions = {}): FrameStatistics {
    return new FrameStatistics(planFrame(table, options));
  }

  /** What {@link toJSON} gave, here or in another process. */
  static from({ plan, statistics }: FrameStatisticsState): FrameStatistics {
    const out = new FrameStatistics(plan);
    for (const [feature, parts] of Object.entries(statistics)) {
      for (const [part, state] of Object.entries(parts)) {
        out.#part(feature, part).merge(ColumnStatistics.from(state));
      }
    }
    return out;
  }

  #part(feature: string, part: string): ColumnStatistics {
    const parts = this.#statistics.get(feature) ?? new Map<string, ColumnStatistics>();
    this.#statistics.set(feature, parts);
    const known = parts.get(part) ?? new ColumnStatistics();
    parts.set(part, known);
    return known;
  }

  /**
   * Takes the rows of a table.
   *
   * @throws {TableError} TABLE_NO_COLUMN, TABLE_TYPE or TABLE_UNIT where it does not fit the plan.
   */
  add(table: FitsTable): void {
    const { features, target } = this.plan;
    const context = { cosmology: this.#cosmology };
    for (const feature of target === undefined ? features : [...features, target]) {
      const measured = semanticType(feature.type).measure(inputOf(feature, table), context);
      for (const [part, measurement] of Object.entries(measured)) {
        this.#part(featureKey(feature, this.plan), part).add(measurement);
      }
    }
  }

  /**
   * Takes the statistics of other rows.
   *
   * @throws {TableError} TABLE_BAD_ARGUMENT where they are of other features.
   */
  merge(other: FrameStatistics): void {
    if (JSON.stringify(other.plan) !== JSON.stringify(this.plan)) {
      throw tableError({
        code: "TABLE_BAD_ARGUMENT",
        what: "statistics of different frames do not merge",
        expected: "one plan for all workers",
        found: "other features or options",
      });
    }
    for (const [feature, parts] of other.#statistics) {
      for (const [part, statistics] of parts) this.#part(feature, part).merge(statistics);
    }
  }

  /** What is known now. */
  summaries(): FrameSummaries {
    return this.#mapped((statistics) => statistics.summary());
  }

  /** All of it, as plain data for another process to merge. */
  toJSON(): FrameStatisticsState {
    return { plan: this.plan, statistics: this.#mapped((statistics) => statistics.toJSON()) };
  }

  #mapped<T>(of: (statistics: ColumnStatistics) => T): Record<string, Record<string, T>> {
    const entries = [...this.#statistics].map(([feature, parts]) => {
      const made = [...parts].map(([part, statistics]) => [part, of(statistics)] as const);
      return [feature, Object.fromEntries(made)] as const;
    });
    return Object.fromEntries(entries);
  }
}
