import type { Column } from "@fitstream/native";
import { elementsPerRow, numbersPerRow } from "./column-rows.js";
import { isNull } from "./nulls.js";

/** A value of a cell in JavaScript: null where it is null; complex numbers are `[re, im]`. */
export type CellValue =
  | number
  | bigint
  | boolean
  | string
  | null
  | readonly [re: number, im: number];

/** A cell: one value, or nested arrays by the cell's shape. */
export type Cell = CellValue | readonly Cell[];

/** One element of a column, counted over all rows. */
export function elementAt(column: Column, element: number): CellValue {
  if (isNull(column, element)) return null;
  if (column.layout === "string") return column.at(element);
  const { kind } = column.info;
  if (kind === "complex") {
    const [re, im] = [column.data[2 * element], column.data[2 * element + 1]];
    return [Number(re), Number(im)];
  }
  const value = column.data[element] ?? 0;
  return kind === "logical" || kind === "bit" ? value !== 0 : value;
}

function nested(values: readonly Cell[], shape: readonly number[]): Cell {
  if (shape.length === 0) return values[0] ?? null;
  const [count = 0, ...rest] = shape;
  if (rest.length === 0) return values;
  const each = rest.reduce((n, axis) => n * axis, 1);
  return Array.from({ length: count }, (_, i) =>
    nested(values.slice(i * each, (i + 1) * each), rest),
  );
}

/** A cell in JavaScript's own types. Cells of bytes that are strings of variable length are text. */
export function cellAt(column: Column, row: number): Cell {
  const { info } = column;
  if (column.layout === "ragged") {
    const [begin = 0, end = 0] = [column.offsets[row], column.offsets[row + 1]];
    if (info.kind === "string") {
      return Buffer.from(column.data.subarray(begin, end) as Uint8Array).toString("latin1");
    }
    return Array.from({ length: end - begin }, (_, i) => elementAt(column, begin + i));
  }
  const per = elementsPerRow(info);
  if (column.layout === "fixed" && info.kind === "string") {
    // Read as bytes: the padding is part of the value.
    const length = numbersPerRow(column);
    const bytes = column.data.subarray(row * length, (row + 1) * length) as Uint8Array;
    return Buffer.from(bytes).toString("latin1");
  }
  const values = Array.from({ length: per }, (_, i) => elementAt(column, row * per + i));
  return nested(values, info.cellShape);
}
