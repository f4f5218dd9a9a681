/**
 * FITS tables as polars data frames and back, by the optional package nodejs-polars.
 *
 * @packageDocumentation
 */
export { fromPolars } from "./from-polars.js";
export { type ToPolarsOptions, toPolars } from "./to-polars.js";
