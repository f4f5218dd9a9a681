import type { Column } from "@fitstream/native";
import { columnOf, type FeatureInput, type SemanticType } from "../semantic-type.js";
import { isValid, type Key, keysOf, textsOf, wrongColumn } from "../values.js";
import { categoryIndices } from "./categorical.js";

/** Options of `multicategorical`. */
export interface MulticategoricalOptions {
  /** What is between the values of a string. Default "|". */
  readonly separator: string;
  /** Categories that are kept, the most frequent first; the others are missing. */
  readonly limit: number;
}

interface Cells {
  readonly keys: readonly (Key | null)[];
  readonly offsets: Int32Array;
  readonly nulls: number;
}

function splitTexts(texts: readonly (string | null)[], separator: string): Cells {
  const offsets = new Int32Array(texts.length + 1);
  const keys: string[] = [];
  for (const [i, text] of texts.entries()) {
    for (const part of text?.split(separator) ?? []) if (part.trim() !== "") keys.push(part.trim());
    offsets[i + 1] = keys.length;
  }
  return { keys, offsets, nulls: texts.filter((text) => text === null).length };
}

/** Bits and logicals of a vector are the positions that are set. */
function setPositions(column: Column & { readonly layout: "fixed" }): Cells {
  const width = column.data.length / Math.max(1, column.rows);
  const offsets = new Int32Array(column.rows + 1);
  const keys: number[] = [];
  for (let row = 0; row < column.rows; ++row) {
    for (let i = 0; i < width; ++i) {
      const at = row * width + i;
      if (column.data[at] === 1 && isValid(column, at)) keys.push(i);
    }
    offsets[row + 1] = keys.length;
  }
  return { keys, offsets, nulls: 0 };
}

function cellsOf(input: FeatureInput): Cells {
  const column = columnOf(input);
  const { separator } = input.feature.options as unknown as MulticategoricalOptions;
  if (column.layout === "string" && column.info.cellShape.length === 0) {
    return splitTexts(textsOf(column), separator);
  }
  if (column.layout === "ragged") {
    return { keys: keysOf(column), offsets: column.offsets, nulls: 0 };
  }
  if (column.info.cellShape.length === 0) throw wrongColumn(column, "cells of several values");
  if (column.layout === "fixed" && /^(bit|logical)$/.test(column.info.kind)) {
    return setPositions(column);
  }
  const keys = keysOf(column);
  const width = keys.length / Math.max(1, column.rows);
  const offsets = Int32Array.from({ length: column.rows + 1 }, (_, row) => row * width);
  return { keys, offsets, nulls: 0 };
}

/**
 * Several of a set of values a row: strings with separators, vectors, cells of variable length, bits
 * (the positions that are set). Cells of positions among the categories of the fit (int32), -1 for
 * those it did not have.
 */
export const multicategorical: SemanticType = {
  name: "multicategorical",
  defaults: { separator: "|", limit: 65536 },
  measure: (input) => {
    const { keys, nulls } = cellsOf(input);
    return { value: { rows: input.rows, nulls, nan: 0, sentinels: 0, keys } };
  },
  encode: (input, context) => {
    const { limit } = input.feature.options as unknown as MulticategoricalOptions;
    const { keys, offsets } = cellsOf(input);
    const values = categoryIndices(keys, context, limit);
    const { name } = input.feature;
    return [{ layout: "ragged", block: "multicategorical", name, values, offsets }];
  },
};
