import type { CosmologyQuantity } from "../../astronomy/cosmology.js";
import { tableError } from "../../errors.js";
import {
  type FloatOutput,
  floatParts,
  measured,
  type NumberOptions,
  outputDefaults,
  readNumbers,
} from "../outputs.js";
import type { Feature, MeasureContext, SemanticType } from "../semantic-type.js";

/** What may be made of a redshift. */
export type RedshiftFeature = "z" | "log1p" | CosmologyQuantity;

/** Options of `redshift`. */
export interface RedshiftOptions extends NumberOptions {
  /** Which columns come out, in this order. */
  readonly features: readonly RedshiftFeature[];
}

const quantities: readonly string[] = [
  "comovingDistance",
  "transverseDistance",
  "luminosityDistance",
  "angularDiameterDistance",
  "distanceModulus",
  "lookbackTime",
  "age",
];

function made(
  feature: RedshiftFeature,
  z: Float64Array,
  { cosmology }: MeasureContext,
): Float64Array {
  if (feature === "z") return z;
  if (feature === "log1p") return z.map((value) => (value > -1 ? Math.log1p(value) : Number.NaN));
  if (quantities.includes(feature)) {
    // A redshift of 0 or below says nothing of the distance: the object moves, or it is a star.
    return cosmology.quantity(
      feature,
      z.map((value) => (value > 0 ? value : Number.NaN)),
    );
  }
  throw tableError({
    code: "TABLE_BAD_ARGUMENT",
    what: "there is no such feature of redshifts",
    expected: ["z", "log1p", ...quantities].join(", "),
    found: feature,
  });
}

function outputsOf(
  { name, options }: Feature,
  z: Float64Array,
  context: MeasureContext,
): FloatOutput[] {
  const { features } = options as unknown as RedshiftOptions;
  return features.map((part) => ({
    name: part === "z" ? name : `${name}.${part}`,
    part,
    numbers: made(part, z, context),
  }));
}

/**
 * Redshifts: themselves, ln(1 + z), and distances (Mpc), times (Gyr) and the distance modulus in the
 * frame's cosmology, which are NaN for redshifts of 0 and below.
 */
export const redshift: SemanticType = {
  name: "redshift",
  defaults: {
    sentinels: [99, -99, -9999],
    ...outputDefaults,
    features: [
      "z",
      "log1p",
      "comovingDistance",
      "luminosityDistance",
      "distanceModulus",
      "lookbackTime",
    ],
  },
  measure: (input, context) => {
    const z = { rows: input.rows, ...readNumbers(input) };
    return measured(input, { z }, () => outputsOf(input.feature, z.numbers, context));
  },
  encode: (input, context) => {
    const { numbers } = readNumbers(input);
    const outputs = outputsOf(input.feature, numbers, context);
    const inputs = [{ name: input.feature.name, numbers }];
    return floatParts("redshift", input, outputs, inputs, context);
  },
};
