/**
 * Epochs over the files on standard input, in a fresh process: `loader-epochs.js loader|native
 * WORKERS BATCH DTYPE EPOCHS`. Modules are loaded and one file is read before the clock, as the Python
 * loaders do it; the clock runs from the making of the loader (indexing and threads included) to the
 * last batch. Prints one JSON line.
 */
import { readFileSync } from "node:fs";
import { DataLoader, Dataset, TensorPool } from "@fitstream/dataset";
import {
  byteSizeOf,
  type Dtype,
  ImageTable,
  openFits,
  readBatchSync,
  scanFiles,
  type TypedArray,
} from "@fitstream/native";
import type { EpochsResult } from "./loader.js";
import { shuffled } from "./statistics.js";

const [mode, workerCount, batchSize, dtypeName, epochCount] = process.argv.slice(2);
const [workers, batch, epochs] = [workerCount, batchSize, epochCount].map(Number) as [
  number,
  number,
  number,
];
const dtype = dtypeName as Dtype;
const paths = readFileSync(0, "utf8").split("\n").filter(Boolean);
await (await openFits(paths[0] ?? "")).close();

let samples = 0;
let sum = 0;
let firstBatchMs: number | undefined;
const epochSeconds: number[] = [];
const start = performance.now();

/** Takes a batch: adds up the first pixel of every sample. */
function consume(data: TypedArray, count: number): void {
  firstBatchMs ??= performance.now() - start;
  const length = data.length / count;
  for (let i = 0; i < count; ++i) sum += Number(data[i * length]);
  samples += count;
}

function endEpoch(): void {
  epochSeconds.push((performance.now() - start) / 1000);
}

async function withLoader(): Promise<void> {
  const dataset = Dataset.images(paths, { dtype, index: false }).shuffle({ seed: 1 }).batch(batch);
  await using loader = new DataLoader(dataset, { workers });
  for (let epoch = 0; epoch < epochs; ++epoch) {
    for await (using b of loader) {
      const { data } = b.tensors.image;
      const real = b.mask.reduce((n, m) => n + m, 0);
      consume(data.subarray(0, (data.length / b.mask.length) * real), real);
    }
    endEpoch();
  }
}

/** The same reads without a loader: one native call a batch, into one slot. */
async function withoutLoader(): Promise<void> {
  const scans = await scanFiles(paths);
  const table = ImageTable.of(
    scans.flatMap(({ path, stamp, hdus: [hdu] }) =>
      stamp === undefined || hdu === undefined ? [] : [{ path, stamp, hdu }],
    ),
  );
  const shape = scans[0]?.hdus[0]?.shape ?? [];
  const pixels = shape.reduce((n, m) => n * m, 1);
  const sampleStep = pixels * byteSizeOf(dtype);
  using pool = new TensorPool({ maxBytes: 1024 ** 3 });
  using lease = await pool.lease(batch * sampleStep);
  for (let epoch = 0; epoch < epochs; ++epoch) {
    const order = shuffled([...paths.keys()], epoch);
    for (let at = 0; at < order.length; at += batch) {
      const images = order.slice(at, at + batch);
      const rows = Float64Array.from(
        images.flatMap((image, place) => [place, image, ...shape.map(() => 0)]),
      );
      const request = { table, samples: rows, shape, dtype, sampleStep, target: lease.bytes };
      const failed = readBatchSync(request);
      if (failed.length > 0) throw new Error(failed[0]?.error.what);
      consume(lease.view(dtype, images.length * pixels), images.length);
    }
    endEpoch();
  }
}

await (mode === "native" ? withoutLoader() : withLoader());
const result: EpochsResult = {
  samples,
  sum,
  firstEpochSeconds: epochSeconds[0] ?? Number.NaN,
  seconds: epochSeconds.at(-1) ?? Number.NaN,
  firstBatchMs: firstBatchMs ?? Number.NaN,
};
console.log(JSON.stringify(result));
