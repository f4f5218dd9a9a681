import { filled, type NumberOptions, readNumbers } from "../missing.js";
import { floatPart, type SemanticType } from "../semantic-type.js";

/** Options of `numerical`. */
export interface NumericalOptions extends NumberOptions {
  /** "standard": by mean and std; "robust": by median and quartiles; "none" (default). */
  readonly scale: "none" | "standard" | "robust";
}

/** A number a row: a tensor column, missing ones NaN. */
export const numerical: SemanticType = {
  name: "numerical",
  defaults: { sentinels: [-9999], missing: "keep", scale: "none" },
  measure: (input) => ({ value: { rows: input.rows, ...readNumbers(input) } }),
  encode: (input, context) => {
    const numbers = filled(readNumbers(input).numbers, input, context, "value");
    const { scale } = input.feature.options as unknown as NumericalOptions;
    const known = context.statistics["value"]?.numbers;
    if (scale !== "none" && known !== undefined && known.count > 0) {
      const { mean, std, quantiles: q } = known;
      const isRobust = scale === "robust";
      const middle = isRobust ? (q["50"] ?? 0) : mean;
      const width = isRobust ? (q["75"] ?? 0) - (q["25"] ?? 0) : std;
      // A constant column has no width: it becomes zeros.
      for (const [i, value] of numbers.entries()) numbers[i] = (value - middle) / (width || 1);
    }
    return [floatPart("numerical", { [input.feature.name]: numbers }, context.dtype)];
  },
};
