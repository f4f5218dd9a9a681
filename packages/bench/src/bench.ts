import type { Data } from "./data.js";

/** What every bench is given. */
export interface Context {
  readonly data: Data;
  /** Timed rounds. */
  readonly rounds: number;
  /** The interpreter that has the Python peers; where there is none, why. */
  readonly python: { readonly path: string } | { readonly missing: string };
  /** Versions of the readers that took part, by name. */
  readonly versions: Map<string, Readonly<Record<string, string>>>;
}

/** One way of doing one piece of work: all its times. */
export interface Measurement {
  readonly case: string;
  readonly reader: string;
  readonly variant: string;
  /** Milliseconds of every round. */
  readonly ms: readonly number[];
  readonly bytes: number;
  /** Files or samples of one call, where it is about those. */
  readonly count?: number;
}

/** A measured figure with its spread, or why there is none. */
export type Value =
  | {
      readonly value: number;
      /** Quartiles over the rounds, where there were rounds. */
      readonly low?: number;
      readonly high?: number;
      /** Which of our ways it is about, where there is a choice. */
      readonly by?: string;
      /** What it was measured against. */
      readonly against?: string;
      /** The most that this machine allows, as measured in the same rounds. */
      readonly limit?: number;
      /** The same against those that are slower. */
      readonly others?: readonly { readonly against: string; readonly value: number }[];
    }
  | { readonly missing: string };

/** What was measured of a row: its figures, by name. */
export interface Outcome {
  readonly row: string;
  readonly values: Readonly<Record<string, Value>>;
  /** What a reader of the figures must know. */
  readonly notes?: readonly string[];
}

export interface Result {
  readonly outcomes: readonly Outcome[];
  readonly measurements: readonly Measurement[];
}

/** Rows that are measured together, in the same rounds. */
export interface Bench {
  readonly rows: readonly string[];
  run(context: Context): Promise<Result>;
}

/** A figure with the machine's limit of it, a figure of the same rounds. */
export function within(figure: Value, limit: Value): Value {
  return "missing" in figure || "missing" in limit ? figure : { ...figure, limit: limit.value };
}

/** All figures of a row missing for one reason. */
export function missingRow(row: string, figures: readonly string[], missing: string): Outcome {
  return { row, values: Object.fromEntries(figures.map((name) => [name, { missing }])) };
}
