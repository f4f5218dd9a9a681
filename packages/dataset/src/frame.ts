/**
 * FITS tables as tensors with a meaning: semantic types, and the astronomy that they stand on.
 *
 * @packageDocumentation
 */
export * from "@fitstream/table/frame";
