import {
  adjustmentOf,
  type FloatOutput,
  floatParts,
  measured,
  type NumberOptions,
  outputDefaults,
  readNumbers,
} from "../outputs.js";
import {
  columnOf,
  type EncodeContext,
  type Feature,
  type FeatureInput,
  type SemanticType,
} from "../semantic-type.js";
import { secondsOf } from "../time-text.js";
import { type NumbersRead, textsOf } from "../values.js";

/** Options of `time`. */
export interface TimeOptions extends NumberOptions {
  /** Days; adds sine and cosine of the phase. 0 (default): none. */
  readonly period: number;
}

/** Modified Julian date of 1970-01-01. */
const UNIX_EPOCH = 40587;
/** Julian date minus modified Julian date. */
const JULIAN = 2400000.5;
/** Larger numbers are Julian dates: as a modified one this is the year 4596. */
const FIRST_JULIAN = 1e6;

/** Modified Julian dates. */
function read(input: FeatureInput): NumbersRead {
  const column = columnOf(input);
  if (column.layout !== "string") {
    const found = readNumbers(input);
    const { numbers } = found;
    for (const [i, day] of numbers.entries()) if (day > FIRST_JULIAN) numbers[i] = day - JULIAN;
    return found;
  }
  const texts = textsOf(column);
  const numbers = Float64Array.from(texts, (text) =>
    text === null ? Number.NaN : UNIX_EPOCH + secondsOf(text) / 86400,
  );
  const nulls = texts.filter((text) => text === null).length;
  const lost = numbers.reduce((sum, value) => sum + Number(Number.isNaN(value)), 0);
  return { numbers, nulls, nan: lost - nulls, sentinels: 0 };
}

function outputsOf({ name, options }: Feature, mjd: Float64Array): [FloatOutput, ...FloatOutput[]] {
  const { period } = options as unknown as TimeOptions;
  const phase = (part: "sin" | "cos"): FloatOutput => {
    const numbers = mjd.map((day) => Math[part](2 * Math.PI * ((day / period) % 1)));
    return { name: `${name}.${part}`, part, numbers };
  };
  const days = { name, part: "mjd", numbers: mjd };
  return period > 0 ? [days, phase("sin"), phase("cos")] : [days];
}

/** Days since the first whole one of the fit; where one float32 is too short, and what it leaves. */
function sinceFirst(
  output: FloatOutput,
  feature: Feature,
  { statistics, dtype }: EncodeContext,
): FloatOutput[] {
  const epoch = Math.floor(statistics["mjd"]?.numbers?.min ?? 0);
  const { missing } = feature.options as unknown as TimeOptions;
  // A mean is a date as others are; zeros are filled in once it is days.
  const fill = missing === "zeros" ? Number.NaN : adjustmentOf(feature, statistics["mjd"]).fill;
  const days = output.numbers.map((day) => (Number.isNaN(day) ? fill : day) - epoch);
  if (dtype === "float64") return [{ ...output, numbers: days }];
  const high = days.map(Math.fround);
  const low = days.map((day, i) => day - (high[i] as number));
  return [
    { ...output, numbers: high },
    { name: `${feature.name}.low`, part: "mjd", numbers: low },
  ];
}

/**
 * Days: modified Julian dates, Julian dates or ISO 8601 strings, in the time scale they are given in.
 * They become days since the first whole day of the fit, in float32 as the sum of two columns, of which one alone
 * is good to minutes only. Scaled ones are one column, for models that need no more than that.
 */
export const time: SemanticType = {
  name: "time",
  defaults: { sentinels: [-9999], ...outputDefaults, period: 0 },
  measure: (input) => {
    const mjd = { rows: input.rows, ...read(input) };
    return measured(input, { mjd }, () => outputsOf(input.feature, mjd.numbers));
  },
  encode: (input, context) => {
    const { feature } = input;
    const { scale } = feature.options as unknown as TimeOptions;
    const { numbers } = read(input);
    const [days, ...phases] = outputsOf(feature, numbers);
    const outputs = scale === "none" ? sinceFirst(days, feature, context) : [days];
    const inputs = [{ name: feature.name, numbers }];
    return floatParts("time", input, [...outputs, ...phases], inputs, context);
  },
};
