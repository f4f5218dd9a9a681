/** Streams the user's own images: what shapes there are, batches, throughput, a contact sheet. */
import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import {
  type BatchedDataset,
  DataLoader,
  Dataset,
  type LoaderStats,
  planSamples,
  type SamplePlan,
} from "@fitstream/dataset";
import type { NdArray } from "@fitstream/native";
import { RemoteClient } from "@fitstream/remote";
import { progressOf } from "../shared/progress.js";
import { type Thumbnail, writeContactSheet } from "./contact-sheet.js";
import type { Options } from "./options.js";
import { streamTables } from "./stream-tables.js";

/** Images of one shape: only they fit into batches together. */
interface Group {
  readonly shape: readonly number[];
  readonly images: number;
}

/** Memory of a batch where the user names no size. */
const batchBytes = 256 * 1024 * 1024;
const picturesPerGroup = 16;

function groupsOf({ source, broken }: SamplePlan): readonly Group[] {
  const groups = new Map<string, Group>();
  for (const [i, { hdu }] of source.hdus.entries()) {
    if (hdu === undefined || broken.has(i)) continue;
    const key = hdu.shape.join(" x ");
    groups.set(key, { shape: hdu.shape, images: (groups.get(key)?.images ?? 0) + 1 });
  }
  return [...groups.values()].sort((a, b) => b.images - a.images);
}

/** The middle plane of a sample, as a picture. */
function thumbnailOf(
  { data, shape }: NdArray,
  place: number,
  caption: readonly string[],
): Thumbnail {
  const [height = 1, width = 1] = shape.length > 2 ? shape.slice(-2) : [1, shape.at(-1) ?? 1];
  const area = height * width;
  const sample = shape.slice(1).reduce((n, m) => n * m, 1);
  const plane = Math.floor(sample / area / 2);
  const at = place * sample + plane * area;
  const pixels = Float32Array.from(data.subarray(at, at + area) as ArrayLike<number>);
  return { data: pixels, height, width, caption, frame: 0x888888ff };
}

async function streamGroup(
  dataset: BatchedDataset,
  group: Group,
  epochs: number,
  options: Options,
  client: RemoteClient,
  signal: AbortSignal,
): Promise<{ readonly stats: LoaderStats; readonly thumbnails: readonly Thumbnail[] }> {
  const { workers } = options;
  await using loader = new DataLoader(dataset, { workers, client, signal, onError: "skip" });
  const steps = await loader.steps();
  const thumbnails: Thumbnail[] = [];
  for (let epoch = 0; epoch < epochs; ++epoch) {
    const bar = progressOf(`[${group.shape.join(", ")}] ${epoch + 1}/${epochs}`);
    for await (using batch of loader) {
      for (const [place, isFull] of batch.mask.entries()) {
        if (isFull === 0 || thumbnails.length >= picturesPerGroup) continue;
        const caption = [`image ${batch.ids[place]}`, group.shape.join(" x ")];
        thumbnails.push(thumbnailOf(batch.tensors.image, place, caption));
      }
      bar.update(batch.step + 1, steps, `${loader.stats().samplesPerSecond.toFixed(1)} images/s`);
    }
    bar.stop();
  }
  for (const { url, hdu, error } of loader.quarantine()) {
    console.log(`skipped ${url}, HDU ${hdu}: ${error.message}`);
  }
  return { stats: loader.stats(), thumbnails };
}

/** `npm start -- FILES`; where no file has an image, their tables. Leaves `images.png` and `report.json` in the output folder. */
export async function streamImages(options: Options, signal: AbortSignal): Promise<void> {
  const { inputs, hdu, out, epochs = 1 } = options;
  await using client = new RemoteClient();
  const images = Dataset.images(inputs, { hdu: hdu ?? "*", index: false });
  const bar = progressOf("reading headers");
  const indexed = await planSamples(
    // Any shape will do to look at the headers.
    images.filter(() => false),
    { client, signal, onProgress: ({ done, total }) => bar.update(done, total, "files") },
  );
  bar.stop();
  const groups = groupsOf(indexed);
  for (const { shape, images: count } of groups)
    console.log(`${count} images of shape [${shape.join(", ")}]`);
  if (groups.length === 0) return streamTables(inputs, hdu, client, signal);
  for (const [i, error] of indexed.broken) {
    console.log(`cannot be read: ${indexed.source.hdus[i]?.file.url}: ${error.fields.what}`);
  }

  const results = [];
  for (const group of groups) {
    const sampleBytes = 4 * group.shape.reduce((n, m) => n * m, 1);
    const fitting = Math.max(1, Math.min(32, Math.floor(batchBytes / sampleBytes), group.images));
    const batch = options.batch ?? fitting;
    const dataset = images
      .filter(({ imageShape }) => imageShape.join() === group.shape.join())
      .shuffle({ seed: options.seed })
      .batch(batch);
    const { stats, thumbnails } = await streamGroup(
      dataset,
      group,
      epochs,
      options,
      client,
      signal,
    );
    const rate = (stats.samplesPerSecond * sampleBytes) / 1e6;
    console.log(
      `[${group.shape.join(", ")}]: ${stats.samples} images in batches of ${batch}, ` +
        `${stats.samplesPerSecond.toFixed(1)} images/s, ${rate.toFixed(0)} MB/s of pixels`,
    );
    console.log(`bottleneck: ${stats.bottleneck}`);
    results.push({ group, batch, stats, thumbnails });
  }
  const picture = join(out, "images.png") as `${string}.png`;
  const pictures = results.flatMap(({ thumbnails }) => thumbnails);
  await writeContactSheet(picture, `${pictures.length} images`, pictures);
  const reportPath = join(out, "report.json");
  const report = {
    groups: results.map(({ group, batch, stats }) => ({ ...group, batch, stats })),
    remote: client.stats(),
  };
  await writeFile(reportPath, `${JSON.stringify(report, undefined, 2)}\n`);
  console.log(`wrote ${picture} and ${reportPath}`);
}
