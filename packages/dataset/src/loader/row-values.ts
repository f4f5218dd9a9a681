import { bytesOf, type Column, type TypedArray } from "@fitstream/native";
import { DatasetError } from "../errors.js";
import type { RowColumn } from "../plan/row-column.js";

/** A row of a column cannot be what the dataset asks for. */
export function rowMismatch(
  name: string,
  what: string,
  expected: string,
  found: string,
): DatasetError {
  return new DatasetError({
    code: "DATASET_MISMATCH",
    what: `column ${name}: ${what}`,
    expected,
    found,
  });
}

const isBig = (array: TypedArray): array is BigInt64Array | BigUint64Array =>
  array instanceof BigInt64Array || array instanceof BigUint64Array;

/** Copies numbers of one dtype into memory of another one, from place `at` on. */
export function copyNumbers(from: TypedArray, to: TypedArray, at: number): void {
  if (isBig(to)) {
    if (isBig(from)) to.set(from, at);
    else for (const [i, value] of from.entries()) to[at + i] = BigInt(value);
  } else if (isBig(from)) {
    for (const [i, value] of from.entries()) to[at + i] = Number(value);
  } else to.set(from, at);
}

/** The same memory in words of 4 bytes; undefined where cells or memory are not made of them. */
function wordsOf(array: TypedArray, cellBytes: number): Uint32Array | undefined {
  const { buffer, byteOffset, byteLength } = array;
  if (cellBytes % 4 !== 0 || byteOffset % 4 !== 0) return undefined;
  return new Uint32Array(buffer, byteOffset, byteLength / 4);
}

function scatter<A extends Uint8Array | Uint32Array>(
  from: A,
  to: A,
  length: number,
  places: readonly number[],
): void {
  for (let i = 0, at = 0; i < places.length; ++i) {
    const end = ((places[i] ?? 0) + 1) * length;
    for (let k = end - length; k < end; ++k) to[k] = from[at++] ?? 0;
  }
}

/**
 * Puts cells that lie one after the other to their places. Word by word where the dtype stays: a view
 * for each cell would take ten times as long as its copy, and 64-bit integers would become BigInts.
 *
 * @param length Numbers of a cell.
 */
export function scatterCells(
  from: TypedArray,
  to: TypedArray,
  length: number,
  places: readonly number[],
): void {
  if (from.constructor !== to.constructor) {
    for (const [i, place] of places.entries()) {
      copyNumbers(from.subarray(i * length, (i + 1) * length), to, place * length);
    }
    return;
  }
  const bytes = length * from.BYTES_PER_ELEMENT;
  const source = wordsOf(from, bytes);
  const target = wordsOf(to, bytes);
  if (source !== undefined && target !== undefined) scatter(source, target, bytes / 4, places);
  else scatter(bytesOf(from), bytesOf(to), bytes, places);
}

/** The null elements of a column, by their positions; none for most columns. */
export function nullsOf({ nulls, validity, ...column }: Column, halves: number): readonly number[] {
  if (nulls === 0 || validity === undefined || column.layout === "string") return [];
  const elements = column.data.length / halves;
  const found: number[] = [];
  for (let i = 0; i < elements; ++i) {
    if ((((validity[i >> 3] ?? 0) >> (i & 7)) & 1) === 0) found.push(i);
  }
  return found;
}

/**
 * Puts what stands for nulls into the tensor's numbers of one row.
 *
 * @param nulls Null elements, counted from `first` in the column; those of the row lie below `end`.
 */
export function fillNulls(
  column: RowColumn,
  nulls: readonly number[],
  [first, end]: readonly [number, number],
  target: TypedArray,
): void {
  const mine = nulls.filter((i) => i >= first && i < end);
  if (mine.length === 0) return;
  const { name, fill, halves, dtype } = column;
  if (fill === undefined) {
    const expected = `fill: { ${name}: ... }, or a dtype of floats, which has NaN`;
    throw rowMismatch(name, "a null, which its dtype cannot hold", expected, `null in ${dtype}`);
  }
  for (const i of mine) {
    target.fill(fill as never, (i - first) * halves, (i - first + 1) * halves);
  }
}
