import {
  byteSizeOf,
  type Column,
  type Dtype,
  type FixedColumn,
  type NdArray,
  type TypedArray,
  viewOf,
} from "@fitstream/native";
import { wrongType } from "../column/keys.js";
import { isInvalid } from "../column/nulls.js";
import { tableError } from "../errors.js";

/** Options of {@link FitsTable.toTensors}. */
export interface TensorOptions {
  /** Names. Default: all columns. */
  readonly columns?: readonly string[];
  /** One for all, or by name. Default: each column's own. */
  readonly dtype?: Dtype | Readonly<Record<string, Dtype>>;
  /** What stands for null, by name. Default: NaN in floats; integers with nulls are an error. */
  readonly fill?: Readonly<Record<string, number | bigint>>;
  /** Allow floats that round integers: 64-bit ones, and 32-bit ones as float32. Default false. */
  readonly lossy?: boolean;
}

const bits: Readonly<Record<Dtype, number>> = {
  uint8: 8,
  int8: 8,
  uint16: 16,
  int16: 16,
  uint32: 32,
  int32: 32,
  uint64: 64,
  int64: 64,
  float32: 24,
  float64: 53,
};

const isFloat = (dtype: Dtype): boolean => dtype.startsWith("float");
const isUnsigned = (dtype: Dtype): boolean => dtype.startsWith("u");

/** Whether every value of one dtype is a value of the other; floats may be rounded to floats. */
function holds(to: Dtype, from: Dtype): boolean {
  if (isFloat(from)) return isFloat(to);
  if (isFloat(to)) return bits[from] - (isUnsigned(from) ? 0 : 1) <= bits[to];
  if (isUnsigned(from)) return isUnsigned(to) ? bits[to] >= bits[from] : bits[to] > bits[from];
  return !isUnsigned(to) && bits[to] >= bits[from];
}

function fixedOf(column: Column): FixedColumn {
  if (column.layout === "fixed" && column.info.kind !== "string") return column;
  if (column.info.kind === "string") {
    throw wrongType(column, "text is no tensor", "numbers: encode it as categories first");
  }
  throw wrongType(column, "cells of variable length are no tensor", "cells of one shape");
}

function converted(column: FixedColumn, to: Dtype, isLossy: boolean): TypedArray {
  const { dtype } = column.info;
  // Integers never: what does not fit would come out as another number.
  if (!holds(to, dtype) && !(isLossy && isFloat(to))) {
    throw wrongType(
      column,
      `${to} does not hold its values`,
      "a dtype that does, or a `lossy` float",
    );
  }
  const { length } = column.data;
  const out = viewOf(to, new ArrayBuffer(length * byteSizeOf(to)), 0, length);
  const isBig = to === "int64" || to === "uint64";
  for (let i = 0; i < out.length; ++i) {
    const value = column.data[i] ?? 0;
    (out as { [i: number]: number | bigint })[i] = isBig ? BigInt(value) : Number(value);
  }
  return out;
}

function filled(
  column: FixedColumn,
  data: TypedArray,
  dtype: Dtype,
  fill: number | bigint | undefined,
): TypedArray {
  const { name, kind } = column.info;
  const elements = kind === "complex" ? data.length / 2 : data.length;
  const isNaNNull = isFloat(dtype) && fill !== undefined;
  if (column.validity === undefined && !isNaNNull) return data;
  const value = fill ?? (isFloat(dtype) ? Number.NaN : undefined);
  const out = data === column.data ? data.slice() : data;
  const each = out.length / elements;
  for (let i = 0; i < elements; ++i) {
    const isMissing = isInvalid(column.validity, i) || (isNaNNull && Number.isNaN(out[i * each]));
    if (!isMissing) continue;
    if (value === undefined) {
      throw tableError({
        code: "TABLE_TYPE",
        what: "an integer tensor has no null",
        expected: "`fill` for this column, or a float dtype",
        found: "null",
        column: name,
        row: Math.floor((i * each) / (out.length / Math.max(1, column.rows))),
      });
    }
    for (let k = 0; k < each; ++k) (out as { [i: number]: number | bigint })[i * each + k] = value;
  }
  return out;
}

/** A column of one number a row as float64, NaN where it is null. */
export function floatsOf(column: Column): Float64Array {
  if (column.layout !== "fixed" || column.info.cellShape.length > 0) {
    throw wrongType(column, "it is not one number a row", "a column of numbers");
  }
  const { data } = tensorOf(column, { dtype: "float64" });
  return data as Float64Array;
}

/** A column as a tensor: its own memory where nothing has to change. */
export function tensorOf(column: Column, { dtype, fill, lossy = false }: TensorOptions): NdArray {
  const fixed = fixedOf(column);
  const { name } = fixed.info;
  const to = (typeof dtype === "string" ? dtype : dtype?.[name]) ?? fixed.info.dtype;
  const data = to === fixed.info.dtype ? fixed.data : converted(fixed, to, lossy);
  return { dtype: to, shape: fixed.shape, data: filled(fixed, data, to, fill?.[name]) };
}
