/**
 * Epochs of our loader, in a fresh process: a job as JSON on standard input, its result as a line of
 * JSON on standard output. Modules are loaded and one file is read before the clock, as the Python
 * loaders do it; the clock runs from the making of the loader (indexing and threads included) to the
 * last batch.
 */
import { readFileSync } from "node:fs";
import { type Batch, DataLoader, Dataset } from "@fitstream/dataset";
import { openFits } from "@fitstream/native";
import type { EpochsResult, LoaderJob } from "./loader-run.js";

const job = JSON.parse(readFileSync(0, "utf8")) as LoaderJob;
const { paths, hdu, epochs, batch, workers, cutouts } = job;
await (await openFits(paths[0] ?? "")).close();

/** Where to cut, in columns, as a catalogue has it; made before the clock, as the list that others read. */
const centre = (first: number): number => first + (cutouts?.size ?? 0) / 2;
const at = {
  file: Float64Array.from(cutouts?.places ?? [], ([file]) => file),
  x: Float64Array.from(cutouts?.places ?? [], ([, x]) => centre(x)),
  y: Float64Array.from(cutouts?.places ?? [], ([, , y]) => centre(y)),
};

function datasetOf(): ReturnType<typeof Dataset.images> {
  const options = { dtype: job.dtype, hdu, index: false } as const;
  if (cutouts === undefined) return Dataset.images(paths, options);
  // Other loaders keep files open, and torchfits a mapping: a survey that is cut from does not change.
  const kept = { ...options, immutable: true };
  return Dataset.cutouts(paths, { ...kept, at, size: cutouts.size });
}

/** Of a batch: its samples, and the sum of their first pixels. Places that pad the last one hold none. */
function takenOf({ mask, tensors }: Batch): readonly [samples: number, sum: number] {
  const { data } = tensors.image;
  const length = data.length / mask.length;
  let [samples, sum] = [0, 0];
  for (let place = 0; place < mask.length; ++place) {
    if (mask[place] === 0) continue;
    sum += Number(data[place * length]);
    ++samples;
  }
  return [samples, sum];
}

let samples = 0;
let sum = 0;
let firstBatchMs: number | undefined;
const epochSeconds: number[] = [];
const start = performance.now();
const memory = job.memory === undefined ? {} : { memory: job.memory };
await using loader = new DataLoader(datasetOf().shuffle({ seed: 1 }).batch(batch), {
  workers,
  ...memory,
});
for (let epoch = 0; epoch < epochs; ++epoch) {
  for await (using step of loader) {
    firstBatchMs ??= performance.now() - start;
    const [count, pixels] = takenOf(step);
    samples += count;
    sum += pixels;
  }
  epochSeconds.push((performance.now() - start) / 1000);
}
const result: EpochsResult = {
  samples,
  sum,
  seconds: epochSeconds.at(-1) ?? Number.NaN,
  firstBatchMs: firstBatchMs ?? Number.NaN,
};
console.log(JSON.stringify(result));
