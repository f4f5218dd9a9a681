/** Magnitudes of Pogson: logarithms of fluxes, which have none at and below zero. */
import { mapped, type Numbers } from "./column.js";

/** The magnitude of a flux of 1 nanomaggy, the unit of SDSS and the Legacy Surveys. */
export const NANOMAGGY_ZERO_POINT = 22.5;

/**
 * `zeroPoint - 2.5 log10(flux)`.
 *
 * @param zeroPoint The magnitude of a flux of 1. Default 22.5: fluxes in nanomaggies.
 * @returns NaN for fluxes of 0 and below.
 */
export function magnitudeOfFlux(flux: number, zeroPoint?: number): number;
export function magnitudeOfFlux(flux: Numbers, zeroPoint?: number): Float64Array;
export function magnitudeOfFlux(
  flux: number | Numbers,
  zeroPoint: number = NANOMAGGY_ZERO_POINT,
): number | Float64Array {
  const of = (f: number): number => (f > 0 ? zeroPoint - 2.5 * Math.log10(f) : Number.NaN);
  return typeof flux === "number" ? of(flux) : mapped(flux, of);
}

/**
 * `10^(-0.4 (magnitude - zeroPoint))`.
 *
 * @param zeroPoint The magnitude of a flux of 1. Default 22.5: fluxes in nanomaggies.
 */
export function fluxOfMagnitude(magnitude: number, zeroPoint?: number): number;
export function fluxOfMagnitude(magnitude: Numbers, zeroPoint?: number): Float64Array;
export function fluxOfMagnitude(
  magnitude: number | Numbers,
  zeroPoint: number = NANOMAGGY_ZERO_POINT,
): number | Float64Array {
  const of = (m: number): number => 10 ** (-0.4 * (m - zeroPoint));
  return typeof magnitude === "number" ? of(magnitude) : mapped(magnitude, of);
}
