import { luptitude } from "../../astronomy/luptitude.js";
import { magnitudeOfFlux } from "../../astronomy/magnitude.js";
import { tableError } from "../../errors.js";
import type { ColumnSummary } from "../column-statistics.js";
import { isInverseVariance } from "../names.js";
import {
  type FloatOutput,
  floatParts,
  measured,
  type NumberOptions,
  outputDefaults,
  readNumbers,
} from "../outputs.js";
import type { Feature, FeatureDraft, FeatureInput, SemanticType } from "../semantic-type.js";
import type { NumbersRead } from "../values.js";

/** Options of `flux`. */
export interface FluxOptions extends NumberOptions {
  /** What comes out of a flux, in this order; "snr" needs a column of inverse variances. */
  readonly features: readonly ("flux" | "luptitude" | "magnitude" | "snr")[];
  /** The magnitude of a flux of 1. Default 22.5: nanomaggies. */
  readonly zeroPoint: number;
  /**
   * Softening of the luptitude, in units of the flux. Default 0: 1.042 times the noise of the fit, as Lupton et al. chose,
   * which is that of the median inverse variance, or else of the quartiles of the fluxes.
   */
  readonly softening: number;
}

/** A flux with the inverse variances of the same name, as `flux_g` and `flux_ivar_g` are. */
function pairs(names: readonly string[]): FeatureDraft[] {
  const plain = (name: string): string => name.toLowerCase().replace(/_?(ivar|invvar)/, "");
  return names
    .filter((name) => !isInverseVariance(name))
    .map((name) => {
      const weight = names.find((o) => isInverseVariance(o) && plain(o) === name.toLowerCase());
      return { name, columns: weight === undefined ? [name] : [name, weight] };
    });
}

/** Fluxes, and weights where there are any: without weight there is no flux. */
function read(input: FeatureInput): Fluxes {
  const flux = readNumbers(input, 0);
  if (input.columns.length < 2) return { flux, weights: undefined };
  const weights = readNumbers(input, 1);
  let masked = 0;
  for (const [i, weight] of weights.numbers.entries()) {
    if (weight > 0) continue;
    masked += Number(!Number.isNaN(flux.numbers[i]));
    flux.numbers[i] = Number.NaN;
  }
  return { flux: { ...flux, nulls: flux.nulls + masked }, weights };
}

/** 1.349 sigma lie between the quartiles of a normal distribution. */
const QUARTILES = 1.349;
/** Softening that loses least in both limits, in units of the noise (Lupton et al. 1999). */
const BEST_SOFTENING = 1.042;

function softeningFrom(statistics: Readonly<Record<string, ColumnSummary>>): number {
  const weight = statistics["weight"]?.numbers?.quantiles["50"];
  const quantiles = statistics["flux"]?.numbers?.quantiles ?? {};
  const spread = ((quantiles["75"] ?? 0) - (quantiles["25"] ?? 0)) / QUARTILES;
  const noise = weight !== undefined && weight > 0 ? 1 / Math.sqrt(weight) : spread;
  return BEST_SOFTENING * (noise || 1);
}

/**
 * A flux, with its inverse variance where there is one (0 means masked): itself and its luptitude,
 * which negative fluxes have too; on request Pogson's magnitude and signal over noise.
 */
export const flux: SemanticType = {
  name: "flux",
  defaults: {
    sentinels: [-9999],
    ...outputDefaults,
    features: ["flux", "luptitude"],
    zeroPoint: 22.5,
    softening: 0,
  },
  group: (columns) => pairs(columns.map(({ name }) => name)),
  measure: (input) => {
    const { rows, feature } = input;
    const { softening } = feature.options as unknown as FluxOptions;
    const { flux, weights } = read(input);
    const inputs = {
      flux: { rows, ...flux },
      ...(weights === undefined ? {} : { weight: { rows, ...weights } }),
    };
    const isKnown = (part: string): boolean => part !== "luptitude" || softening > 0;
    return measured(input, inputs, () =>
      outputsOf(feature, { flux, weights }, softening).filter(({ part }) => isKnown(part)),
    );
  },
  encode: (input, context) => {
    const { feature } = input;
    const { softening, zeroPoint } = feature.options as unknown as FluxOptions;
    const { flux, weights } = read(input);
    const soft = softening > 0 ? softening : softeningFrom(context.statistics);
    const outputs = outputsOf(feature, { flux, weights }, soft);
    const inputs = [{ name: feature.name, numbers: flux.numbers }];
    const statistics = {
      ...(context.statistics["flux"] === undefined
        ? {}
        : { luptitude: luptitudesOf(context.statistics["flux"], soft, zeroPoint) }),
      ...context.statistics,
    };
    return floatParts("flux", input, outputs, inputs, { ...context, statistics });
  },
};

interface Fluxes {
  readonly flux: NumbersRead;
  readonly weights: NumbersRead | undefined;
}

function outputsOf(
  { name, options }: Feature,
  { flux: { numbers }, weights }: Fluxes,
  softening: number,
): FloatOutput[] {
  const { features, zeroPoint } = options as unknown as FluxOptions;
  const made = {
    flux: () => numbers,
    // A luptitude's zero point is that of magnitude 0: the flux of 1 has `zeroPoint`.
    luptitude: () => luptitude(numbers, softening).map((value) => value + zeroPoint),
    magnitude: () => magnitudeOfFlux(numbers, zeroPoint),
    snr: () => numbers.map((value, i) => value * Math.sqrt(weightAt(weights, i, name))),
  };
  return features.map((part) => ({
    name: part === "flux" ? name : `${name}.${part}`,
    part,
    numbers: made[part](),
  }));
}

/**
 * Statistics of luptitudes whose softening was not known before the fit ended. A luptitude falls
 * where the flux rises, so that its quantiles are those of the flux; they stand for mean and std,
 * which would take a second pass.
 */
function luptitudesOf(summary: ColumnSummary, softening: number, zeroPoint: number): ColumnSummary {
  const { numbers } = summary;
  if (numbers === undefined || numbers.count === 0) return summary;
  const at = (percent: number): number =>
    luptitude(numbers.quantiles[String(100 - percent)] ?? Number.NaN, softening) + zeroPoint;
  const percents = Object.keys(numbers.quantiles).map(Number);
  const quantiles = Object.fromEntries(percents.map((percent) => [percent, at(percent)]));
  const std = (at(75) - at(25)) / QUARTILES;
  return {
    ...summary,
    numbers: { ...numbers, mean: at(50), std, min: at(0), max: at(100), quantiles },
  };
}

function weightAt(weights: NumbersRead | undefined, i: number, column: string): number {
  if (weights !== undefined) return weights.numbers[i] as number;
  throw tableError({
    code: "TABLE_BAD_ARGUMENT",
    what: "signal over noise needs inverse variances",
    expected: "a second column",
    found: "none",
    column,
  });
}
