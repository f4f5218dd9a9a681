/** Numbers one after the other: a typed array of a column, or a plain list. */
export type Numbers = ArrayLike<number>;

/** `of` each element, in float64; NaN stays NaN where `of` keeps it. */
export function mapped(values: Numbers, of: (value: number) => number): Float64Array {
  const out = new Float64Array(values.length);
  for (let i = 0; i < out.length; ++i) out[i] = of(values[i] as number);
  return out;
}
