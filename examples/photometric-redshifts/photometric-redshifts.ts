/** From FITS catalogues to redshifts, and how good they are. */
import { join } from "node:path";
import { FitsTable } from "@fitstream/table";
import { TensorFrame } from "@fitstream/table/frame";
import { chooseBackend } from "../shared/backend.js";
import { Inputs } from "../shared/inputs.js";
import { magnitudes, readLabelled, splitBySky } from "../shared/labelled.js";
import { Model } from "../shared/model.js";
import { progressOf } from "../shared/progress.js";
import { writeSky } from "../shared/sky-catalogue.js";
import type { SkyRunOptions } from "../shared/sky-options.js";
import { linearRegression } from "./linear-regression.js";
import { type RedshiftMetrics, redshiftMetrics } from "./metrics.js";
import { writeScatter } from "./scatter.js";

/** The predictors, from the least to the best. */
export type PhotoZReport = Readonly<Record<"mean" | "linear" | "network", RedshiftMetrics>>;

/** ln(1 + z): its errors are those that one counts, relative to 1 + z. */
const target = { type: "redshift", features: ["log1p"] };

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
  const encoder = await TensorFrame.fit(train, {
    columns: magnitudes,
    target: "Z_SPEC",
    types: { Z_SPEC: target },
  });
  console.log(String(encoder));
  const inputs = new Inputs(encoder.encode(train), "magnitude");
  const examplesOf = (table: FitsTable) => {
    const frame = encoder.encode(table);
    return { inputs: inputs.of(frame), target: frame.target?.data as Float32Array };
  };
  const [learn, stop, held] = [examplesOf(train), examplesOf(validation), examplesOf(test)];

  const { tf, why } = await chooseBackend();
  console.log(why);
  const options = { hidden: [64, 64], epochs, seed };
  using model = await Model.train(tf, learn, stop, options, progressOf("training"), signal);
  const network = Float64Array.from(await model.predict(held.inputs), Math.expm1);
  const linear = linearRegression(learn.inputs, learn.target)(held.inputs).map(Math.expm1);
  const mean = encoder.targetStatistics?.["z"]?.numbers?.mean ?? Number.NaN;
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
