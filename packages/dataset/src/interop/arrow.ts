/**
 * FITS tables as Arrow tables and back.
 *
 * @packageDocumentation
 */
export * from "@fitstream/table/arrow";
