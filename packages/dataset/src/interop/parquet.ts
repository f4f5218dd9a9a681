/**
 * FITS tables as Parquet files.
 *
 * @packageDocumentation
 */
export * from "@fitstream/table/parquet";
