/**
 * Canonical bytes of arrays, as make-goldens.py defines them: little-endian int64, uint64 or
 * float64 in C order, every NaN the same.
 */
import { createHash } from "node:crypto";
import type { Column, FixedColumn, RaggedColumn, TypedArray } from "@fitstream/native";

export function sha256(...parts: readonly Uint8Array[]): string {
  const hash = createHash("sha256");
  for (const part of parts) hash.update(part);
  return hash.digest("hex");
}

function bytes(array: ArrayBufferView): Uint8Array {
  return new Uint8Array(array.buffer, array.byteOffset, array.byteLength);
}

/** float64, one bit pattern for every NaN. */
export function float64Bytes(values: ArrayLike<number>): Uint8Array {
  const out = new BigUint64Array(new Float64Array(values).buffer);
  const floats = new Float64Array(out.buffer);
  for (let i = 0; i < out.length; ++i) {
    if (Number.isNaN(floats[i])) out[i] = 0x7ff8_0000_0000_0000n;
  }
  return bytes(out);
}

/** float32, one bit pattern for every NaN. */
export function float32Bytes(values: ArrayLike<number>): Uint8Array {
  const out = new Uint32Array(new Float32Array(values).buffer);
  const floats = new Float32Array(out.buffer);
  for (let i = 0; i < out.length; ++i) if (Number.isNaN(floats[i])) out[i] = 0x7fc0_0000;
  return bytes(out);
}

/** int64, or uint64 for uint64 values. */
export function integerBytes(values: TypedArray): Uint8Array {
  if (values instanceof BigUint64Array || values instanceof BigInt64Array) return bytes(values);
  return bytes(BigInt64Array.from(values as ArrayLike<number>, BigInt));
}

/** Whether an array holds BigInts. */
export function isBig(values: TypedArray): values is BigInt64Array | BigUint64Array {
  return values instanceof BigInt64Array || values instanceof BigUint64Array;
}

/** Numbers by what the golden says they are. */
export function numberBytes(values: TypedArray, value: "int" | "float"): Uint8Array {
  if (value === "int") return integerBytes(values);
  return float64Bytes(isBig(values) ? Float64Array.from(values, Number) : values);
}

function isNull(column: FixedColumn | RaggedColumn, i: number): boolean {
  const byte = column.validity?.[i >> 3];
  return byte !== undefined && ((byte >> (i & 7)) & 1) === 0;
}

/** 1 true, 0 false, 2 undefined. */
function logicalBytes(column: FixedColumn | RaggedColumn): Uint8Array {
  const values = column.data as Uint8Array;
  return Uint8Array.from(values, (value, i) => (isNull(column, i) ? 2 : value));
}

function packed(items: readonly Uint8Array[], lengths: readonly number[]): Uint8Array {
  const total = items.reduce((n, item) => n + item.length + 4, 0);
  const out = new Uint8Array(total);
  const view = new DataView(out.buffer);
  let at = 0;
  items.forEach((item, i) => {
    view.setUint32(at, lengths[i] ?? 0, true);
    out.set(item, at + 4);
    at += 4 + item.length;
  });
  return out;
}

/** The elements of a fixed or ragged column, canonical, and how many bytes each takes. */
function elementBytes(
  column: FixedColumn | RaggedColumn,
  element: "int" | "float",
): { all: Uint8Array; size: number } {
  const { data } = column;
  switch (column.info.kind) {
    case "logical":
      return { all: logicalBytes(column), size: 1 };
    case "bit":
    case "string":
      return { all: data as Uint8Array, size: 1 };
    case "complex":
      return { all: float64Bytes(data as Float32Array | Float64Array), size: 16 };
    case "number":
      return { all: numberBytes(data, element), size: 8 };
  }
}

/**
 * Canonical bytes of a column.
 *
 * @param element "int" or "float": what the golden says the numbers of a ragged column are.
 */
export function columnBytes(column: Column, element: "int" | "float"): Uint8Array {
  if (column.layout === "string") {
    const items = Array.from({ length: column.offsets.length - 1 }, (_, i) =>
      column.bytes.subarray(column.offsets[i], column.offsets[i + 1]),
    );
    return packed(
      items,
      items.map((item) => item.length),
    );
  }
  const { all, size } = elementBytes(column, element);
  if (column.layout === "fixed") return all;
  const { offsets } = column;
  const items = Array.from({ length: offsets.length - 1 }, (_, i) =>
    all.subarray((offsets[i] ?? 0) * size, (offsets[i + 1] ?? 0) * size),
  );
  return packed(
    items,
    items.map((item) => item.length / size),
  );
}
