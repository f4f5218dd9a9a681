import { createRequire } from "node:module";
import { dirname, join } from "node:path";
import { DataLoader, Dataset } from "@fitstream/dataset";
import { tfjs } from "@fitstream/dataset/tfjs";
import * as tf from "@tensorflow/tfjs";
import { setWasmPaths } from "@tensorflow/tfjs-backend-wasm";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { pixel, temporaryFolder, writeImages } from "./helpers/survey.js";

const folder = temporaryFolder();
let paths: readonly string[] = [];

beforeAll(async () => {
  paths = await writeImages(folder.path, 24);
  const wasm = createRequire(import.meta.url).resolve("@tensorflow/tfjs-backend-wasm");
  setWasmPaths(`${join(dirname(wasm))}/`);
});
afterAll(() => folder[Symbol.dispose]());

function dataset() {
  return Dataset.images(paths, { index: false })
    .zip({ n: Int32Array.from(paths, (_, i) => i) })
    .batch(4);
}

for (const backend of ["cpu", "wasm"]) {
  describe(`the tfjs device on ${backend}`, () => {
    beforeAll(async () => {
      expect(await tf.setBackend(backend)).toBe(true);
    });

    it("makes tensors with the right values, shapes and dtypes", async () => {
      await using loader = new DataLoader(dataset(), { workers: 1, device: tfjs(tf) });
      for await (using batch of loader) {
        const { image, n } = batch.tensors;
        expect(image.shape).toEqual([4, 24, 20]);
        expect([image.dtype, n.dtype]).toEqual(["float32", "int32"]);
        const values = image.dataSync();
        for (const [place, id] of batch.ids.entries()) {
          expect(values[place * 480 + 21]).toBe(pixel(id, 1, 1));
          expect(n.dataSync()[place]).toBe(id);
        }
      }
    });

    it("never lets a slot change a tensor that outlives its batch", async () => {
      // One slot for all batches: every later batch is decoded over the earlier ones.
      const memory = 4 * 480 * 4 + 4096 + 64;
      await using loader = new DataLoader(dataset(), {
        workers: 1,
        prefetch: 1,
        memory,
        device: tfjs(tf),
        debug: true,
      });
      const kept: { tensor: tf.Tensor; first: number }[] = [];
      for await (using batch of loader) {
        // An op that has not run yet, and a view: both lean on the batch's tensor.
        const view = tf.reshape(batch.tensors.image, [4, 480]);
        kept.push({ tensor: view, first: batch.ids[0] ?? -1 });
      }
      for (const { tensor, first } of kept) {
        expect(tensor.dataSync()[21]).toBe(pixel(first, 1, 1));
        tensor.dispose();
      }
    });

    it("leaves no tensor behind", async () => {
      const before = tf.memory().numTensors;
      await using loader = new DataLoader(dataset(), { workers: 1, device: tfjs(tf) });
      for await (using _batch of loader) expect(tf.memory().numTensors).toBe(before + 2);
      expect(tf.memory().numTensors).toBe(before);
      for await (const batch of loader) {
        batch.release();
        break;
      }
      await loader.close();
      expect(tf.memory().numTensors).toBe(before);
    });

    it("trains a model", async () => {
      const model = tf.sequential({
        layers: [tf.layers.flatten({ inputShape: [24, 20] }), tf.layers.dense({ units: 1 })],
      });
      model.compile({ optimizer: tf.train.sgd(1e-13), loss: "meanSquaredError" });
      await using loader = new DataLoader(dataset(), { workers: 1, device: tfjs(tf) });
      const losses: number[] = [];
      for (let epoch = 0; epoch < 3; ++epoch) {
        for await (using batch of loader) {
          const loss = await model.trainOnBatch(batch.tensors.image, batch.tensors.n);
          losses.push(Number(loss));
        }
      }
      expect(losses.every(Number.isFinite)).toBe(true);
      model.dispose();
    });
  });
}

describe("the tfjs device", () => {
  it("converts 16-bit integers, and refuses what tfjs would round", async () => {
    const device = tfjs(tf);
    const shape = [2];
    const made = device.upload({
      image: { dtype: "uint16", shape, data: Uint16Array.of(1, 65535) },
    });
    expect([...(made.tensors["image"]?.dataSync() ?? [])]).toEqual([1, 65535]);
    made.release();
    expect(() =>
      device.upload({ image: { dtype: "int64", shape, data: BigInt64Array.of(1n, 2n) } }),
    ).toThrow(/int64/);
  });
});
