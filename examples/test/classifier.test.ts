import type { Tensor3D } from "@tensorflow/tfjs";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { type Classifier, createClassifier, stretch } from "../classify-survey/classifier.js";
import { simulateSurvey, stampSize } from "../classify-survey/sky.js";
import { type Backend, chooseBackend, type Tf } from "../shared/backend.js";

const pixelsPerStamp = stampSize ** 2;

/** Objects cut out of a small survey and prepared as the classifier wants them. */
function prepareStamps(objects: number) {
  const survey = simulateSurvey({ seed: 1, objects, files: 1, detectors: 4 });
  const { catalogue } = survey;
  const images: Float32Array[] = [];
  for (const { hdu, pixels, shape } of survey.fields()) {
    for (const i of catalogue.id.filter((id) => catalogue.hdu[id] === hdu)) {
      const x = Math.round(catalogue.x[i] ?? 0) - stampSize / 2;
      const y = Math.round(catalogue.y[i] ?? 0) - stampSize / 2;
      const stamp = new Float32Array(pixelsPerStamp);
      for (let row = 0; row < stampSize; ++row) {
        const start = (y + row) * shape[1] + x;
        stamp.set(pixels.subarray(start, start + stampSize), row * stampSize);
      }
      images.push(
        standardized(stamp.map((v) => Math.asinh((v - stretch.background) / stretch.scale))),
      );
    }
  }
  return { images, labels: catalogue.class, isTest: catalogue.isTest };
}

function standardized(image: Float32Array): Float32Array {
  const mean = image.reduce((sum, v) => sum + v, 0) / image.length;
  const variance = image.reduce((sum, v) => sum + (v - mean) ** 2, 0) / image.length;
  return image.map((v) => (v - mean) / Math.sqrt(variance));
}

function toTensor(tf: Tf, images: readonly Float32Array[]): Tensor3D {
  const flat = new Float32Array(images.length * pixelsPerStamp);
  for (const [i, image] of images.entries()) flat.set(image, i * pixelsPerStamp);
  return tf.tensor3d(flat, [images.length, stampSize, stampSize]);
}

/** Best class of each sample. */
function classesOf(probabilities: Float32Array): number[] {
  return Array.from({ length: probabilities.length / 3 }, (_, i) => {
    const row = probabilities.subarray(3 * i, 3 * i + 3);
    return row.indexOf(Math.max(...row));
  });
}

describe("chooseBackend", () => {
  it("finds something faster than plain JavaScript, and says what", async () => {
    const { tf, name, why } = await chooseBackend();
    expect(["tfjs-node-gpu", "tfjs-node", "wasm"]).toContain(name);
    expect(tf.getBackend()).toBe(name === "wasm" ? "wasm" : "tensorflow");
    expect(why).toMatch(/^Computing with .*\.$/);
  });

  it("takes the names it is given in their order", async () => {
    const { tf, name } = await chooseBackend(["cpu", "wasm"]);
    expect([name, tf.getBackend()]).toEqual(["cpu", "cpu"]);
  });

  it("fails when nothing works", async () => {
    await expect(chooseBackend([])).rejects.toThrow("no tfjs backend works here");
  });
});

describe("createClassifier", () => {
  const { images, labels, isTest } = prepareStamps(480);
  const options = { inputShape: [stampSize, stampSize], classes: 3 } as const;
  const classifiers: Classifier[] = [];
  let backend: Backend;

  beforeEach(async () => {
    backend = await chooseBackend(["wasm"]);
  });

  afterEach(() => {
    for (const classifier of classifiers.splice(0)) classifier.dispose();
  });

  function create(): Classifier {
    const classifier = createClassifier(backend.tf, options);
    classifiers.push(classifier);
    return classifier;
  }

  it("learns to tell the classes apart", async () => {
    const classifier = create();
    expect(classifier.architecture).toBe("mlp");
    const training = [...labels.keys()].filter((i) => isTest[i] === 0);
    const test = [...labels.keys()].filter((i) => isTest[i] === 1);
    const losses: number[] = [];
    for (let step = 0; step < 60; ++step) {
      const batch = training.filter((i) => i % 6 === step % 6);
      const x = toTensor(
        backend.tf,
        batch.map((i) => images[i] ?? new Float32Array()),
      );
      losses.push(
        await classifier.trainStep(
          x,
          batch.map((i) => labels[i] ?? 0),
        ),
      );
      x.dispose();
    }
    expect(losses[0]).toBeGreaterThan(0.8);
    expect(losses.at(-1)).toBeLessThan(0.2);
    const x = toTensor(
      backend.tf,
      test.map((i) => images[i] ?? new Float32Array()),
    );
    const found = classesOf(await classifier.predict(x));
    x.dispose();
    const right = found.filter((c, j) => c === labels[test[j] ?? -1]).length;
    expect(right / test.length).toBeGreaterThan(0.7);
  });

  it("keeps the number of tensors", async () => {
    const { tf } = backend;
    const before = tf.memory().numTensors;
    const classifier = createClassifier(tf, options);
    const x = toTensor(tf, images.slice(0, 8));
    const y = tf.tensor1d([...labels.slice(0, 8)], "int32");
    await classifier.trainStep(x, y);
    const settled = tf.memory().numTensors;
    for (let step = 0; step < 5; ++step) {
      await classifier.trainStep(x, y);
      await classifier.trainStep(x, labels.slice(0, 8), [1, 1, 1, 1, 1, 1, 1, 0]);
      await classifier.predict(x);
    }
    expect(tf.memory().numTensors).toBe(settled);
    classifier.dispose();
    tf.dispose([x, y]);
    expect(tf.memory().numTensors).toBe(before);
  });

  it("learns nothing from samples that the mask leaves out", async () => {
    const { tf } = backend;
    const probe = toTensor(tf, images.slice(20, 30));
    const noise = [40, 41].map((i) => images[i]?.map((v) => 3 * v) ?? new Float32Array());
    const zeros = noise.map((image) => image.map(() => 0));
    const outcomes: Float32Array[] = [];
    for (const padding of [noise, zeros, []]) {
      const classifier = create();
      const mask = [1, 1, 1, 1, 1, 1, ...padding.map(() => 0)];
      const batch = toTensor(tf, [...images.slice(0, 6), ...padding]);
      const classes = [...labels.slice(0, 6), ...padding.map(() => 2)];
      const losses: number[] = [];
      for (let step = 0; step < 3; ++step) {
        losses.push(await classifier.trainStep(batch, classes, mask));
      }
      outcomes.push(Float32Array.from([...losses, ...(await classifier.predict(probe))]));
      batch.dispose();
    }
    probe.dispose();
    const [withNoise, withZeros, without] = outcomes;
    expect(withNoise).toEqual(withZeros);
    // A batch of another size is summed in another order.
    for (const [i, value] of without?.entries() ?? []) expect(withNoise?.[i]).toBeCloseTo(value, 4);
  });

  it("gives probabilities, and the same model for the same seed", async () => {
    const x = toTensor(backend.tf, images.slice(0, 4));
    const [one, two] = [await create().predict(x), await create().predict(x)];
    x.dispose();
    expect(one).toEqual(two);
    expect(one).toHaveLength(12);
    for (let i = 0; i < 12; i += 3) {
      expect(one.subarray(i, i + 3).reduce((a, b) => a + b)).toBeCloseTo(1, 5);
    }
  });

  it("is convolutional where the backend can train that", async () => {
    const { tf } = await chooseBackend(["cpu"]);
    const convolving: Tf = { ...tf, getBackend: () => "tensorflow" };
    const classifier = createClassifier(convolving, { inputShape: [12, 12], classes: 3 });
    classifiers.push(classifier);
    expect(classifier.architecture).toBe("cnn");
    // The middle of the stamps, because plain JavaScript convolves slowly.
    const whole = toTensor(tf, images.slice(0, 6));
    const x = tf.slice(whole, [0, 10, 10], [6, 12, 12]);
    const y = [...labels.slice(0, 6)];
    const losses = [await classifier.trainStep(x, y)];
    const settled = tf.memory().numTensors;
    for (let step = 0; step < 9; ++step) losses.push(await classifier.trainStep(x, y));
    expect(tf.memory().numTensors).toBe(settled);
    expect(losses.at(-1)).toBeLessThan((losses[0] ?? 0) - 0.05);
    expect(await classifier.predict(x)).toHaveLength(18);
    tf.dispose([whole, x]);
  });
});
