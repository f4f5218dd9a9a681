import type { Scalar, Tensor, Tensor1D, Tensor2D, Tensor3D, Variable } from "@tensorflow/tfjs";
import type { Tf } from "../shared/backend.js";
import { buildCnn, buildMlp } from "./models.js";

/**
 * How images are to be prepared: `asinh((counts - background) / scale)`, then each image on its own
 * to mean 0 and standard deviation 1. The scale is twice the noise of the sky, so that noise stays
 * linear while bright cores do not drown the arms around them.
 */
export const stretch = { background: 200, scale: 25 } as const;

/** What to make. */
export interface ClassifierOptions {
  /** `[height, width]`, in pixels. */
  readonly inputShape: readonly [number, number];
  readonly classes: number;
  /** Of the initial weights. Default 1. */
  readonly seed?: number;
}

/** One number a sample: a tensor of shape `[n]`, which stays the caller's, or an array. */
export type PerSample = Tensor1D | ArrayLike<number>;

/** A model in training. It owns tensors: {@link Classifier.dispose} frees them. */
export interface Classifier {
  readonly architecture: "mlp" | "cnn";
  /** Trainable numbers. */
  readonly parameters: number;
  /**
   * Takes one step of Adam.
   *
   * @param images float32 of shape `[n, height, width]`; stays the caller's.
   * @param labels Class of each image.
   * @param mask 0 for samples that only fill up the batch, 1 for the others. Default: all 1.
   * @returns Mean cross-entropy, in nats, of the samples that count, before the step; 0 when none
   *   does.
   */
  trainStep(images: Tensor3D, labels: PerSample, mask?: PerSample): Promise<number>;
  /**
   * @param images As for {@link Classifier.trainStep}.
   * @returns Probabilities of shape `[n, classes]`, C order; the caller's.
   */
  predict(images: Tensor3D): Promise<Float32Array>;
  /** Frees the weights. */
  dispose(): void;
}

/** Rates at the start, and steps after which they halve, whatever the length of the run. */
const learning = { rate: 0.002, halfLifeSteps: 200 } as const;

/**
 * Makes a model that suits the active backend of `tf`: a small convolutional network where
 * TensorFlow or a GPU computes, else a perceptron, because the wasm backend of tfjs has no gradient
 * of a convolution and plain JavaScript takes 18 ms a sample for it.
 */
export function createClassifier(tf: Tf, options: ClassifierOptions): Classifier {
  const architecture = ["tensorflow", "webgl", "webgpu"].includes(tf.getBackend()) ? "cnn" : "mlp";
  const build = architecture === "cnn" ? buildCnn : buildMlp;
  const model = build(tf, { seed: 1, ...options });
  const weights = model.trainableWeights.map((weight) => weight.read() as Variable);
  const optimizer = tf.train.adam(learning.rate);
  const logitsOf = (images: Tensor3D): Tensor2D => model.apply(images) as Tensor2D;
  let steps = 0;

  /** tfjs's Adam has no setter for its rate, but reads it at each step. */
  function setRate(): void {
    const learningRate = learning.rate * 0.5 ** (steps++ / learning.halfLifeSteps);
    Object.assign(optimizer, { learningRate });
  }

  return {
    architecture,
    parameters: model.countParams(),

    async trainStep(images, labels, mask = new Uint8Array(images.shape[0]).fill(1)) {
      setRate();
      const loss = tf.tidy(() => {
        const truth = tf.oneHot(perSample(tf, labels, "int32"), options.classes);
        const counts = perSample(tf, mask, "float32");
        const meanLoss = () => crossEntropy(tf, logitsOf(images), truth, counts);
        const { value, grads } = optimizer.computeGradients(meanLoss, weights);
        const named = Object.entries(grads).map(([name, tensor]) => ({ name, tensor }));
        optimizer.applyGradients(named);
        return value;
      });
      const [value = Number.NaN] = await take(loss);
      return value;
    },

    predict: (images) => take(tf.tidy(() => tf.softmax(logitsOf(images)))),

    dispose() {
      model.dispose();
      optimizer.dispose();
    },
  };
}

function perSample(tf: Tf, values: PerSample, dtype: "int32" | "float32"): Tensor1D {
  return values instanceof tf.Tensor ? values.cast(dtype) : tf.tensor1d(Array.from(values), dtype);
}

/** Mean over the samples that `counts` marks with 1. */
function crossEntropy(tf: Tf, logits: Tensor2D, truth: Tensor, counts: Tensor1D): Scalar {
  const losses = tf.neg(tf.sum(tf.mul(truth, tf.logSoftmax(logits)), 1));
  const total = tf.sum<Scalar>(tf.mul(losses, counts));
  return tf.div<Scalar>(total, tf.maximum(tf.sum(counts), 1));
}

/** The numbers of a float tensor, which is freed also where reading it fails. */
async function take(tensor: Tensor): Promise<Float32Array> {
  try {
    return await tensor.data<"float32">();
  } finally {
    tensor.dispose();
  }
}
