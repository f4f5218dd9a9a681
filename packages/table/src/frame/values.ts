/** What semantic types read of columns: numbers with NaN, keys and texts with null. */
import type { Column, FixedColumn, StringColumn } from "@fitstream/native";
import { tableError } from "../errors.js";

/** Values that are not there, by why they are not. */
export interface Missing {
  /** Null in the table: TNULL, undefined logicals, blank fields. */
  readonly nulls: number;
  /** NaN or infinite, or nothing that the type can read. */
  readonly nan: number;
  /** Numbers that stand for "no value", like 99 and -9999. */
  readonly sentinels: number;
}

/** Numbers of a column, NaN where there is none, and how many there are not. */
export interface NumbersRead extends Missing {
  /** One a row, in memory of their own. */
  readonly numbers: Float64Array;
}

/** What tells categories apart. */
export type Key = string | number | bigint;

export function wrongColumn(column: Column, expected: string): Error {
  const { kind, dtype, cellShape, isVariable } = column.info;
  const cells = isVariable ? " of variable length" : cellShape.length > 0 ? ` of ${cellShape}` : "";
  return tableError({
    code: "TABLE_TYPE",
    what: "the column does not fit its semantic type",
    expected,
    found: `${kind === "number" ? dtype : kind}${cells}`,
    column: column.info.name,
  });
}

/** Whether element `i` has a value. */
export function isValid({ validity }: Column, i: number): boolean {
  return validity === undefined || (((validity[i >> 3] ?? 0) >> (i & 7)) & 1) === 1;
}

const isSingle = (column: Column): boolean => column.info.cellShape.every((axis) => axis === 1);

/** A 64-bit value as a number. */
function exactNumber(value: bigint, column: Column, row: number): number {
  const number = Number(value);
  if (Number.isSafeInteger(number)) return number;
  throw tableError({
    code: "TABLE_TYPE",
    what: "a 64-bit value does not fit a number",
    expected: "a column of the type id or categorical, or values below 2^53",
    found: String(value),
    column: column.info.name,
    row,
  });
}

/** Sentinels as a column of this dtype holds them. */
function storedSentinels(column: Column, sentinels: readonly number[]): readonly number[] {
  return column.info.dtype === "float32" ? sentinels.map(Math.fround) : sentinels;
}

/**
 * The numbers of a column of one number a cell.
 *
 * @throws {TableError} TABLE_TYPE for other columns, and for 64-bit values beyond 2^53.
 */
export function numbersOf(column: Column, sentinels: readonly number[] = []): NumbersRead {
  const { kind } = column.info;
  if (column.layout !== "fixed" || kind === "string" || kind === "complex" || !isSingle(column)) {
    throw wrongColumn(column, "one number a row");
  }
  const numbers = float64Of(column);
  const stored = storedSentinels(column, sentinels);
  const counts = { nulls: 0, nan: 0, sentinels: 0 };
  for (let i = 0; i < numbers.length; ++i) {
    const value = numbers[i] as number;
    if (column.validity !== undefined && !isValid(column, i)) counts.nulls += 1;
    else if (!Number.isFinite(value)) counts.nan += 1;
    else if (stored.includes(value)) counts.sentinels += 1;
    else continue;
    numbers[i] = Number.NaN;
  }
  return { numbers, ...counts };
}

/** Values as float64, in memory of their own. */
function float64Of(column: FixedColumn): Float64Array {
  const { data } = column;
  if (!(data instanceof BigInt64Array || data instanceof BigUint64Array)) {
    return new Float64Array(data);
  }
  return Float64Array.from({ length: data.length }, (_, row) =>
    isValid(column, row) ? exactNumber(data[row] as bigint, column, row) : Number.NaN,
  );
}

/** Strings are decoded this many characters at a time: a JavaScript string ends at 2^29. */
const TEXT_LENGTH = 2 ** 26;

/** All strings of a column, decoded in runs: a call for each costs ten times as much. */
export function textsOf(column: StringColumn): (string | null)[] {
  const { bytes, offsets } = column;
  const source = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const out: (string | null)[] = [];
  let text = "";
  let [begin, end] = [0, 0];
  for (let i = 0; i + 1 < offsets.length; ++i) {
    const [from, to] = [offsets[i] as number, offsets[i + 1] as number];
    if (to > end) {
      begin = from;
      end = Math.max(to, Math.min(from + TEXT_LENGTH, source.length));
      text = source.toString("latin1", begin, end);
    }
    out.push(isValid(column, i) ? text.slice(from - begin, to - begin) : null);
  }
  return out;
}

/** What tells the values of a column apart: strings, numbers, BigInts; logicals as words. */
export function keysOf(column: Column): (Key | null)[] {
  if (column.layout === "string") return textsOf(column);
  const { kind } = column.info;
  if (kind === "complex" || kind === "string") throw wrongColumn(column, "values to tell apart");
  const { data } = column;
  const keys: (Key | null)[] = [];
  for (let i = 0; i < data.length; ++i) {
    const value = data[i] as number | bigint;
    if (!isValid(column, i) || Number.isNaN(value)) keys.push(null);
    else if (kind === "logical") keys.push(value ? "true" : "false");
    else keys.push(value);
  }
  return keys;
}

/** Keys of a column of one value a cell. */
export function singleKeysOf(column: Column): (Key | null)[] {
  if (column.layout !== "ragged" && isSingle(column)) return keysOf(column);
  throw wrongColumn(column, "one value a row");
}
