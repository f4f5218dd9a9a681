import type { Column, ColumnMetadata } from "@fitstream/native";
import { wrongType } from "../column/keys.js";
import { unitFactor } from "../units.js";

/** A column in another unit: float32 stays, other numbers become float64. */
export function inUnit(column: Column, unit: string): Column {
  const { info } = column;
  const isNumeric = info.kind === "number" || info.kind === "complex";
  if (column.layout === "string" || !isNumeric) {
    throw wrongType(column, "only numbers have units", "a column of numbers");
  }
  const factor = unitFactor(info.unit, unit, info.name);
  const { length } = column.data;
  const isSingle = info.dtype === "float32";
  const data = isSingle ? new Float32Array(length) : new Float64Array(length);
  for (let i = 0; i < length; ++i) data[i] = Number(column.data[i]) * factor;
  const { null: _, dataMin, dataMax, legalMin, legalMax, ...rest } = info;
  const limits = Object.entries({ dataMin, dataMax, legalMin, legalMax }).flatMap(([key, limit]) =>
    limit === undefined ? [] : [[key, limit * factor]],
  );
  const scaled: ColumnMetadata = {
    ...rest,
    unit,
    dtype: isSingle ? "float32" : "float64",
    ...Object.fromEntries(limits),
  };
  return { ...column, info: scaled, data };
}
