import { binding } from "../binding.js";
import { type KeyColumn, type RelationOptions, runVerb, toRaw } from "./key-column.js";

/** A column to sort by. */
export interface SortKey {
  /** Its values. */
  readonly column: KeyColumn;
  /** Largest first. Equal rows keep their order either way. */
  readonly descending?: boolean | undefined;
  /** Where nulls go, also where the values descend; "last" by default. */
  readonly nulls?: "first" | "last" | undefined;
}

/**
 * The order of rows by the first key, of rows equal in it by the second one, and so on. Stable:
 * rows equal in all keys keep their order. Strings are ordered by their bytes.
 *
 * Takes up to 18 bytes a row while it runs.
 *
 * @returns Row numbers, in an ArrayBuffer of their own.
 * @throws {FitsArgumentError} FITS_BAD_ARGUMENT when a column does not have `rows` rows; FITS_LIMIT
 *   from 2^32 - 1 rows on.
 */
export async function argsort(
  keys: readonly SortKey[],
  rows: number,
  options: RelationOptions = {},
): Promise<Uint32Array> {
  const order = await runVerb(options, (control) => {
    const raw = keys.map(({ column, descending = false, nulls = "last" }) => ({
      ...toRaw(column),
      descending,
      nullsFirst: nulls === "first",
    }));
    return binding.argsort(raw, rows, control);
  });
  return new Uint32Array(order);
}
