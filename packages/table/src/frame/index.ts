/**
 * Tables as tensors: columns with a meaning, from positions and magnitudes to redshifts, and the
 * astronomy that they stand on.
 *
 * @packageDocumentation
 */

export type { Numbers } from "../astronomy/column.js";
export {
  type CosmologyQuantity,
  FlatLambdaCDM,
  Planck15,
  Planck18,
  WMAP9,
} from "../astronomy/cosmology.js";
export type { CosmologyParameters } from "../astronomy/density.js";
export {
  ang2pix,
  type HealpixColumn,
  type HealpixGrid,
  type HealpixOptions,
  pix2ang,
} from "../astronomy/healpix.js";
export { fluxOfLuptitude, luptitude, SDSS_SOFTENING } from "../astronomy/luptitude.js";
export { fluxOfMagnitude, magnitudeOfFlux, NANOMAGGY_ZERO_POINT } from "../astronomy/magnitude.js";
export { galactic, type SkyPositions, unitVectors } from "../astronomy/sphere.js";
