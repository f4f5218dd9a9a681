import type { FixedColumn } from "@fitstream/native";
import { tableError } from "../../errors.js";
import { columnOf, type FeatureInput, type SemanticType } from "../semantic-type.js";
import { isValid, wrongColumn } from "../values.js";

interface EmbeddingOptions {
  /** Numbers a cell, as the fit found them. */
  readonly width: number;
}

function vectorsOf(input: FeatureInput): FixedColumn {
  const column = columnOf(input);
  const isVector = column.layout === "fixed" && column.info.kind === "number";
  if (!isVector || column.info.dtype.endsWith("int64")) throw wrongColumn(column, "vectors");
  return column;
}

/** A vector of numbers a row, as it is; elements that are not there NaN. */
export const embedding: SemanticType = {
  name: "embedding",
  defaults: { width: 0 },
  group: (columns) =>
    columns.map(({ name, cellShape }) => ({
      columns: [name],
      options: { width: cellShape.reduce((n, axis) => n * axis, 1) },
    })),
  measure: (input) => {
    const column = vectorsOf(input);
    const numbers = Float64Array.from(column.data as ArrayLike<number>, (value, i) =>
      isValid(column, i) && Number.isFinite(value) ? value : Number.NaN,
    );
    const lost = numbers.reduce((sum, value) => sum + Number(Number.isNaN(value)), 0);
    const nan = lost - column.nulls;
    return { element: { rows: input.rows, nulls: column.nulls, nan, sentinels: 0, numbers } };
  },
  encode: (input, { dtype }) => {
    const column = vectorsOf(input);
    const { width } = input.feature.options as unknown as EmbeddingOptions;
    if (column.data.length !== width * input.rows) {
      throw tableError({
        code: "TABLE_TYPE",
        what: "the vectors have another length than those of the fit",
        expected: String(width),
        found: String(column.data.length / input.rows),
        column: column.info.name,
      });
    }
    const data = new (dtype === "float64" ? Float64Array : Float32Array)(column.data.length);
    for (let i = 0; i < data.length; ++i) {
      data[i] = isValid(column, i) ? Number(column.data[i]) : Number.NaN;
    }
    const names = [input.feature.name];
    return [{ layout: "dense", block: "embedding", names, widths: [width], data }];
  },
};
