/** What a frame is made of, and what is made of all of it. */
import type { Dtype, TypedArray } from "@fitstream/native";
import { tableError } from "../errors.js";
import { concatBlocks, type DenseBlock, equalBlocks, type TensorBlock } from "./block.js";

/** What is predicted. */
export interface FrameTarget extends DenseBlock {
  /** The column that it is of. */
  readonly name: string;
  /** What its numbers stand for, where it is a category: sorted by value. */
  readonly categories?: readonly string[];
}

/** Tensors by name, as batches of a DataLoader have them. */
export type FrameTensors = Readonly<
  Record<
    string,
    { readonly data: TypedArray; readonly shape: readonly number[]; readonly dtype: Dtype }
  >
>;

/** What a {@link TensorFrame} is made of. */
export interface FrameParts {
  /** Rows of every block. */
  readonly rows: number;
  /** Tensors by semantic type. */
  readonly blocks: ReadonlyMap<string, TensorBlock>;
  /** Names of the columns of each block. */
  readonly columns: ReadonlyMap<string, readonly string[]>;
  /** What is predicted. */
  readonly target?: FrameTarget | undefined;
}

/** Whether two frames have the same columns, rows and target; NaN equals NaN. */
export function equalParts(a: FrameParts, b: FrameParts): boolean {
  if (a.rows !== b.rows || layoutOf(a) !== layoutOf(b)) return false;
  if (a.target && b.target && !equalBlocks(a.target, b.target)) return false;
  return [...a.blocks].every(([type, block]) => {
    const match = b.blocks.get(type);
    return match !== undefined && equalBlocks(block, match);
  });
}

const layoutOf = (parts: FrameParts | undefined): string =>
  JSON.stringify([[...(parts?.columns ?? [])], parts?.target?.name]);

/** Frames of the same columns as one. */
export function concatParts(frames: readonly FrameParts[]): FrameParts {
  const [first] = frames;
  const other = frames.find((frame) => layoutOf(frame) !== layoutOf(first));
  if (first === undefined || other !== undefined) {
    throw tableError({
      code: first === undefined ? "TABLE_BAD_ARGUMENT" : "TABLE_TYPE",
      what: "only frames of the same columns are one frame",
      expected: first === undefined ? "one frame or more" : layoutOf(first),
      found: other === undefined ? "none" : layoutOf(other),
    });
  }
  const targets = frames.flatMap(({ target }) => (target === undefined ? [] : [target]));
  const blocks = [...first.blocks].map(([type, block]) => {
    return [type, concatBlocks(frames.map((frame) => frame.blocks.get(type) ?? block))] as const;
  });
  const joined = first.target && { ...first.target, ...(concatBlocks(targets) as DenseBlock) };
  const rows = frames.reduce((sum, frame) => sum + frame.rows, 0);
  return { rows, columns: first.columns, blocks: new Map(blocks), target: joined };
}

/** Blocks by name, in the shape that batches have. */
export function tensorsOf({ blocks, target }: FrameParts): FrameTensors {
  const out: Record<string, FrameTensors[string]> = {};
  for (const [type, block] of blocks) {
    if (type === "id" || type.startsWith("id.")) continue;
    if (block.layout === "dense") {
      out[type] = { data: block.data, shape: block.shape, dtype: block.dtype };
      continue;
    }
    const { values, offsets, dtype } = block;
    out[`${type}.values`] = { data: values, shape: [values.length], dtype };
    out[`${type}.offsets`] = { data: offsets, shape: [offsets.length], dtype: "int32" };
  }
  if (target !== undefined) {
    const { data, shape, dtype } = target;
    out["target"] = { data, shape: shape[1] === 1 ? [shape[0]] : shape, dtype };
  }
  return out;
}
