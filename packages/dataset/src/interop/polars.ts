/**
 * FITS tables as polars data frames and back.
 *
 * @packageDocumentation
 */
export * from "@fitstream/table/polars";
