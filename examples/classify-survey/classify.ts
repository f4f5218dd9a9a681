/** Simulates a survey, serves it, streams cutouts of it into a training loop, says how it went. */
import { writeFile } from "node:fs/promises";
import { cpus } from "node:os";
import { join } from "node:path";
import {
  asinh,
  type BatchedDataset,
  DataLoader,
  Dataset,
  flip,
  type LoaderStats,
  read,
  rot90,
  standardise,
} from "@fitstream/dataset";
import { tfjs } from "@fitstream/dataset/tfjs";
import { RemoteClient, type RemoteStats } from "@fitstream/remote";
import type { Tensor, Tensor1D, Tensor3D } from "@tensorflow/tfjs";
import { type Backend, chooseBackend } from "../shared/backend.js";
import { progressOf } from "../shared/progress.js";
import { type Classifier, createClassifier, stretch } from "./classifier.js";
import { type Thumbnail, writeContactSheet } from "./contact-sheet.js";
import type { Options } from "./options.js";
import { serveFolder } from "./serve.js";
import { classNames, stampSize } from "./sky.js";
import { writeSurvey } from "./write-survey.js";

/** What a finished epoch of training says of itself. */
interface EpochReport {
  readonly epoch: number;
  /** Mean cross-entropy, in nats. */
  readonly loss: number;
  readonly seconds: number;
  readonly samplesPerSecond: number;
}

/** What the held-out split says of the model. */
interface Evaluation {
  readonly accuracy: number;
  /** Rows: true class; columns: predicted class. */
  readonly confusion: readonly (readonly number[])[];
  readonly thumbnails: readonly Thumbnail[];
}

/** The survey as cutouts around the positions of its catalogue, which is read from the server too. */
interface SurveyData {
  readonly urls: readonly string[];
  readonly columns: Readonly<
    Record<"file" | "hdu" | "x" | "y" | "class" | "test", ArrayLike<number>>
  >;
}

async function openSurvey(
  base: string,
  files: readonly string[],
  client: RemoteClient,
  signal: AbortSignal,
): Promise<SurveyData> {
  const found = await read(`${base}/catalogue.fits`, { format: "table", client, signal });
  if (found.kind !== "table") throw new Error("the catalogue is no table");
  const column = (name: string): ArrayLike<number> =>
    Float64Array.from(found.table.numbers(name) as ArrayLike<number>);
  return {
    urls: files.map((file) => `${base}/${file.split(/[\\/]/).at(-1)}`),
    columns: {
      file: column("FILE"),
      hdu: column("HDU"),
      x: column("X"),
      y: column("Y"),
      class: column("CLASS"),
      test: column("TEST"),
    },
  };
}

/** Cutouts of one split, as the classifier wants them. */
function cutouts(
  { urls, columns }: SurveyData,
  split: "train" | "test",
  { batch = 64, seed }: Options,
): BatchedDataset<"image" | "label"> {
  const wanted = split === "test" ? 1 : 0;
  const all = Dataset.cutouts(urls, { at: columns, size: stampSize, index: false })
    .filter(({ id }) => columns.test[id] === wanted)
    .zip({ label: columns.class });
  const augmented = split === "train" ? all.shuffle({ seed }).map(flip()).map(rot90()) : all;
  return augmented
    .map(standardise({ mean: stretch.background, std: stretch.scale }))
    .map(asinh({ a: 1 }))
    .map(standardise())
    .batch(batch, { tail: "pad" });
}

async function train(
  loader: DataLoader<Tensor, "image" | "label">,
  classifier: Classifier,
  epochs: number,
): Promise<readonly EpochReport[]> {
  const reports: EpochReport[] = [];
  const steps = await loader.steps();
  for (let epoch = 0; epoch < epochs; ++epoch) {
    const bar = progressOf(`training ${epoch + 1}/${epochs}`);
    const start = performance.now();
    let loss = 0;
    let samples = 0;
    for await (using batch of loader) {
      const { image, label } = batch.tensors;
      const count = batch.mask.reduce((n, m) => n + m, 0);
      loss +=
        count * (await classifier.trainStep(image as Tensor3D, label as Tensor1D, batch.mask));
      samples += count;
      const rate = (samples * 1000) / (performance.now() - start);
      bar.update(
        batch.step + 1,
        steps,
        `loss ${(loss / samples).toFixed(3)}, ${rate.toFixed(0)} samples/s`,
      );
    }
    bar.stop();
    const seconds = (performance.now() - start) / 1000;
    reports.push({ epoch, loss: loss / samples, seconds, samplesPerSecond: samples / seconds });
  }
  return reports;
}

const colours = { right: 0x2a9d4aff, wrong: 0xd62828ff } as const;

/** Wrong ones first: they are what one wants to look at. */
function thumbnailsOf(
  all: readonly (Thumbnail & { readonly isRight: boolean })[],
  count: number,
): readonly Thumbnail[] {
  const wrong = all.filter(({ isRight }) => !isRight).slice(0, count / 4);
  const right = all.filter(({ isRight }) => isRight).slice(0, count - wrong.length);
  return [...wrong, ...right];
}

async function evaluate(
  loader: DataLoader<Tensor, "image" | "label">,
  classifier: Classifier,
): Promise<Evaluation> {
  const confusion = classNames.map(() => classNames.map(() => 0));
  const seen: (Thumbnail & { readonly isRight: boolean })[] = [];
  for await (using batch of loader) {
    const { image, label } = batch.tensors;
    const probabilities = await classifier.predict(image as Tensor3D);
    const [pixels, labels] = await Promise.all([image.data(), label.data()]);
    for (const [place, isFull] of batch.mask.entries()) {
      if (isFull === 0) continue;
      const chances = probabilities.subarray(
        place * classNames.length,
        (place + 1) * classNames.length,
      );
      const guess = chances.indexOf(Math.max(...chances));
      const truth = labels[place] ?? 0;
      const row = confusion[truth];
      if (row !== undefined) row[guess] = (row[guess] ?? 0) + 1;
      const area = stampSize * stampSize;
      seen.push({
        data: Float32Array.from(pixels.subarray(place * area, (place + 1) * area)),
        height: stampSize,
        width: stampSize,
        caption: [
          `${classNames[guess]} ${(100 * (chances[guess] ?? 0)).toFixed(0)} %`,
          `is ${classNames[truth]}`,
        ],
        frame: guess === truth ? colours.right : colours.wrong,
        isRight: guess === truth,
      });
    }
  }
  const right = confusion.reduce((n, row, i) => n + (row[i] ?? 0), 0);
  return { accuracy: right / seen.length, confusion, thumbnails: thumbnailsOf(seen, 48) };
}

function mib(bytes: number): string {
  return `${(bytes / 2 ** 20).toFixed(1)} MiB`;
}

/** What the run was limited by, in words for the user. */
function explain(stats: LoaderStats, remote: RemoteStats, backend: Backend): readonly string[] {
  const perSample = (stats.threadMs.decode + stats.threadMs.transform) / Math.max(1, stats.samples);
  return [
    `bottleneck: ${stats.bottleneck}`,
    `the loader spends ${(1000 * perSample).toFixed(0)} µs of thread time on a sample (decoding, augmenting), in ${stats.threads} thread(s) beside the training`,
    `the server was asked ${remote.requests} times for ${mib(remote.bytesFetched)}; ${mib(remote.bytesFromCache)} came from memory, since neighbouring cutouts share pages and later epochs fetch nothing`,
    backend.why,
  ];
}

function printConfusion({ confusion }: Evaluation): void {
  console.log(`${"true \\ predicted".padEnd(16)}${classNames.map((n) => n.padStart(12)).join("")}`);
  for (const [i, row] of confusion.entries()) {
    console.log(
      `${(classNames[i] ?? "").padEnd(16)}${row.map((n) => String(n).padStart(12)).join("")}`,
    );
  }
}

/** `npm start`. Leaves `predictions.png` and `report.json` in the output folder. */
export async function classifySurvey(options: Options, signal: AbortSignal): Promise<void> {
  const { out, seed, objects, workers, epochs = 20 } = options;
  const started = performance.now();
  const bar = progressOf("simulating the survey");
  const folder = join(out, `survey-${seed}-${objects}`);
  const survey = await writeSurvey(folder, { seed, objects }, ({ done, total }) => {
    signal.throwIfAborted();
    bar.update(done, total, "images");
  });
  bar.stop();
  console.log(
    `${survey.isReused ? "found" : "wrote"} ${survey.images.length} mosaics and a catalogue of ${objects} objects in ${folder}`,
  );
  const simulatedAt = performance.now();

  await using server = await serveFolder(folder);
  await using client = new RemoteClient();
  const data = await openSurvey(server.url, survey.images, client, signal);
  const backend = await chooseBackend();
  const classifier = createClassifier(backend.tf, {
    inputShape: [stampSize, stampSize],
    classes: classNames.length,
    seed,
  });
  console.log(`serving it at ${server.url}; training with tfjs (${backend.name})`);
  const common = { workers, client, signal, device: tfjs(backend.tf) };
  await using trainLoader = new DataLoader(cutouts(data, "train", options), common);
  await using testLoader = new DataLoader(cutouts(data, "test", options), common);
  console.log(await trainLoader.explain());

  const reports = await train(trainLoader, classifier, epochs);
  const trainedAt = performance.now();
  const evaluation = await evaluate(testLoader, classifier);
  const stats = trainLoader.stats();
  const remote = client.stats();
  const why = explain(stats, remote, backend);
  printConfusion(evaluation);
  const picture = join(out, "predictions.png") as `${string}.png`;
  const title = `${objects} simulated objects: accuracy ${(100 * evaluation.accuracy).toFixed(1)} % on the held-out split`;
  await writeContactSheet(picture, title, evaluation.thumbnails);
  classifier.dispose();

  const seconds = (from: number, to: number): number => Number(((to - from) / 1000).toFixed(2));
  const report = {
    machine: { cpu: cpus()[0]?.model, cores: cpus().length, node: process.version },
    options: { seed, objects, epochs, batch: options.batch ?? 64 },
    backend: backend.name,
    model: { architecture: classifier.architecture, parameters: classifier.parameters },
    accuracy: evaluation.accuracy,
    confusion: evaluation.confusion,
    seconds: {
      simulate: seconds(started, simulatedAt),
      train: seconds(simulatedAt, trainedAt),
      total: seconds(started, performance.now()),
    },
    epochs: reports,
    loader: stats,
    remote,
    why,
  };
  const reportPath = join(out, "report.json");
  await writeFile(reportPath, `${JSON.stringify(report, undefined, 2)}\n`);
  console.log(
    `\naccuracy ${(100 * evaluation.accuracy).toFixed(1)} % on ${evaluation.confusion.flat().reduce((a, b) => a + b, 0)} held-out objects`,
  );
  console.log(
    `${stats.samplesPerSecond.toFixed(0)} samples/s in training, first batch after ${stats.firstBatchMs.toFixed(0)} ms, ${report.seconds.total} s in all`,
  );
  for (const line of why) console.log(line);
  console.log(`wrote ${picture} and ${reportPath}`);
}
