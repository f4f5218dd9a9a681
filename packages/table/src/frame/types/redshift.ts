import type { CosmologyQuantity } from "../../astronomy/cosmology.js";
import { tableError } from "../../errors.js";
import { filled, type NumberOptions, readNumbers } from "../missing.js";
import { type EncodeContext, floatPart, type SemanticType } from "../semantic-type.js";

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
  { cosmology }: EncodeContext,
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

/**
 * Redshifts: themselves, ln(1 + z), and distances (Mpc), times (Gyr) and the distance modulus in the
 * frame's cosmology, which are NaN for redshifts of 0 and below.
 */
export const redshift: SemanticType = {
  name: "redshift",
  defaults: {
    sentinels: [99, -99, -9999],
    missing: "keep",
    features: [
      "z",
      "log1p",
      "comovingDistance",
      "luminosityDistance",
      "distanceModulus",
      "lookbackTime",
    ],
  },
  measure: (input) => ({ z: { rows: input.rows, ...readNumbers(input) } }),
  encode: (input, context) => {
    const { name, options } = input.feature;
    const z = filled(readNumbers(input).numbers, input, context, "z");
    const { features } = options as unknown as RedshiftOptions;
    const columns = features.map((feature) => {
      return [feature === "z" ? name : `${name}.${feature}`, made(feature, z, context)] as const;
    });
    return [floatPart("redshift", Object.fromEntries(columns), context.dtype)];
  },
};
