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
import type { Column, ColumnInfo, StringColumn } from "./column.js";

class Strings implements StringColumn {
  readonly layout = "string" as const;
  readonly info: ColumnInfo;
  readonly rows: number;
  readonly nulls = 0;
  readonly shape: readonly number[];
  readonly bytes: Uint8Array;
  readonly offsets: Float64Array;

  constructor(info: ColumnInfo, rows: number, bytes: Uint8Array, offsets: Float64Array) {
    this.info = info;
    this.rows = rows;
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

/** The dtype of the array that holds a column's values. */
const arrayDtypeOf = (info: ColumnInfo): Dtype => (info.kind === "string" ? "uint8" : info.dtype);

/** The caller's memory for a column, as bytes. */
export function checkedMemory(
  array: TypedArray | undefined,
  info: ColumnInfo | undefined,
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
function valuesOf(info: ColumnInfo, raw: RawColumnData, into: TypedArray | undefined): TypedArray {
  const dtype = arrayDtypeOf(info);
  const offsets = raw.offsets === undefined ? undefined : new Float64Array(raw.offsets);
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
  info: ColumnInfo,
  rows: number,
  raw: RawColumnData,
  into: TypedArray | undefined,
): Column {
  const offsets = raw.offsets === undefined ? undefined : new Float64Array(raw.offsets);
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
