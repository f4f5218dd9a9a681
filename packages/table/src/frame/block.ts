/** Blocks of tensors: the columns of one semantic type, side by side. */
import type { Dtype, TypedArray } from "@fitstream/native";
import { dtypeOf } from "@fitstream/native";
import { tableError } from "../errors.js";
import type { DensePart, EncodedPart, RaggedPart } from "./semantic-type.js";

/** Columns of single values or vectors. */
export interface DenseBlock {
  readonly layout: "dense";
  /** Row after row. */
  readonly data: TypedArray;
  /** Rows, and elements a row. */
  readonly shape: readonly [rows: number, width: number];
  /** Of the elements. */
  readonly dtype: Dtype;
  /** Elements of each column: 1, but for vectors. */
  readonly widths: readonly number[];
}

/** Columns of cells of different length. */
export interface RaggedBlock {
  readonly layout: "ragged";
  /** All cells, row after row. */
  readonly values: TypedArray;
  /** The cell of row `i` and column `c` is cell `i * columns + c`; it ends where the next begins. */
  readonly offsets: Int32Array;
  /** Rows and columns. */
  readonly shape: readonly [rows: number, columns: number];
  /** Of the values. */
  readonly dtype: Dtype;
}

/** The columns of one semantic type. */
export type TensorBlock = DenseBlock | RaggedBlock;

/** An empty array of the same dtype. */
export function emptyLike(array: TypedArray, length: number): TypedArray {
  // Bytes of text may be a Buffer, which cannot be constructed.
  if (array instanceof Uint8Array) return new Uint8Array(length);
  return new (array.constructor as new (length: number) => TypedArray)(length);
}

const sum = (numbers: readonly number[]): number => numbers.reduce((a, b) => a + b, 0);

/** Copies `count` elements; both arrays have one dtype. */
function copy(from: TypedArray, begin: number, count: number, to: TypedArray, at: number): void {
  (to as Float64Array).set(from.subarray(begin, begin + count) as Float64Array, at);
}

/** An array of a dtype that holds all of them: int32 beside int64 becomes int64. */
function widest(arrays: readonly TypedArray[], block: string): TypedArray {
  const first = arrays.find((array) => array instanceof BigInt64Array) ?? arrays[0];
  const fits = arrays.every(
    (array) =>
      dtypeOf(array) === (first === undefined ? "" : dtypeOf(first)) ||
      (first instanceof BigInt64Array && array instanceof Int32Array),
  );
  if (first !== undefined && fits) return first;
  throw tableError({
    code: "TABLE_TYPE",
    what: `the columns of block ${block} have different dtypes`,
    expected: "one dtype",
    found: [...new Set(arrays.map(dtypeOf))].join(", "),
  });
}

function joinDense(parts: readonly DensePart[], rows: number): DenseBlock {
  const widths = parts.flatMap((part) => part.widths ?? part.names.map(() => 1));
  const total = sum(widths);
  const like = widest(
    parts.map(({ data }) => data),
    parts[0]?.block ?? "",
  );
  const [only] = parts;
  if (only !== undefined && parts.length === 1) {
    return {
      layout: "dense",
      data: only.data,
      shape: [rows, total],
      dtype: dtypeOf(only.data),
      widths,
    };
  }
  const data = emptyLike(like, rows * total);
  let at = 0;
  for (const part of parts) {
    const width = rows === 0 ? 0 : part.data.length / rows;
    const isWider = like instanceof BigInt64Array && !(part.data instanceof BigInt64Array);
    const from = isWider ? BigInt64Array.from(part.data as Int32Array, BigInt) : part.data;
    for (let row = 0; row < rows; ++row) {
      for (let i = 0; i < width; ++i) {
        data[row * total + at + i] = from[row * width + i] as number;
      }
    }
    at += width;
  }
  return { layout: "dense", data, shape: [rows, total], dtype: dtypeOf(data), widths };
}

/** Cells of several columns, row after row. */
function joinRagged(parts: readonly RaggedPart[], rows: number): RaggedBlock {
  const like = widest(
    parts.map(({ values }) => values),
    parts[0]?.block ?? "",
  );
  const values = emptyLike(like, sum(parts.map((part) => part.offsets[rows] ?? 0)));
  const offsets = new Int32Array(rows * parts.length + 1);
  let at = 0;
  for (let cell = 0; cell < rows * parts.length; ++cell) {
    const part = parts[cell % parts.length] as RaggedPart;
    const row = Math.floor(cell / parts.length);
    const begin = part.offsets[row] as number;
    const count = (part.offsets[row + 1] as number) - begin;
    copy(part.values, begin, count, values, at);
    at += count;
    offsets[cell + 1] = at;
  }
  return { layout: "ragged", values, offsets, shape: [rows, parts.length], dtype: dtypeOf(values) };
}

/** Parts of one block as one tensor. */
export function joinParts(parts: readonly EncodedPart[], rows: number): TensorBlock {
  const dense = parts.filter((part) => part.layout === "dense");
  const ragged = parts.filter((part) => part.layout === "ragged");
  if (dense.length > 0 && ragged.length > 0) {
    throw tableError({
      code: "TABLE_TYPE",
      what: `block ${dense[0]?.block ?? ""} has dense and ragged columns`,
    });
  }
  return dense.length > 0 ? joinDense(dense, rows) : joinRagged(ragged, rows);
}

/** The rows at these positions, copied. */
export function takeRows(block: TensorBlock, indices: ArrayLike<number>): TensorBlock {
  const rows = indices.length;
  const [, width] = block.shape;
  if (block.layout === "dense") {
    const data = emptyLike(block.data, rows * width);
    for (let i = 0; i < rows; ++i) {
      copy(block.data, (indices[i] as number) * width, width, data, i * width);
    }
    return { ...block, data, shape: [rows, width] };
  }
  const offsets = new Int32Array(rows * width + 1);
  const cellAt = (cell: number): number =>
    (indices[Math.floor(cell / width)] as number) * width + (cell % width);
  for (let cell = 0; cell < rows * width; ++cell) {
    const from = cellAt(cell);
    const length = (block.offsets[from + 1] as number) - (block.offsets[from] as number);
    offsets[cell + 1] = (offsets[cell] as number) + length;
  }
  const values = emptyLike(block.values, offsets[rows * width] as number);
  for (let cell = 0; cell < rows * width; ++cell) {
    const at = offsets[cell] as number;
    const count = (offsets[cell + 1] as number) - at;
    copy(block.values, block.offsets[cellAt(cell)] as number, count, values, at);
  }
  return { ...block, values, offsets, shape: [rows, width] };
}

/** Columns at these positions, copied. */
export function takeColumns(block: TensorBlock, places: readonly number[]): TensorBlock {
  const [rows, width] = block.shape;
  if (block.layout === "dense") {
    const widths = places.map((place) => block.widths[place] as number);
    const elements = places.flatMap((place, i) => {
      const begin = sum(block.widths.slice(0, place));
      return Array.from({ length: widths[i] as number }, (_, element) => begin + element);
    });
    const data = emptyLike(block.data, rows * elements.length);
    for (let i = 0; i < data.length; ++i) {
      const from =
        Math.floor(i / elements.length) * width + (elements[i % elements.length] as number);
      data[i] = block.data[from] as number;
    }
    return { ...block, data, shape: [rows, elements.length], widths };
  }
  const cells = { ...block, shape: [rows * width, 1] as const };
  const wanted = Array.from({ length: rows * places.length }, (_, i) => {
    return Math.floor(i / places.length) * width + (places[i % places.length] as number);
  });
  return { ...takeRows(cells, wanted), shape: [rows, places.length] } as RaggedBlock;
}

/** Blocks of the same columns, rows after rows. */
export function concatBlocks(blocks: readonly TensorBlock[]): TensorBlock {
  const rows = sum(blocks.map(({ shape }) => shape[0]));
  const [first] = blocks;
  if (first?.layout === "dense") {
    const arrays = blocks.flatMap((block) => (block.layout === "dense" ? [block.data] : []));
    return { ...first, data: concatArrays(arrays), shape: [rows, first.shape[1]] };
  }
  const ragged = blocks.filter((block) => block.layout === "ragged");
  const values = concatArrays(ragged.map((block) => block.values));
  const width = ragged[0]?.shape[1] ?? 0;
  const offsets = new Int32Array(rows * width + 1);
  let [cell, before] = [0, 0];
  for (const block of ragged) {
    for (let i = 1; i < block.offsets.length; ++i) {
      cell += 1;
      offsets[cell] = before + (block.offsets[i] as number);
    }
    before += block.values.length;
  }
  return { layout: "ragged", values, offsets, shape: [rows, width], dtype: dtypeOf(values) };
}

function concatArrays(arrays: readonly TypedArray[]): TypedArray {
  const out = emptyLike(arrays[0] ?? new Float32Array(0), sum(arrays.map(({ length }) => length)));
  let at = 0;
  for (const array of arrays) {
    copy(array, 0, array.length, out, at);
    at += array.length;
  }
  return out;
}

/** Whether two arrays have one dtype and equal elements, NaN equal to NaN. */
export function equalArrays(a: TypedArray, b: TypedArray): boolean {
  if (a.length !== b.length || dtypeOf(a) !== dtypeOf(b)) return false;
  for (let i = 0; i < a.length; ++i) if (!(a[i] === b[i] || Object.is(a[i], b[i]))) return false;
  return true;
}

/** Whether two blocks hold the same. */
export function equalBlocks(a: TensorBlock, b: TensorBlock): boolean {
  if (a.shape[0] !== b.shape[0] || a.shape[1] !== b.shape[1]) return false;
  if (a.layout === "dense") return b.layout === "dense" && equalArrays(a.data, b.data);
  if (b.layout === "dense") return false;
  return equalArrays(a.values, b.values) && equalArrays(a.offsets, b.offsets);
}
