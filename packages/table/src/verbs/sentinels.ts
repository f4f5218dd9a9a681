import { type Column, countNulls, stringColumn } from "@fitstream/native";
import { wrongType } from "../column/keys.js";
import { isInvalid } from "../column/nulls.js";

/** What stands for no value in many catalogues. */
export type Sentinel = number | bigint | string;

/** Elements of a column: of strings, strings. */
function elementsOf(column: Column): number {
  if (column.layout === "string") return column.offsets.length - 1;
  return column.data.length;
}

/**
 * A column in which these values are null. Floats are compared in their own precision: -999.9 finds
 * the float32 nearest to it.
 */
export function withoutSentinels(column: Column, sentinels: readonly Sentinel[]): Column {
  const { info } = column;
  if (info.kind === "complex" || (column.layout !== "string" && info.kind === "string")) {
    throw wrongType(column, "no value of it can stand for null", "numbers or strings");
  }
  const isSingle = info.dtype === "float32" && column.layout !== "string";
  const wanted = new Set<Sentinel>(sentinels);
  // 64-bit columns hold BigInts, others numbers.
  for (const value of sentinels) {
    if (typeof value === "number") wanted.add(isSingle ? Math.fround(value) : value);
    if (typeof value === "number" && Number.isInteger(value)) wanted.add(BigInt(value));
    if (typeof value === "bigint") wanted.add(Number(value));
  }
  const count = elementsOf(column);
  const validity = new Uint8Array((count + 7) >> 3);
  for (let i = 0; i < count; ++i) {
    const value = column.layout === "string" ? column.at(i) : (column.data[i] ?? 0);
    if (isInvalid(column.validity, i) || wanted.has(value)) continue;
    validity[i >> 3] = (validity[i >> 3] ?? 0) | (1 << (i & 7));
  }
  const nulls = countNulls(validity, count);
  if (nulls === column.nulls) return column;
  if (column.layout === "string") {
    return stringColumn(info, column.rows, column.bytes, column.offsets, validity);
  }
  if (!info.dtype.startsWith("float")) return { ...column, nulls, validity };
  const data = column.data.slice() as Float32Array | Float64Array;
  for (let i = 0; i < count; ++i) if (isInvalid(validity, i)) data[i] = Number.NaN;
  return { ...column, nulls, validity, data };
}
