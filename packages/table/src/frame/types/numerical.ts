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

/** What comes out, by its name among the statistics. */
export function numericalPart({ name, options }: Feature): "value" | "log1p" {
  const { transform } = options as unknown as NumericalOptions;
  if (transform === "none" || transform === "log1p")
    return transform === "none" ? "value" : transform;
  throw tableError({
    code: "TABLE_BAD_ARGUMENT",
    what: "the option transform has no such value",
    expected: "none, log1p",
    found: String(transform),
    column: name,
  });
}

function outputOf(feature: Feature, part: "value" | "log1p", numbers: Float64Array): FloatOutput {
  const { name } = feature;
  if (part === "value") return { name, part, numbers };
  const logs = numbers.map((value) => (value > -1 ? Math.log1p(value) : Number.NaN));
  return { name, part, numbers: logs };
}

/** A number a row: a tensor column, missing ones NaN. */
export const numerical: SemanticType = {
  name: "numerical",
  defaults: { sentinels: [-9999], ...outputDefaults, transform: "none" },
  measure: (input) => {
    const value = { rows: input.rows, ...readNumbers(input) };
    const part = numericalPart(input.feature);
    return measured(input, { value }, () => [outputOf(input.feature, part, value.numbers)]);
  },
  encode: (input, context) => {
    const { numbers } = readNumbers(input);
    const output = outputOf(input.feature, numericalPart(input.feature), numbers);
    const inputs = [{ name: input.feature.name, numbers }];
    return floatParts("numerical", input, [output], inputs, context);
  },
};
