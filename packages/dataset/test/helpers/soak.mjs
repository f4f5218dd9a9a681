/**
 * 1,000 steps, with tfjs tensors or plain arrays: `soak.mjs FOLDER DEVICE`. Prints resident memory,
 * pool and tensor counts on the way, as one JSON line.
 */
import { readdirSync } from "node:fs";
import { join } from "node:path";
import { DataLoader, Dataset, flip, standardise } from "@fitstream/dataset";
import { tfjs } from "@fitstream/dataset/tfjs";
import * as tf from "@tensorflow/tfjs";

const [folder, device] = process.argv.slice(2);
await tf.setBackend("cpu");
const paths = readdirSync(folder)
  .filter((name) => name.endsWith(".fits"))
  .map((name) => join(folder, name));
const dataset = Dataset.images(paths, { index: false })
  .zip({ label: paths.map((_, i) => i % 2) })
  .shuffle({ seed: 1 })
  .map(flip())
  .map(standardise())
  .repeat()
  .batch(32);
const memory = 8 * 1024 * 1024;
const loader = new DataLoader(dataset, {
  workers: 1,
  memory,
  ...(device === "tfjs" ? { device: tfjs(tf) } : {}),
});
const samples = [];
let steps = 0;
for await (const batch of loader) {
  const { image, label } = batch.tensors;
  if (device === "tfjs") tf.tidy(() => tf.mean(image).add(tf.mean(label)).dataSync());
  batch.release();
  if (++steps % 50 === 0) {
    globalThis.gc?.();
    const { pool } = loader.stats();
    samples.push({
      rss: process.memoryUsage.rss(),
      held: pool.heldBytes,
      tensors: tf.memory().numTensors,
    });
  }
  if (steps === 1000) break;
}
await loader.close();
console.log(JSON.stringify({ memory, samples }));
