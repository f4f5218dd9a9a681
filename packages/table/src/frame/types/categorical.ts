import { columnOf, type EncodeContext, type SemanticType } from "../semantic-type.js";
import { type Key, singleKeysOf } from "../values.js";

/** Options of `categorical`. */
export interface CategoricalOptions {
  /** "keep" (default) leaves -1; "mostFrequent" takes category 0. */
  readonly missing: "keep" | "mostFrequent";
  /** Categories that are kept, the most frequent first; the others are missing. */
  readonly limit: number;
}

/** Positions of values among the categories of a fit; -1 for null and for those it did not have. */
export function categoryIndices(
  keys: readonly (Key | null)[],
  { statistics }: EncodeContext,
  limit: number,
): Int32Array {
  const values = statistics["value"]?.categories?.values.slice(0, limit) ?? [];
  const places = new Map<Key, number>(values.map((value, i) => [value, i]));
  const out = new Int32Array(keys.length);
  for (const [i, key] of keys.entries()) {
    let place = key === null ? -1 : places.get(key);
    if (place === undefined) {
      // Numbers are looked up as text once, and then as they are.
      place = places.get(String(key)) ?? -1;
      places.set(key as Key, place);
    }
    out[i] = place;
  }
  return out;
}

/** One of a set of values: its position among the categories of the fit (int32), missing ones -1. */
export const categorical: SemanticType = {
  name: "categorical",
  defaults: { missing: "keep", limit: 65536 },
  measure: (input) => {
    const keys = singleKeysOf(columnOf(input));
    const nulls = keys.reduce<number>((sum, key) => sum + Number(key === null), 0);
    return { value: { rows: input.rows, nulls, nan: 0, sentinels: 0, keys } };
  },
  encode: (input, context) => {
    const { missing, limit } = input.feature.options as unknown as CategoricalOptions;
    const data = categoryIndices(singleKeysOf(columnOf(input)), context, limit);
    if (missing === "mostFrequent") {
      const isEmpty = (context.statistics["value"]?.categories?.values.length ?? 0) === 0;
      for (const [i, place] of data.entries()) if (place < 0 && !isEmpty) data[i] = 0;
    }
    return [{ layout: "dense", block: "categorical", names: [input.feature.name], data }];
  },
};
