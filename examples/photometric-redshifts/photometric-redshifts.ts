/** From FITS catalogues to redshifts, and how good they are. */
import { join } from "node:path";
import { DataLoader, Dataset } from "@fitstream/dataset";
import type { NdArray } from "@fitstream/native";
import { FitsTable, writeTable } from "@fitstream/table";
import { type FrameEncoder, TensorFrame } from "@fitstream/table/frame";
import { chooseBackend } from "../shared/backend.js";
import { floats, magnitudes, readLabelled, splitBySky } from "../shared/labelled.js";
import { type Batches, batchSize, type Examples, examplesOf, Model } from "../shared/model.js";
import { progressOf } from "../shared/progress.js";
import { writeSky } from "../shared/sky-catalogue.js";
import type { SkyRunOptions } from "../shared/sky-options.js";
import { linearRegression } from "./linear-regression.js";
import { type RedshiftMetrics, redshiftMetrics } from "./metrics.js";
import { writeScatter } from "./scatter.js";

/** The predictors, from the least to the best. */
export type PhotoZReport = Readonly<Record<"mean" | "linear" | "network", RedshiftMetrics>>;

/** ln(1 + z): its errors are those that one counts, relative to 1 + z. */
const target = { column: "Z_SPEC", transform: "log1p" } as const;

function print(report: PhotoZReport): void {
  const table = FitsTable.of({
    model: Object.keys(report),
    bias: Object.values(report).map(({ bias }) => bias),
    sigma_NMAD: Object.values(report).map(({ nmad }) => nmad),
    outliers: Object.values(report).map(({ outliers }) => outliers),
    RMS: Object.values(report).map(({ rms }) => rms),
  });
  console.log(String(table));
}

/** What a loader reads, as a model takes it. */
function encodedBatches(loader: DataLoader<NdArray, string>, encoder: FrameEncoder): Batches {
  return {
    async *[Symbol.asyncIterator]() {
      for await (using batch of loader) {
        yield examplesOf(encoder.encode(FitsTable.fromTensors(batch.tensors)));
      }
    },
  };
}

/** Leaves the catalogues, and `photometric-redshifts.png`, in the output folder. */
export async function photometricRedshifts(
  { out, objects, seed, epochs }: SkyRunOptions,
  signal?: AbortSignal,
): Promise<PhotoZReport> {
  const folder = join(out, "sky");
  const files = await writeSky(folder, { objects, seed }, progressOf("simulating"), signal);

  const where = {
    photometry: "MAG_R BETWEEN 15 AND 22",
    spectroscopy: "CLASS = 'GALAXY' AND SN_MEDIAN > 1",
  };
  const galaxies = await readLabelled(files, where);
  const { train, validation, test } = await splitBySky(galaxies);
  console.log(String(galaxies));
  console.log(
    `${train.rows} galaxies to train on, ${validation.rows} to stop by, ${test.rows} to test with`,
  );

  // What the columns mean and their statistics: of the train part alone, as all that follows.
  const encoder = await TensorFrame.fit(train, { columns: magnitudes, target, floats });
  console.log(String(encoder));
  const [learn, stop, held] = [train, validation, test].map((table) =>
    examplesOf(encoder.encode(table)),
  ) as [Examples, Examples, Examples];

  // The network's training rows come from a file, which may be larger than memory.
  const path = join(folder, "train.fits");
  await writeTable(path, train, { overwrite: true });
  const rows = Dataset.rows(path, { columns: magnitudes, labels: [target.column] })
    .shuffle({ seed })
    .batch(batchSize, { tail: "drop" });
  await using loader = new DataLoader(rows);
  const batches = encodedBatches(loader, encoder);

  const { tf, why } = await chooseBackend();
  console.log(why);
  const options = { hidden: [64, 64], epochs, seed };
  using model = await Model.train(tf, batches, stop, options, progressOf("training"), signal);
  const network = encoder.decodeTarget(await model.predict(held.inputs));
  const linear = encoder.decodeTarget(linearRegression(learn.inputs, learn.target)(held.inputs));
  const mean = encoder.targetStatistics?.numbers?.mean ?? Number.NaN;
  const truth = test.numbers("Z_SPEC") as Float64Array;
  const report = {
    mean: redshiftMetrics(
      truth.map(() => mean),
      truth,
    ),
    linear: redshiftMetrics(linear, truth),
    network: redshiftMetrics(network, truth),
  };
  print(report);
  const picture = join(out, "photometric-redshifts.png") as `${string}.png`;
  await writeScatter(picture, truth, network);
  console.log(`wrote ${picture}`);
  return report;
}
