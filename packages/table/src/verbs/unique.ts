import { factorize, type RelationOptions } from "@fitstream/native";
import type { ColumnSet } from "../column/column-set.js";
import { keyOf } from "../column/keys.js";

/** The first of the rows that are equal in these columns, for each set of them, in order. */
export async function distinctRows(
  table: ColumnSet,
  names: readonly string[],
  control: RelationOptions,
): Promise<Uint32Array> {
  const keys = names.map((name) => keyOf(table.column(name), "unique"));
  return (await factorize(keys, table.rows, control)).firsts;
}
