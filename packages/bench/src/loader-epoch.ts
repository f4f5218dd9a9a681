/**
 * One epoch over the files on standard input, in a fresh process: `loader-epoch.js loader|native
 * WORKERS BATCH DTYPE`. Modules are loaded and one file is read before the clock, as the Python loaders
 * do it; the clock runs from the making of the loader (indexing and threads included) to the last
 * batch and the end of the threads. Prints one JSON line.
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
import type { EpochResult } from "./loader.js";
import { shuffled } from "./statistics.js";

interface Sums {
  samples: number;
  sum: number;
}

/** Adds up the first pixel of every sample. */
function consume(into: Sums, data: TypedArray, samples: number): void {
  const length = data.length / samples;
  for (let i = 0; i < samples; ++i) into.sum += Number(data[i * length]);
  into.samples += samples;
}

async function withLoader(
  paths: readonly string[],
  workers: number,
  batch: number,
  dtype: Dtype,
  into: Sums,
  onFirst: () => void,
): Promise<void> {
  const dataset = Dataset.images(paths, { dtype, index: false }).shuffle({ seed: 1 }).batch(batch);
  await using loader = new DataLoader(dataset, { workers });
  for await (using b of loader) {
    onFirst();
    const { data } = b.tensors.image;
    const real = b.mask.reduce((n, m) => n + m, 0);
    consume(into, data.subarray(0, (data.length / b.mask.length) * real), real);
  }
}

/** The same reads without a loader: one native call a batch, into one warmed slot. */
async function withoutLoader(
  paths: readonly string[],
  batch: number,
  dtype: Dtype,
  into: Sums,
  onFirst: () => void,
): Promise<void> {
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
  const order = shuffled([...paths.keys()], 1);
  for (let at = 0; at < order.length; at += batch) {
    const images = order.slice(at, at + batch);
    const samples = Float64Array.from(
      images.flatMap((image, place) => [place, image, ...shape.map(() => 0)]),
    );
    const request = { table, samples, shape, dtype, sampleStep, target: lease.bytes };
    const failed = readBatchSync(request);
    if (failed.length > 0) throw new Error(failed[0]?.error.what);
    onFirst();
    consume(into, lease.view(dtype, images.length * pixels), images.length);
  }
}

const [mode, workers, batch, dtype] = process.argv.slice(2);
const paths = readFileSync(0, "utf8").split("\n").filter(Boolean);
await (await openFits(paths[0] ?? "")).close();

const sums: Sums = { samples: 0, sum: 0 };
const start = performance.now();
let first = Number.NaN;
const onFirst = (): void => {
  if (Number.isNaN(first)) first = performance.now() - start;
};
if (mode === "native") {
  await withoutLoader(paths, Number(batch), dtype as Dtype, sums, onFirst);
} else {
  await withLoader(paths, Number(workers), Number(batch), dtype as Dtype, sums, onFirst);
}
const seconds = (performance.now() - start) / 1000;
const result: EpochResult = { ...sums, seconds, firstBatchMs: first };
console.log(JSON.stringify(result));
