import type { FeatureInput } from "../semantic-type.js";
import { columnOf, type SemanticType } from "../semantic-type.js";
import { secondsOf } from "../time-text.js";
import { textsOf, wrongColumn } from "../values.js";

function read(input: FeatureInput): { numbers: Float64Array; nulls: number; nan: number } {
  const column = columnOf(input);
  if (column.layout !== "string") throw wrongColumn(column, "dates as ISO 8601 strings");
  const texts = textsOf(column);
  const numbers = Float64Array.from(texts, (text) =>
    text === null ? Number.NaN : secondsOf(text),
  );
  const nulls = texts.filter((text) => text === null).length;
  const lost = numbers.reduce((sum, value) => sum + Number(Number.isNaN(value)), 0);
  return { numbers, nulls, nan: lost - nulls };
}

const parts = ["year", "month", "day", "weekday", "hour", "minute", "second"];

/**
 * A date as text (ISO 8601, as FITS writes them): year, month, day, weekday (0 is Sunday), hour,
 * minute, second, all from 0 but the year, as int32; missing ones -1. In the time scale that it is
 * written in.
 */
export const timestamp: SemanticType = {
  name: "timestamp",
  defaults: {},
  measure: (input) => ({ seconds: { rows: input.rows, sentinels: 0, ...read(input) } }),
  encode: (input) => {
    const { numbers } = read(input);
    const data = new Int32Array(parts.length * numbers.length).fill(-1);
    for (const [i, seconds] of numbers.entries()) {
      if (Number.isNaN(seconds)) continue;
      const date = new Date(seconds * 1000);
      const [month, day, weekday] = [date.getUTCMonth(), date.getUTCDate() - 1, date.getUTCDay()];
      const clock = [date.getUTCHours(), date.getUTCMinutes(), date.getUTCSeconds()];
      data.set([date.getUTCFullYear(), month, day, weekday, ...clock], parts.length * i);
    }
    const names = parts.map((part) => `${input.feature.name}.${part}`);
    return [{ layout: "dense", block: "timestamp", names, data }];
  },
};
