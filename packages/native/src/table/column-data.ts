import {
  byteSizeOf,
  bytesOf,
  constructors,
  type Dtype,
  type TypedArray,
  viewOf,
} from "../dtype.js";
import { fitsError } from "../errors.js";
import type { RawColumnData } from "../raw/table.js";
import type { Column, ColumnMetadata, StringColumn } from "./column.js";
import type { RaggedMemory, TableReadOptions } from "./request.js";

/** Elements whose bit is 0. */
export function countNulls(validity: Uint8Array, elements: number): number {
  let valid = 0;
  for (let i = 0; i < elements; ++i) valid += ((validity[i >> 3] ?? 0) >> (i & 7)) & 1;
  return elements - valid;
}

class Strings implements StringColumn {
  readonly layout = "string" as const;
  readonly info: ColumnMetadata;
  readonly rows: number;
  readonly nulls: number;
  readonly validity?: Uint8Array;
  readonly shape: readonly number[];
  readonly bytes: Uint8Array;
  readonly offsets: Int32Array;

  constructor(
    info: ColumnMetadata,
    rows: number,
    bytes: Uint8Array,
    offsets: Int32Array,
    validity?: Uint8Array,
  ) {
    this.info = info;
    this.rows = rows;
    this.nulls = validity === undefined ? 0 : countNulls(validity, offsets.length - 1);
    if (validity !== undefined) this.validity = validity;
    this.shape = [rows, ...info.cellShape];
    this.bytes = bytes;
    this.offsets = offsets;
  }

  at(i: number): string {
    const slice = this.bytes.subarray(this.offsets[i], this.offsets[i + 1]);
    return Buffer.from(slice.buffer, slice.byteOffset, slice.byteLength).toString("latin1");
  }

  toArray(): string[] {
    return Array.from({ length: this.offsets.length - 1 }, (_, i) => this.at(i));
  }
}

/**
 * A column of strings of the caller's own: string `i` is `bytes[offsets[i]]` to
 * `bytes[offsets[i + 1]]`, as Latin-1. The arrays are taken, not copied.
 */
export function stringColumn(
  info: ColumnMetadata,
  rows: number,
  bytes: Uint8Array,
  offsets: Int32Array,
  validity?: Uint8Array,
): StringColumn {
  return new Strings(info, rows, bytes, offsets, validity);
}

/** The dtype of the array that holds a column's values. */
const arrayDtypeOf = (info: ColumnMetadata): Dtype =>
  info.kind === "string" ? "uint8" : info.dtype;

/** The caller's memory for a column. */
export interface ColumnMemory {
  readonly values: Uint8Array;
  readonly offsets?: Int32Array;
}

/** The caller's memory for a column, if it can hold such values. */
export function checkedMemory(
  memory: TypedArray | RaggedMemory | undefined,
  info: ColumnMetadata | undefined,
  strings: TableReadOptions["strings"],
  place: { readonly path: string; readonly hdu: number },
): ColumnMemory | undefined {
  if (memory === undefined) return undefined;
  const wrong = (what: string, expected: string, found: string): Error =>
    fitsError({ code: "FITS_BAD_ARGUMENT", what, expected, found, ...place });
  if (info === undefined) {
    throw wrong("there is memory for a column that is not read", "as many as columns", "more");
  }
  const values = "offsets" in memory ? memory.values : memory;
  const dtype = arrayDtypeOf(info);
  if (!(values instanceof constructors[dtype])) {
    throw wrong("the memory for a column has another dtype", dtype, values.constructor.name);
  }
  if (!("offsets" in memory)) return { values: bytesOf(values) };
  const { offsets } = memory;
  if (!(offsets instanceof Int32Array)) {
    throw wrong("the memory for offsets has another dtype", "int32", String(offsets));
  }
  if (info.isVariable || (info.kind === "string" && strings !== "bytes")) {
    return { values: bytesOf(values), offsets };
  }
  throw wrong("a column has no offsets", "memory for values alone", `TFORM ${info.form}`);
}

/** The values of a column: new memory, or the first part of what the caller gave. */
function valuesOf(
  info: ColumnMetadata,
  raw: RawColumnData,
  offsets: Int32Array | undefined,
  into: ColumnMemory | undefined,
): TypedArray {
  const dtype = arrayDtypeOf(info);
  if (into !== undefined) {
    const isText = info.kind === "string" && !info.isVariable && offsets !== undefined;
    const elements = isText ? (offsets.at(-1) ?? 0) : raw.elements;
    const length = info.kind === "complex" ? 2 * elements : elements;
    return viewOf(dtype, into.values.buffer, into.values.byteOffset, length);
  }
  const buffer = raw.values ?? new ArrayBuffer(0);
  return viewOf(dtype, buffer, 0, buffer.byteLength / byteSizeOf(dtype));
}

/** The offsets of a column that has them: as many as it has strings or rows, and one. */
function offsetsOf(
  info: ColumnMetadata,
  rows: number,
  raw: RawColumnData,
  into: ColumnMemory | undefined,
): Int32Array | undefined {
  if (raw.offsets !== undefined) return new Int32Array(raw.offsets);
  return into?.offsets?.subarray(0, 1 + (info.isVariable ? rows : raw.elements));
}

/** A column as the core read it. */
export function columnOf(
  info: ColumnMetadata,
  rows: number,
  raw: RawColumnData,
  into: ColumnMemory | undefined,
): Column {
  const offsets = offsetsOf(info, rows, raw, into);
  const data = valuesOf(info, raw, offsets, into);
  if (info.kind === "string" && !info.isVariable && offsets !== undefined) {
    return new Strings(info, rows, bytesOf(data), offsets);
  }
  const { nulls } = raw;
  const validity = raw.validity && { validity: new Uint8Array(raw.validity) };
  if (info.isVariable && offsets !== undefined) {
    return { layout: "ragged", info, rows, nulls, data, offsets, ...validity };
  }
  const shape = [rows, ...info.cellShape];
  if (info.kind === "complex") shape.push(2);
  if (info.kind === "string") shape.push(info.stringLength ?? 0);
  return { layout: "fixed", info, rows, nulls, data, shape, ...validity };
}
