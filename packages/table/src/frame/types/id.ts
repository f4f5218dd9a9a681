import type { Column, TypedArray } from "@fitstream/native";
import { columnOf, type EncodedPart, type SemanticType } from "../semantic-type.js";
import { isValid, wrongColumn } from "../values.js";

/** What a null id becomes: all bits set. */
const NOBODY = -1n;

function wholeNumbers(column: Column): TypedArray {
  const { kind, dtype, cellShape } = column.info;
  const isWhole = kind === "number" && dtype.includes("int") && cellShape.length === 0;
  if (column.layout !== "fixed" || !isWhole) throw wrongColumn(column, "whole numbers or strings");
  const out = dtype === "uint64" ? new BigUint64Array(column.rows) : new BigInt64Array(column.rows);
  for (let i = 0; i < out.length; ++i) {
    const value = isValid(column, i) ? BigInt(column.data[i] as number | bigint) : NOBODY;
    out[i] = dtype === "uint64" ? BigInt.asUintN(64, value) : value;
  }
  return out;
}

/**
 * What tells objects apart, and never a feature: 64-bit whole numbers (null ones -1), or the bytes of
 * strings. Kept beside the tensors, by the block "id" (or "id.uint64", "id.text").
 */
export const id: SemanticType = {
  name: "id",
  defaults: {},
  measure: (input) => {
    const { nulls, layout } = columnOf(input);
    if (layout !== "string") wholeNumbers(columnOf(input));
    return { value: { rows: input.rows, nulls, nan: 0, sentinels: 0 } };
  },
  encode: (input): EncodedPart[] => {
    const column = columnOf(input);
    const { name } = input.feature;
    if (column.layout === "string") {
      const { bytes: values, offsets } = column;
      return [{ layout: "ragged", block: "id.text", name, values, offsets }];
    }
    const data = wholeNumbers(column);
    const block = data instanceof BigUint64Array ? "id.uint64" : "id";
    return [{ layout: "dense", block, names: [name], data }];
  },
};
