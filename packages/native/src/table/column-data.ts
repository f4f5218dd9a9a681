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

/** The caller's memory for a column, as bytes. */
export function checkedMemory(
  array: TypedArray | undefined,
  info: ColumnMetadata | undefined,
  place: { readonly path: string; readonly hdu: number },
): Uint8Array | undefined {
  if (array === undefined) return undefined;
  const dtype = info === undefined ? undefined : arrayDtypeOf(info);
  if (dtype !== undefined && array instanceof constructors[dtype]) return bytesOf(array);
  throw fitsError({
    code: "FITS_BAD_ARGUMENT",
    what: "the memory for a column has another dtype",
    expected: dtype ?? "as many arrays as columns",
    found: array.constructor.name,
    ...place,
  });
}

/** The values of a column: new memory, or the first part of what the caller gave. */
function valuesOf(
  info: ColumnMetadata,
  raw: RawColumnData,
  into: TypedArray | undefined,
): TypedArray {
  const dtype = arrayDtypeOf(info);
  const offsets = raw.offsets === undefined ? undefined : new Int32Array(raw.offsets);
  if (into !== undefined) {
    const isText = info.kind === "string" && !info.isVariable && offsets !== undefined;
    const elements = isText ? (offsets.at(-1) ?? 0) : raw.elements;
    const length = info.kind === "complex" ? 2 * elements : elements;
    return viewOf(dtype, into.buffer, into.byteOffset, length);
  }
  const buffer = raw.values ?? new ArrayBuffer(0);
  return viewOf(dtype, buffer, 0, buffer.byteLength / byteSizeOf(dtype));
}

/** A column as the core read it. */
export function columnOf(
  info: ColumnMetadata,
  rows: number,
  raw: RawColumnData,
  into: TypedArray | undefined,
): Column {
  const offsets = raw.offsets === undefined ? undefined : new Int32Array(raw.offsets);
  const data = valuesOf(info, raw, into);
  if (info.kind === "string" && !info.isVariable && offsets !== undefined) {
    return new Strings(info, rows, bytesOf(data), offsets);
  }
  const validity = raw.validity === undefined ? {} : { validity: new Uint8Array(raw.validity) };
  const base = { info, rows, nulls: raw.nulls, data, ...validity };
  if (info.isVariable && offsets !== undefined) return { ...base, layout: "ragged", offsets };
  const last =
    info.kind === "complex" ? [2] : info.kind === "string" ? [info.stringLength ?? 0] : [];
  return { ...base, layout: "fixed", shape: [rows, ...info.cellShape, ...last] };
}
