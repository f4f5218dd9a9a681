import {
  type Column,
  type ColumnMetadata,
  countNulls,
  type FixedColumn,
  gatherRagged,
  gatherRows,
  NO_ROW,
  type RaggedColumn,
  type RelationOptions,
  type StringColumn,
  stringColumn,
  type TypedArray,
} from "@fitstream/native";
import { isInvalid, sliceBitmap } from "./nulls.js";

/** Elements in a row of a fixed column, in a string column strings. */
export function elementsPerRow({ cellShape }: ColumnMetadata): number {
  return cellShape.reduce((n, axis) => n * axis, 1);
}

/** Numbers that one row of a fixed column takes. */
export function numbersPerRow({ shape }: { readonly shape: readonly number[] }): number {
  return shape.slice(1).reduce((n, axis) => n * axis, 1);
}

/** Numbers that one element takes: two for complex ones. */
function numbersPerElement({ kind }: ColumnMetadata): number {
  return kind === "complex" ? 2 : 1;
}

/** What is known of nulls. */
interface Known {
  readonly nulls: number;
  readonly validity?: Uint8Array;
}

function validityOf({ validity }: Column, first: number, count: number): Known {
  if (validity === undefined) return { nulls: 0 };
  const bits = sliceBitmap(validity, first, count);
  const nulls = countNulls(bits, count);
  return nulls === 0 ? { nulls } : { validity: bits, nulls };
}

/** Offsets that begin at 0; the same memory where they do already. */
function rebased(offsets: Int32Array): Int32Array {
  const base = offsets[0] ?? 0;
  return base === 0 ? offsets : offsets.map((offset) => offset - base);
}

/** Some consecutive rows of a column, in the memory of the whole. */
export function sliceColumn(column: Column, first: number, count: number): Column {
  if (column.layout === "string") {
    const per = elementsPerRow(column.info);
    const ends = column.offsets.subarray(first * per, (first + count) * per + 1);
    const bytes = column.bytes.subarray(ends[0] ?? 0, ends.at(-1) ?? 0);
    const { validity } = validityOf(column, first * per, count * per);
    return stringColumn(column.info, count, bytes, rebased(ends), validity);
  }
  if (column.layout === "ragged") {
    const ends = column.offsets.subarray(first, first + count + 1);
    const [begin, end] = [ends[0] ?? 0, ends.at(-1) ?? 0];
    const each = numbersPerElement(column.info);
    const { validity: _, ...rest } = column;
    return {
      ...rest,
      ...validityOf(column, begin, end - begin),
      rows: count,
      offsets: rebased(ends),
      data: column.data.subarray(begin * each, end * each) as TypedArray,
    };
  }
  const numbers = numbersPerRow(column);
  const per = numbers / numbersPerElement(column.info);
  const { validity: _, ...rest } = column;
  return {
    ...rest,
    ...validityOf(column, first * per, count * per),
    rows: count,
    shape: [count, ...column.shape.slice(1)],
    data: column.data.subarray(first * numbers, (first + count) * numbers) as TypedArray,
  };
}

/** The strings of rows, of `per` strings each. */
function stringsOf(rows: Uint32Array, per: number): Uint32Array {
  if (per === 1) return rows;
  return Uint32Array.from({ length: rows.length * per }, (_, i) => {
    const row = rows[Math.floor(i / per)] ?? NO_ROW;
    return row === NO_ROW ? NO_ROW : row * per + (i % per);
  });
}

function known(validity: Uint8Array | undefined, elements: number): Known {
  return validity === undefined
    ? { nulls: 0 }
    : { nulls: countNulls(validity, elements), validity };
}

async function gatherStrings(
  column: StringColumn,
  rows: Uint32Array,
  control: RelationOptions,
): Promise<StringColumn> {
  const { info, bytes, offsets, validity } = column;
  const gathered = await gatherRagged(
    { data: bytes, offsets, itemLength: 1, rowValidity: validity },
    stringsOf(rows, elementsPerRow(info)),
    control,
  );
  return stringColumn(info, rows.length, gathered.data, gathered.offsets, gathered.rowValidity);
}

async function gatherCells(
  column: RaggedColumn,
  rows: Uint32Array,
  control: RelationOptions,
): Promise<RaggedColumn> {
  const { info, data, offsets, validity } = column;
  const itemLength = numbersPerElement(info);
  const cells = await gatherRagged({ data, offsets, itemLength, validity }, rows, control);
  const count = rows.length;
  const elements = cells.offsets[count] ?? 0;
  return {
    info,
    layout: "ragged",
    rows: count,
    offsets: cells.offsets,
    data: cells.data,
    ...known(cells.validity, elements),
  };
}

/** The bits of complex elements, which stand for two numbers each. */
function pairBits(bits: Uint8Array, elements: number): Uint8Array {
  const out = new Uint8Array((elements + 7) >> 3);
  for (let i = 0; i < elements; ++i) {
    if (!isInvalid(bits, 2 * i)) out[i >> 3] = (out[i >> 3] ?? 0) | (1 << (i & 7));
  }
  return out;
}

/** The same bit for both halves of each complex element. */
function halfBits(bits: Uint8Array, elements: number): Uint8Array {
  const out = new Uint8Array((2 * elements + 7) >> 3);
  for (let i = 0; i < 2 * elements; ++i) {
    if (!isInvalid(bits, i >> 1)) out[i >> 3] = (out[i >> 3] ?? 0) | (1 << (i & 7));
  }
  return out;
}

async function gatherFixed(
  column: FixedColumn,
  rows: Uint32Array,
  control: RelationOptions,
): Promise<FixedColumn> {
  const { info, data, validity } = column;
  const rowLength = numbersPerRow(column);
  const isPairs = info.kind === "complex";
  const halves = isPairs && validity !== undefined ? halfBits(validity, data.length / 2) : validity;
  const cells = await gatherRows({ data, rowLength, validity: halves }, rows, control);
  const elements = (rows.length * rowLength) / numbersPerElement(info);
  const bits =
    isPairs && cells.validity !== undefined ? pairBits(cells.validity, elements) : cells.validity;
  return {
    info,
    layout: "fixed",
    rows: rows.length,
    shape: [rows.length, ...column.shape.slice(1)],
    data: cells.data,
    ...known(bits, elements),
  };
}

/** Rows of a column by position, in new memory; NO_ROW gives a row of nulls. */
export function gatherColumn(
  column: Column,
  rows: Uint32Array,
  control: RelationOptions = {},
): Promise<Column> {
  if (column.layout === "string") return gatherStrings(column, rows, control);
  if (column.layout === "ragged") return gatherCells(column, rows, control);
  return gatherFixed(column, rows, control);
}
