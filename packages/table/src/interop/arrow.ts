/**
 * FITS tables as Arrow tables and back, by the optional package apache-arrow.
 *
 * @packageDocumentation
 */
export { fromArrow } from "./from-arrow.js";
export { type ToArrowOptions, toArrow } from "./to-arrow.js";
