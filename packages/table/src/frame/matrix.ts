/** A frame as one matrix. */
import type { ArrayOfDtype, NdArray } from "@fitstream/native";
import { tableError } from "../errors.js";
import type { FrameParts } from "./frame-parts.js";
import { floats } from "./outputs.js";

/** Options of {@link TensorFrame.toMatrix}. */
export interface MatrixOptions<D extends "float32" | "float64" = "float32" | "float64"> {
  /** Default "float32". */
  readonly dtype?: D | undefined;
  /** Names of columns, or of whole blocks; those of one block stay together. Default: all floats. */
  readonly columns?: readonly string[] | undefined;
}

/** Features side by side. */
export interface FrameMatrix<D extends "float32" | "float64" = "float32" | "float64">
  extends NdArray<D> {
  /** Row after row. */
  readonly data: ArrayOfDtype[D];
  /** Rows, and features of each. */
  readonly shape: readonly [rows: number, features: number];
  /** Of the features; elements of vectors are `NAME[0]`, `NAME[1]` ... */
  readonly names: readonly string[];
}

/** The blocks of floats of a frame as one matrix; other blocks are refused where they were chosen. */
export function matrixOf<D extends "float32" | "float64">(
  { rows, blocks, columns }: FrameParts,
  { dtype = "float32" as D, columns: chosen }: MatrixOptions<D>,
): FrameMatrix<D> {
  const parts = [...blocks].flatMap(([name, block]) => {
    const { data } = block.layout === "dense" ? block : { data: undefined };
    if (data instanceof Float32Array || data instanceof Float64Array) {
      return [{ name, data, width: block.shape[1] }];
    }
    if (chosen === undefined) return [];
    throw tableError({
      code: "TABLE_TYPE",
      what: `block ${name} has no floats: its numbers are no amounts`,
      expected: "columns of floats",
      found: (columns.get(name) ?? []).join(", "),
    });
  });
  const features = parts.reduce((sum, { width }) => sum + width, 0);
  const data = floats(dtype, rows * features);
  let at = 0;
  for (const { data: from, width } of parts) {
    for (let row = 0; row < rows; ++row) {
      for (let i = 0; i < width; ++i) {
        data[row * features + at + i] = from[row * width + i] as number;
      }
    }
    at += width;
  }
  const names = parts.flatMap(({ name }) => featureNames(name, { blocks, columns }));
  return { dtype, shape: [rows, features], data: data as ArrayOfDtype[D], names };
}

/** Names of a block's elements. */
function featureNames(
  name: string,
  { blocks, columns }: Pick<FrameParts, "blocks" | "columns">,
): string[] {
  const block = blocks.get(name);
  const widths = block?.layout === "dense" ? block.widths : [];
  return (columns.get(name) ?? []).flatMap((column, i) => {
    const width = widths[i] ?? 1;
    if (width === 1) return [column];
    return Array.from({ length: width }, (_, element) => `${column}[${element}]`);
  });
}
