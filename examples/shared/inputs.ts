import type { DenseBlock, TensorFrame } from "@fitstream/table/frame";

/** Rows of numbers, one row after the other. */
export interface Matrix {
  readonly data: Float32Array;
  readonly shape: readonly [rows: number, width: number];
}

function blockOf(frame: TensorFrame, name: string): DenseBlock {
  const block = frame.blocks.get(name);
  if (block?.layout === "dense") return block;
  throw new Error(`the frame has no numbers called ${name}`);
}

/**
 * A block of a frame as a network wants it: each column with mean 0 and standard deviation 1 by the
 * rows it was fitted to. What is missing becomes the mean, and a column more says so: that a galaxy
 * is not seen in the ultraviolet tells how far away it is.
 */
export class Inputs {
  readonly #block: string;
  readonly #mean: readonly number[];
  readonly #std: readonly number[];

  constructor(frame: TensorFrame, block: string) {
    const { data, shape } = blockOf(frame, block);
    const [rows, width] = shape;
    const columns = Array.from({ length: width }, (_, column) =>
      Array.from({ length: rows }, (_, row) => Number(data[row * width + column])).filter(
        (value) => !Number.isNaN(value),
      ),
    );
    this.#block = block;
    this.#mean = columns.map((values) => values.reduce((a, b) => a + b, 0) / values.length);
    this.#std = columns.map((values, i) => {
      const squares = values.reduce((sum, value) => sum + (value - (this.#mean[i] ?? 0)) ** 2, 0);
      return Math.sqrt(squares / values.length);
    });
  }

  /** Values, then whether each is there: `[rows, 2 * width]`. */
  of(frame: TensorFrame): Matrix {
    const { data, shape } = blockOf(frame, this.#block);
    const [rows, width] = shape;
    const out = new Float32Array(2 * rows * width);
    for (let i = 0; i < rows * width; ++i) {
      const value = Number(data[i]);
      if (Number.isNaN(value)) continue;
      const [row, column] = [Math.floor(i / width), i % width];
      out[2 * width * row + column] =
        (value - (this.#mean[column] ?? 0)) / (this.#std[column] || 1);
      out[2 * width * row + width + column] = 1;
    }
    return { data: out, shape: [rows, 2 * width] };
  }
}
