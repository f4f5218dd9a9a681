/**
 * Luptitudes: asinh magnitudes, which equal Pogson's for bright sources and stay finite for fluxes of
 * zero and below.
 *
 * @see Lupton, Gunn & Szalay 1999, AJ 118, 1406
 */
import { mapped, type Numbers } from "./column.js";

/** Softening parameters of SDSS, by band, in units of the flux of magnitude 0. */
export const SDSS_SOFTENING: Readonly<Record<"u" | "g" | "r" | "i" | "z", number>> = {
  u: 1.4e-10,
  g: 0.9e-10,
  r: 1.2e-10,
  i: 1.8e-10,
  z: 7.4e-10,
};

const POGSON = 2.5 / Math.LN10;

/**
 * `-2.5 / ln 10 * (asinh(flux / (2 b)) + ln b)`.
 *
 * @param flux In units of the flux of magnitude 0 (nanomaggies times 1e-9).
 * @param softening b, in the same units: where magnitudes turn from logarithmic to linear.
 */
export function luptitude(flux: number, softening: number): number;
export function luptitude(flux: Numbers, softening: number): Float64Array;
export function luptitude(flux: number | Numbers, softening: number): number | Float64Array {
  const zero = Math.log(softening);
  const of = (f: number): number => -POGSON * (Math.asinh(f / (2 * softening)) + zero);
  return typeof flux === "number" ? of(flux) : mapped(flux, of);
}

/** The flux of a luptitude, in units of the flux of magnitude 0: the inverse of {@link luptitude}. */
export function fluxOfLuptitude(magnitude: number, softening: number): number;
export function fluxOfLuptitude(magnitude: Numbers, softening: number): Float64Array;
export function fluxOfLuptitude(
  magnitude: number | Numbers,
  softening: number,
): number | Float64Array {
  const zero = Math.log(softening);
  const of = (m: number): number => 2 * softening * Math.sinh(-m / POGSON - zero);
  return typeof magnitude === "number" ? of(magnitude) : mapped(magnitude, of);
}
