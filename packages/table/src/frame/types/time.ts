import { filled, type NumberOptions, readNumbers } from "../missing.js";
import { columnOf, type FeatureInput, floatPart, type SemanticType } from "../semantic-type.js";
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

/**
 * Days: modified Julian dates, Julian dates or ISO 8601 strings, in the time scale they are given in.
 * They become days since the first whole day of the fit, in float32 as the sum of two columns, of which one alone
 * is good to minutes only.
 */
export const time: SemanticType = {
  name: "time",
  defaults: { sentinels: [-9999], missing: "keep", period: 0 },
  measure: (input) => ({ mjd: { rows: input.rows, ...read(input) } }),
  encode: (input, context) => {
    const { name, options } = input.feature;
    const { period } = options as unknown as TimeOptions;
    const mjd = filled(read(input).numbers, input, context, "mjd");
    const epoch = Math.floor(context.statistics["mjd"]?.numbers?.min ?? 0);
    const days = mjd.map((day) => day - epoch);
    const high = days.map(Math.fround);
    const low = days.map((day, i) => day - (high[i] as number));
    const phase = (of: (turn: number) => number): Float64Array =>
      mjd.map((day) => of(2 * Math.PI * ((day / period) % 1)));
    const columns = {
      ...(context.dtype === "float64" ? { [name]: days } : { [name]: high, [`${name}.low`]: low }),
      ...(period > 0 ? { [`${name}.sin`]: phase(Math.sin), [`${name}.cos`]: phase(Math.cos) } : {}),
    };
    return [floatPart("time", columns, context.dtype)];
  },
};
