import { luptitude, SDSS_SOFTENING } from "../../astronomy/luptitude.js";
import { fluxOfMagnitude } from "../../astronomy/magnitude.js";
import { tableError } from "../../errors.js";
import { filled, type NumberOptions, readNumbers } from "../missing.js";
import { bandOf, bandPlace, withoutBand } from "../names.js";
import { type FeatureDraft, floatPart, type SemanticType } from "../semantic-type.js";

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
    missing: "keep",
    features: ["magnitude", "colour"],
    colours: "adjacent",
    zeroPoint: 22.5,
    softening: SDSS_SOFTENING,
  },
  group: (columns) => sets(columns.map(({ name }) => name)),
  measure: (input) =>
    Object.fromEntries(
      input.feature.columns.map((name, i) => [
        name,
        { rows: input.rows, ...readNumbers(input, i) },
      ]),
    ),
  encode: (input, context) => {
    const { columns: names, options } = input.feature;
    const wanted = options as unknown as MagnitudeOptions;
    const bands = names.map((name, i) => {
      const { numbers } = readNumbers(input, i);
      return {
        name,
        label: names.length > 1 ? (bandOf(name) ?? name) : name,
        numbers: filled(numbers, input, context, name),
      };
    });
    const columns: Record<string, Float64Array> = {};
    for (const feature of wanted.features) {
      if (feature === "colour")
        Object.assign(columns, coloursOf(input.feature.name, bands, wanted));
      for (const { name, numbers } of feature === "colour" ? [] : bands) {
        if (feature === "magnitude") columns[name] = numbers;
        else if (feature === "flux")
          columns[`${name}.flux`] = fluxOfMagnitude(numbers, wanted.zeroPoint);
        else {
          const flux = fluxOfMagnitude(numbers, 0);
          columns[`${name}.luptitude`] = luptitude(flux, requiredSoftening(wanted, name));
        }
      }
    }
    return [floatPart("magnitude", columns, context.dtype)];
  },
};

interface Band {
  readonly label: string;
  readonly numbers: Float64Array;
}

function coloursOf(
  feature: string,
  bands: readonly Band[],
  { colours }: MagnitudeOptions,
): Record<string, Float64Array> {
  const pairs = bands.flatMap((blue, i) =>
    bands.slice(i + 1, colours === "all" ? undefined : i + 2).map((red) => [blue, red] as const),
  );
  return Object.fromEntries(
    pairs.map(([blue, red]) => [
      `${feature}.${blue.label}-${red.label}`,
      blue.numbers.map((value, i) => value - (red.numbers[i] as number)),
    ]),
  );
}
