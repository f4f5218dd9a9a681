import type { FrameMatrix, TensorFrame } from "@fitstream/table/frame";
import type { LayersModel, Scalar, Tensor, Tensor2D, Variable } from "@tensorflow/tfjs";
import type { Tf } from "./backend.js";
import type { Progress } from "./progress.js";
import { Random } from "./random.js";

/** Rows of numbers, one row after the other. */
export type Matrix = Pick<FrameMatrix<"float32">, "data" | "shape">;

/** Rows with what is to be predicted of each: a number, or the position of a class. */
export interface Examples {
  readonly inputs: Matrix;
  readonly target: Float32Array | Int32Array;
}

/** Examples batch by batch: a different order each time that it is gone through, which is an epoch. */
export type Batches = AsyncIterable<Examples>;

/** What to train. */
export interface TrainOptions {
  /** Number of classes; undefined: a number is predicted. */
  readonly classes?: number;
  /** Units of the hidden layers; none: a linear model. */
  readonly hidden: readonly number[];
  readonly epochs: number;
  /** Of the initial weights and of the order of the rows. */
  readonly seed: number;
}

/** Rows of a batch. */
export const batchSize = 256;
/** Residuals beyond this one, in ln(1 + z), count by their size, not by its square. */
const outlier = 0.05;
/** At the start. A linear model has one best place, and walks there fast. */
const rates = { linear: 0.05, network: 0.005 } as const;

function build(tf: Tf, width: number, { hidden, classes = 1, seed }: TrainOptions): LayersModel {
  const layer = (units: number, i: number, activation: "swish" | "linear") =>
    tf.layers.dense({
      units,
      activation,
      // The last layer begins with what says nothing.
      kernelInitializer:
        i < hidden.length ? tf.initializers.glorotNormal({ seed: seed + i }) : "zeros",
      ...(i === 0 ? { inputShape: [width] } : {}),
    });
  return tf.sequential({
    layers: [
      ...hidden.map((units, i) => layer(units, i, "swish")),
      layer(classes, hidden.length, "linear"),
    ],
  });
}

/** A perceptron, trained. It owns tensors: dispose frees them. */
export class Model implements Disposable {
  readonly #tf: Tf;
  readonly #layers: LayersModel;
  readonly #classes: number | undefined;

  constructor(tf: Tf, width: number, options: TrainOptions) {
    this.#tf = tf;
    this.#layers = build(tf, width, options);
    this.#classes = options.classes;
  }

  /**
   * Trains a model by Adam, with a rate that falls to 0, and keeps the weights of the epoch that did
   * best on the validation part.
   */
  static async train(
    tf: Tf,
    train: Batches,
    validation: Examples,
    options: TrainOptions,
    progress: Progress,
    signal?: AbortSignal,
  ): Promise<Model> {
    const [, width] = validation.inputs.shape;
    const model = new Model(tf, width, options);
    const weights = model.#layers.trainableWeights.map((weight) => weight.read() as Variable);
    const { hidden, epochs } = options;
    const rate = rates[hidden.length === 0 ? "linear" : "network"];
    const optimizer = tf.train.adam(rate);
    const held = model.#tensors(validation);
    let best = { loss: Number.POSITIVE_INFINITY, weights: [] as Tensor[] };
    try {
      for (let epoch = 0; epoch < epochs; ++epoch) {
        signal?.throwIfAborted();
        // tfjs's Adam has no setter for its rate, but reads it at each step.
        Object.assign(optimizer, { learningRate: rate * (1 - epoch / epochs) });
        for await (const batch of train) {
          tf.tidy(() => {
            const [inputs, target] = model.#tensors(batch);
            optimizer.minimize(() => model.#loss(inputs, target), false, weights);
          });
        }
        const loss = await numberOf(tf.tidy(() => model.#loss(...held)));
        progress.update(epoch + 1, epochs, `epochs, validation loss ${loss.toFixed(5)}`);
        if (loss >= best.loss) continue;
        tf.dispose(best.weights);
        best = { loss, weights: weights.map((weight) => weight.clone()) };
      }
      for (const [i, weight] of best.weights.entries()) weights[i]?.assign(weight);
    } finally {
      progress.stop();
      tf.dispose([...held, ...best.weights]);
      optimizer.dispose();
    }
    return model;
  }

  /** Numbers, `[rows]`; with classes their probabilities, `[rows, classes]`. */
  async predict({ data, shape }: Matrix): Promise<Float32Array> {
    const output = this.#tf.tidy(() => {
      const out = this.#apply(this.#tf.tensor2d(data, [...shape]));
      return this.#classes === undefined ? out : this.#tf.softmax(out);
    });
    const values = await output.data<"float32">();
    output.dispose();
    return values;
  }

  [Symbol.dispose](): void {
    this.#layers.dispose();
  }

  #apply(inputs: Tensor2D): Tensor2D {
    return this.#layers.apply(inputs) as Tensor2D;
  }

  #tensors({ inputs, target }: Examples): [Tensor2D, Tensor2D] {
    const x = this.#tf.tensor2d(inputs.data, [...inputs.shape]);
    const y = this.#tf.tidy(() => {
      if (this.#classes === undefined)
        return this.#tf.tensor2d(Float32Array.from(target), [target.length, 1]);
      return this.#tf.oneHot(Int32Array.from(target), this.#classes).toFloat() as Tensor2D;
    });
    return [x, y];
  }

  #loss(inputs: Tensor2D, target: Tensor2D): Scalar {
    const { losses } = this.#tf;
    const output = this.#apply(inputs);
    if (this.#classes !== undefined) return losses.softmaxCrossEntropy(target, output) as Scalar;
    return losses.huberLoss(target, output, undefined, outlier) as Scalar;
  }
}

async function numberOf(scalar: Scalar): Promise<number> {
  const [value = Number.NaN] = await scalar.data();
  scalar.dispose();
  return value;
}

/** The rows of a frame as examples. */
export function examplesOf(frame: TensorFrame): Examples {
  return { inputs: frame.toMatrix(), target: frame.target?.data as Float32Array | Int32Array };
}

/** The rows of a frame in batches, shuffled in another way each epoch. */
export function shuffled(frame: TensorFrame, seed: number): Batches {
  let epoch = 0;
  return {
    async *[Symbol.asyncIterator]() {
      const order = permutation(frame.rows, new Random(seed, epoch));
      epoch += 1;
      for (let first = 0; first < order.length; first += batchSize) {
        yield examplesOf(frame.take(order.subarray(first, first + batchSize)));
      }
    },
  };
}

function permutation(count: number, random: Random): Int32Array {
  const order = Int32Array.from({ length: count }, (_, i) => i);
  for (let i = count - 1; i > 0; --i) {
    const j = Math.floor(random.uniform() * (i + 1));
    [order[i], order[j]] = [order[j] ?? 0, order[i] ?? 0];
  }
  return order;
}
