import { tableError } from "../../errors.js";
import {
  type FloatOutput,
  floatParts,
  measured,
  type NumberOptions,
  outputDefaults,
  readNumbers,
} from "../outputs.js";
import type { Feature, SemanticType } from "../semantic-type.js";

/** Options of `numerical`. */
export interface NumericalOptions extends NumberOptions {
  /** "log1p": ln(1 + x), NaN from -1 down. Comes before all that is scaled. Default "none". */
  readonly transform: "none" | "log1p";
}

/** A number as the options transform it. */
export function transformed(feature: Feature, numbers: Float64Array): FloatOutput {
  const { name, options } = feature;
  const { transform } = options as unknown as NumericalOptions;
  if (transform === "none") return { name, part: "value", numbers };
  if (transform === "log1p") {
    const logs = numbers.map((value) => (value > -1 ? Math.log1p(value) : Number.NaN));
    return { name, part: "log1p", numbers: logs };
  }
  throw tableError({
    code: "TABLE_BAD_ARGUMENT",
    what: "the option transform has no such value",
    expected: "none, log1p",
    found: String(transform),
    column: name,
  });
}

/** A number a row: a tensor column, missing ones NaN. */
export const numerical: SemanticType = {
  name: "numerical",
  defaults: { sentinels: [-9999], ...outputDefaults, transform: "none" },
  measure: (input) => {
    const value = { rows: input.rows, ...readNumbers(input) };
    return measured(input, { value }, () => [transformed(input.feature, value.numbers)]);
  },
  encode: (input, context) => {
    const { numbers } = readNumbers(input);
    const output = transformed(input.feature, numbers);
    const inputs = [{ name: input.feature.name, numbers }];
    return floatParts("numerical", input, [output], inputs, context);
  },
};
