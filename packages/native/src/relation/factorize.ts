import { binding } from "../binding.js";
import { type KeyColumn, type RelationOptions, runVerb, toRaw } from "./key-column.js";

/** Rows with equal keys. */
export interface RowGroups {
  /** How many there are. */
  readonly groups: number;
  /** Row -> its group, from 0 on in the order of first appearance. */
  readonly codes: Uint32Array;
  /** Group -> its first row. */
  readonly firsts: Uint32Array;
}

/**
 * Groups rows that are equal in all keys. Nulls of a key are equal to each other, as in SQL's
 * GROUP BY. Hashes are keyed at random for each process, so that no data can be made to collide;
 * the result does not depend on them.
 *
 * Runs on one thread.
 *
 * @throws {FitsArgumentError} FITS_BAD_ARGUMENT when there is no key, or one does not have `rows`
 *   rows; FITS_LIMIT from 2^32 - 1 rows on.
 */
export async function factorize(
  keys: readonly KeyColumn[],
  rows: number,
  options: RelationOptions = {},
): Promise<RowGroups> {
  const found = await runVerb(options, (control) =>
    binding.factorize(keys.map(toRaw), rows, control),
  );
  const firsts = new Uint32Array(found.firsts);
  return { groups: firsts.length, codes: new Uint32Array(found.codes), firsts };
}
