import { luptitude, SDSS_SOFTENING } from "../../astronomy/luptitude.js";
import { fluxOfMagnitude } from "../../astronomy/magnitude.js";
import { tableError } from "../../errors.js";
import { bandOf, bandPlace, withoutBand } from "../names.js";
import {
  type FloatInput,
  type FloatOutput,
  floatParts,
  measured,
  type NumberOptions,
  outputDefaults,
  readNumbers,
} from "../outputs.js";
import type { Feature, FeatureDraft, SemanticType } from "../semantic-type.js";

/** Options of `magnitude`. */
export interface MagnitudeOptions extends NumberOptions {
  /** What comes out of a set of bands, in this order. */
  readonly features: readonly ("magnitude" | "colour" | "flux" | "luptitude")[];
  /** Differences of neighbours in wavelength ("adjacent", default), or of every two bands ("all"). */
  readonly colours: "adjacent" | "all";
  /** The magnitude of a flux of 1. Default 22.5: nanomaggies. */
  readonly zeroPoint: number;
  /** Softening of luptitudes by band, in units of the flux of magnitude 0. Default: those of SDSS. */
  readonly softening: Readonly<Record<string, number>>;
}

/** The softening of a band. */
export function softeningOf(
  softening: Readonly<Record<string, number>>,
  column: string,
): number | undefined {
  return softening[column] ?? softening[bandOf(column) ?? ""];
}

function requiredSoftening({ softening }: MagnitudeOptions, column: string): number {
  const known = softeningOf(softening, column);
  if (known !== undefined) return known;
  throw tableError({
    code: "TABLE_BAD_ARGUMENT",
    what: "luptitudes of this band need a softening",
    expected: "one in the option softening, by band or column",
    found: Object.keys(softening).join(", "),
    column,
  });
}

/** Sets of columns whose names differ in the band, in the order of wavelengths. */
function sets(names: readonly string[]): FeatureDraft[] {
  const stems = new Map<string, string[]>();
  for (const name of names) {
    const stem = withoutBand(name);
    stems.set(stem, [...(stems.get(stem) ?? []), name]);
  }
  return [...stems].map(([stem, columns]) => ({
    name:
      columns.length === 1 ? (columns[0] ?? stem) : stem.replace(/[^a-z\d]+/g, "") || "magnitude",
    columns: columns.toSorted((a, b) => bandPlace(bandOf(a) ?? "") - bandPlace(bandOf(b) ?? "")),
  }));
}

/**
 * Magnitudes of one or more bands: themselves and their colours (blue minus red), on request fluxes
 * and luptitudes. 99, -99 and -9999 are no magnitudes.
 */
export const magnitude: SemanticType = {
  name: "magnitude",
  defaults: {
    sentinels: [99, -99, -9999],
    ...outputDefaults,
    features: ["magnitude", "colour"],
    colours: "adjacent",
    zeroPoint: 22.5,
    softening: SDSS_SOFTENING,
  },
  group: (columns) => sets(columns.map(({ name }) => name)),
  measure: (input) => {
    const { rows, feature } = input;
    const bands = feature.columns.map((name, i) => ({ name, ...readNumbers(input, i) }));
    const inputs = bands.map(({ name, ...read }) => [name, { rows, ...read }] as const);
    return measured(input, Object.fromEntries(inputs), () => outputsOf(feature, bands));
  },
  encode: (input, context) => {
    const { feature } = input;
    const bands = feature.columns.map((name, i) => ({ name, ...readNumbers(input, i) }));
    return floatParts("magnitude", input, outputsOf(feature, bands), bands, context);
  },
};

function outputsOf({ name, options }: Feature, bands: readonly FloatInput[]): FloatOutput[] {
  const wanted = options as unknown as MagnitudeOptions;
  const { features, zeroPoint } = wanted;
  const derived = (band: FloatInput, feature: string, numbers: Float64Array): FloatOutput => {
    const derivedName = `${band.name}.${feature}`;
    return { name: derivedName, part: derivedName, numbers };
  };
  return features.flatMap((feature) => {
    if (feature === "colour") return coloursOf(name, bands, wanted);
    return bands.map((band) => {
      if (feature === "magnitude") return { ...band, part: band.name };
      if (feature === "flux")
        return derived(band, feature, fluxOfMagnitude(band.numbers, zeroPoint));
      const softening = requiredSoftening(wanted, band.name);
      return derived(band, feature, luptitude(fluxOfMagnitude(band.numbers, 0), softening));
    });
  });
}

function coloursOf(
  feature: string,
  bands: readonly FloatInput[],
  { colours }: MagnitudeOptions,
): FloatOutput[] {
  const pairs = bands.flatMap((blue, i) =>
    bands.slice(i + 1, colours === "all" ? undefined : i + 2).map((red) => [blue, red] as const),
  );
  return pairs.map(([blue, red]) => {
    const part = `${bandOf(blue.name) ?? blue.name}-${bandOf(red.name) ?? red.name}`;
    const numbers = blue.numbers.map((value, i) => value - (red.numbers[i] as number));
    return { name: `${feature}.${part}`, part, numbers };
  });
}
