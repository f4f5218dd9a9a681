import type { Column } from "@fitstream/native";
import type { ColumnSet } from "../column/column-set.js";
import { keyOf } from "../column/keys.js";
import { isNull } from "../column/nulls.js";
import { tableError } from "../errors.js";

/** Options of {@link FitsTable.split}. */
export interface SplitOptions {
  /**
   * Columns whose values say which part a row belongs to: rows that are equal in them stay together,
   * in this table and in any other one. Default: the row number.
   */
  readonly by?: string | readonly string[] | undefined;
  /** Another seed gives another split. Default 0. */
  readonly seed?: number | undefined;
}

/** The finalizer of MurmurHash3: every bit of a word changes half of all bits. */
function mixed(word: number): number {
  let hash = word;
  hash = Math.imul(hash ^ (hash >>> 16), 0x85ebca6b);
  hash = Math.imul(hash ^ (hash >>> 13), 0xc2b2ae35);
  return hash ^ (hash >>> 16);
}

const added = (hash: number, word: number): number => mixed((hash + 0x9e3779b9) ^ word);

const scratch = new DataView(new ArrayBuffer(8));

/** Adds a value to the hash of a row: integers of any width alike, floats as doubles. */
function addValue(hash: number, column: Column, row: number): number {
  if (isNull(column, row)) return added(hash, 0x6e756c6c);
  if (column.layout === "string") {
    let sum = hash;
    const end = column.offsets[row + 1] ?? 0;
    for (let i = column.offsets[row] ?? 0; i < end; ++i) sum = added(sum, column.bytes[i] ?? 0);
    return added(sum, 0x74657874);
  }
  const value = column.data[row] ?? 0;
  // The sum takes the sign from a zero.
  if (column.info.dtype.startsWith("float")) scratch.setFloat64(0, Number(value) + 0);
  else if (typeof value === "number") scratch.setBigInt64(0, BigInt(value));
  else scratch.setBigUint64(0, BigInt.asUintN(64, value));
  return added(added(hash, scratch.getInt32(0)), scratch.getInt32(4));
}

function checkFractions(parts: Readonly<Record<string, number>>): void {
  const fractions = Object.values(parts);
  const sum = fractions.reduce((total, fraction) => total + fraction, 0);
  if (fractions.every((fraction) => fraction >= 0) && Math.abs(sum - 1) < 1e-9) return;
  throw tableError({
    code: "TABLE_BAD_ARGUMENT",
    what: "the parts of a split are fractions of the whole",
    expected: "numbers >= 0 whose sum is 1",
    found: JSON.stringify(parts),
  });
}

/** The rows of each part, in the order of the table. */
export function splitRows<Name extends string>(
  table: ColumnSet,
  parts: Readonly<Record<Name, number>>,
  { by = [], seed = 0 }: SplitOptions,
): Record<Name, Uint32Array> {
  checkFractions(parts);
  const columns = (typeof by === "string" ? [by] : by).map((name) => table.column(name));
  for (const column of columns) keyOf(column, "split");
  const names = Object.keys(parts) as Name[];
  let sum = 0;
  const ends = names.map((name) => {
    sum += parts[name];
    return sum;
  });
  const rows = names.map((): number[] => []);
  for (let row = 0; row < table.rows; ++row) {
    let hash = added(0, seed);
    for (const column of columns) hash = addValue(hash, column, row);
    if (columns.length === 0) hash = added(hash, row);
    const place = (hash >>> 0) / 2 ** 32;
    const part = ends.findIndex((end) => place < end);
    rows[part === -1 ? names.length - 1 : part]?.push(row);
  }
  const lists = names.map((name, i) => [name, Uint32Array.from(rows[i] ?? [])] as const);
  return Object.fromEntries(lists) as Record<Name, Uint32Array>;
}
