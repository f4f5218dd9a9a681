/** Frames for people: a line a column. */
import type { Dtype } from "@fitstream/native";
import { type TensorBlock, takeColumns } from "./block.js";
import { Moments } from "./moments.js";

/** What a column of a frame holds. */
export interface ColumnDescription {
  /** Its name. */
  readonly name: string;
  /** The block that it is in. */
  readonly block: string;
  /** Of its elements. */
  readonly dtype: Dtype;
  /** Elements a row; NaN for cells of different length. */
  readonly width: number;
  /** Elements that are not there: NaN in floats, -1 in categories and ids. */
  readonly missing: number;
  /** Mean of the others; NaN for ids and categories. */
  readonly mean: number;
  /** Their standard deviation (population), likewise. */
  readonly std: number;
  /** The smallest, likewise. */
  readonly min: number;
  /** The largest, likewise. */
  readonly max: number;
}

const nowhere = { mean: Number.NaN, std: Number.NaN, min: Number.NaN, max: Number.NaN };

/** Describes the columns of a block. */
export function describeBlock(
  block: string,
  tensors: TensorBlock,
  names: readonly string[],
): ColumnDescription[] {
  return names.map((name, place) => {
    const column = takeColumns(tensors, [place]);
    const base = { name, block, dtype: column.dtype };
    const data = column.layout === "dense" ? column.data : column.values;
    const width = column.layout === "dense" ? column.shape[1] : Number.NaN;
    if (data instanceof Float32Array || data instanceof Float64Array) {
      const moments = new Moments();
      moments.add(Float64Array.from(data));
      const { count, mean, squares, min, max } = moments.toJSON();
      const missing = data.length - count;
      if (count === 0) return { ...base, width, missing, ...nowhere };
      const spread = { mean, std: Math.sqrt(squares / count) };
      return { ...base, width, missing, ...spread, min: min ?? Number.NaN, max: max ?? Number.NaN };
    }
    let missing = 0;
    for (const value of data) missing += Number(Number(value) === -1);
    return { ...base, width, missing, ...nowhere };
  });
}

const places = (value: number): string => (Number.isNaN(value) ? "" : value.toPrecision(6));

/** Lines of text, columns under each other. */
export function textTable(head: readonly string[], lines: readonly (readonly string[])[]): string {
  const all = [head, ...lines];
  const widths = head.map((_, i) => Math.max(...all.map((line) => (line[i] ?? "").length)));
  return all
    .map((line) =>
      line
        .map((cell, i) => cell.padEnd(widths[i] ?? 0))
        .join("  ")
        .trimEnd(),
    )
    .join("\n");
}

/** Descriptions as lines of text. */
export function describeText(columns: readonly ColumnDescription[]): string {
  return textTable(
    ["column", "block", "dtype", "width", "missing", "mean", "std", "min", "max"],
    columns.map(({ name, block, dtype, width, missing, mean, std, min, max }) => [
      name,
      block,
      dtype,
      Number.isNaN(width) ? "any" : String(width),
      String(missing),
      ...[mean, std, min, max].map(places),
    ]),
  );
}
