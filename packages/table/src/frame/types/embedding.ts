import type { FixedColumn } from "@fitstream/native";
import { tableError } from "../../errors.js";
import {
  adjust,
  adjustmentOf,
  floats,
  measured,
  missingParts,
  type OutputOptions,
  outputDefaults,
} from "../outputs.js";
import { columnOf, type FeatureInput, type SemanticType } from "../semantic-type.js";
import { isValid, wrongColumn } from "../values.js";

interface EmbeddingOptions extends OutputOptions {
  /** Numbers a cell, as the fit found them. */
  readonly width: number;
}

function vectorsOf(input: FeatureInput): FixedColumn {
  const column = columnOf(input);
  const isVector = column.layout === "fixed" && column.info.kind === "number";
  if (!isVector || column.info.dtype.endsWith("int64")) throw wrongColumn(column, "vectors");
  return column;
}

/** Elements, NaN where there is none. */
function elementsOf(column: FixedColumn): Float64Array {
  const out = new Float64Array(column.data.length);
  for (let i = 0; i < out.length; ++i) {
    const value = Number(column.data[i]);
    out[i] = isValid(column, i) && Number.isFinite(value) ? value : Number.NaN;
  }
  return out;
}

/** Sums of the rows' elements: NaN where one is. */
function sumsOf(numbers: Float64Array, width: number, rows: number): Float64Array {
  const out = new Float64Array(rows);
  for (let i = 0; i < numbers.length; ++i) {
    const row = Math.floor(i / width);
    out[row] = (out[row] as number) + (numbers[i] as number);
  }
  return out;
}

/**
 * A vector of numbers a row; elements that are not there NaN. All elements are filled and scaled by
 * the same numbers, which keeps their shape; the indicator tells whether any of a row is missing.
 */
export const embedding: SemanticType = {
  name: "embedding",
  defaults: { ...outputDefaults, width: 0 },
  group: (columns) =>
    columns.map(({ name, cellShape }) => ({
      columns: [name],
      options: { width: cellShape.reduce((n, axis) => n * axis, 1) },
    })),
  measure: (input) => {
    const column = vectorsOf(input);
    const numbers = elementsOf(column);
    let lost = 0;
    for (let i = 0; i < numbers.length; ++i) lost += Number(Number.isNaN(numbers[i]));
    const counts = { nulls: column.nulls, nan: lost - column.nulls, sentinels: 0 };
    return measured(input, { element: { rows: input.rows, ...counts, numbers } }, () => []);
  },
  encode: (input, { dtype, statistics }) => {
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
    const { feature, rows } = input;
    const numbers = elementsOf(column);
    const data = floats(dtype, numbers.length);
    adjust(numbers, adjustmentOf(feature, statistics["element"]), data, 0, 1);
    const inputs = [{ name: feature.name, numbers: sumsOf(numbers, width, rows) }];
    const block = "embedding";
    return [
      { layout: "dense", block, names: [feature.name], widths: [width], data },
      ...missingParts(block, feature, inputs, dtype),
    ];
  },
};
