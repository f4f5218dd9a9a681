/** Columns of floats that types make: measured, filled and scaled as the options of a feature say. */
import { tableError } from "../errors.js";
import type { ColumnSummary, Measurement } from "./column-statistics.js";
import {
  columnOf,
  type DensePart,
  type EncodeContext,
  type Feature,
  type FeatureInput,
} from "./semantic-type.js";
import { type NumbersRead, numbersOf } from "./values.js";

/**
 * "keep" leaves NaN; "mean" and "median" are statistics of the fit, of each column that comes out;
 * "zeros" are zeros after scaling.
 */
export type MissingStrategy = "keep" | "mean" | "median" | "zeros";

/** "standard": by mean and standard deviation; "robust": by median and quartiles. */
export type ScaleStrategy = "none" | "standard" | "robust";

/** Options that all types of floats have. */
export interface OutputOptions {
  /** What missing numbers become; 0 where the fit had none at all. Default "keep". */
  readonly missing: MissingStrategy;
  /** Of each column that comes out, colours and distances too. Default "none". */
  readonly scale: ScaleStrategy;
  /**
   * Adds a column `NAME.missing` for each input, 1 where it is missing and else 0: a dropout tells
   * something. They are the block of the type's name and ".missing". Default false.
   */
  readonly indicator: boolean;
}

/** Options that all types of numbers have. */
export interface NumberOptions extends OutputOptions {
  /** Numbers that stand for "no value": they become null, and are counted. */
  readonly sentinels: readonly number[];
}

/** {@link OutputOptions} where nothing is said. */
export const outputDefaults: OutputOptions = { missing: "keep", scale: "none", indicator: false };

/** A column of floats that a type makes. */
export interface FloatOutput {
  /** Of the column. */
  readonly name: string;
  /** What it goes by in the statistics. */
  readonly part: string;
  /** One a row, NaN where there is none. */
  readonly numbers: Float64Array;
}

/** An input whose missing values an indicator tells. */
export type FloatInput = Pick<FloatOutput, "name" | "numbers">;

/** The numbers of a feature's column, its sentinels gone. */
export function readNumbers(input: FeatureInput, i = 0): NumbersRead {
  const { sentinels } = input.feature.options as unknown as NumberOptions;
  return numbersOf(columnOf(input, i), sentinels);
}

function checkOption(feature: Feature, option: string, known: readonly string[]): void {
  const found = feature.options[option];
  if (known.includes(String(found))) return;
  throw tableError({
    code: "TABLE_BAD_ARGUMENT",
    what: `the option ${option} has no such value`,
    expected: known.join(", "),
    found: String(found),
    column: feature.name,
  });
}

function optionsOf(feature: Feature): OutputOptions {
  checkOption(feature, "missing", ["keep", "mean", "median", "zeros"]);
  checkOption(feature, "scale", ["none", "standard", "robust"]);
  checkOption(feature, "indicator", ["true", "false"]);
  return feature.options as unknown as OutputOptions;
}

/**
 * What is measured of a feature: its inputs, and the columns that come out of them where those are
 * filled or scaled.
 */
export function measured(
  { feature, rows }: FeatureInput,
  inputs: Readonly<Record<string, Measurement>>,
  outputs: () => readonly FloatOutput[],
): Record<string, Measurement> {
  const { missing, scale } = optionsOf(feature);
  const out = { ...inputs };
  if (scale === "none" && (missing === "keep" || missing === "zeros")) return out;
  for (const { part, numbers } of outputs()) {
    if (part in out) continue;
    let nan = 0;
    for (let i = 0; i < numbers.length; ++i) nan += Number(Number.isNaN(numbers[i]));
    out[part] = { rows, nulls: 0, nan, sentinels: 0, numbers };
  }
  return out;
}

/** The line that numbers are scaled by, and what then stands for NaN. */
export interface Adjustment {
  readonly fill: number;
  readonly middle: number;
  readonly width: number;
}

/** How a feature's column is adjusted, by its statistics. */
export function adjustmentOf(feature: Feature, summary: ColumnSummary | undefined): Adjustment {
  const { missing, scale } = optionsOf(feature);
  const { count = 0, mean = 0, std = 0, quantiles: q = {} } = summary?.numbers ?? {};
  const fills = { keep: Number.NaN, mean, median: q["50"] ?? 0, zeros: 0 };
  if (scale === "none" || count === 0) return { fill: fills[missing], middle: 0, width: 1 };
  const [middle, width] =
    scale === "robust" ? [q["50"] ?? 0, (q["75"] ?? 0) - (q["25"] ?? 0)] : [mean, std];
  // A constant column has no width: it becomes zeros.
  const line = { middle, width: width || 1 };
  return { ...line, fill: missing === "zeros" ? 0 : (fills[missing] - line.middle) / line.width };
}

/** Columns as a part of floats, filled and scaled, and what tells which inputs are missing. */
export function floatParts(
  block: string,
  { feature, rows }: FeatureInput,
  outputs: readonly FloatOutput[],
  inputs: readonly FloatInput[],
  { dtype, statistics }: EncodeContext,
): DensePart[] {
  const width = outputs.length;
  const data = floats(dtype, rows * width);
  for (const [at, { part, numbers }] of outputs.entries()) {
    adjust(numbers, adjustmentOf(feature, statistics[part]), data, at, width);
  }
  const names = outputs.map(({ name }) => name);
  return [{ layout: "dense", block, names, data }, ...missingParts(block, feature, inputs, dtype)];
}

/** Indicators of missing inputs, where the feature's options want them. */
export function missingParts(
  block: string,
  feature: Feature,
  inputs: readonly FloatInput[],
  dtype: EncodeContext["dtype"],
): DensePart[] {
  if (!optionsOf(feature).indicator) return [];
  const width = inputs.length;
  const data = floats(dtype, width * (inputs[0]?.numbers.length ?? 0));
  for (const [at, { numbers }] of inputs.entries()) {
    for (let i = 0; i < numbers.length; ++i) {
      data[i * width + at] = Number(Number.isNaN(numbers[i]));
    }
  }
  const names = inputs.map(({ name }) => `${name}.missing`);
  return [{ layout: "dense", block: `${block}.missing`, names, data }];
}

/** Zeros of a frame's dtype. */
export function floats(dtype: EncodeContext["dtype"], length: number): Float32Array | Float64Array {
  return new (dtype === "float64" ? Float64Array : Float32Array)(length);
}

/** Puts numbers, filled and scaled, into every `stride`th place of an array. */
export function adjust(
  numbers: Float64Array,
  { fill, middle, width }: Adjustment,
  to: Float32Array | Float64Array,
  at: number,
  stride: number,
): void {
  for (let i = 0; i < numbers.length; ++i) {
    const value = numbers[i] as number;
    to[i * stride + at] = Number.isNaN(value) ? fill : (value - middle) / width;
  }
}
