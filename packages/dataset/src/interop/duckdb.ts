/**
 * SQL over FITS tables and files.
 *
 * @packageDocumentation
 */
export * from "@fitstream/table/duckdb";
