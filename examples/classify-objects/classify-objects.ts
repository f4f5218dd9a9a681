/** From FITS catalogues to classes, and how often they are right. */
import { join } from "node:path";
import { TensorFrame } from "@fitstream/table/frame";
import { chooseBackend } from "../shared/backend.js";
import { floats, magnitudes, readLabelled, splitBySky } from "../shared/labelled.js";
import { examplesOf, Model, shuffled } from "../shared/model.js";
import { progressOf } from "../shared/progress.js";
import { field, writeSky } from "../shared/sky-catalogue.js";
import type { SkyRunOptions } from "../shared/sky-options.js";
import { Confusion } from "./confusion.js";

/** The classifiers, from the least to the best. */
export type ClassReport = Readonly<Record<"prior" | "linear" | "network", Confusion>>;

/** The part of the field that is used: a circle, in degrees. */
const radius = 2.8;

function percent(part: number): string {
  return `${(100 * part).toFixed(1)} %`;
}

/** The most likely class of each row. */
function mostLikely(probabilities: Float32Array, classes: number): Int32Array {
  return Int32Array.from({ length: probabilities.length / classes }, (_, i) => {
    const row = probabilities.subarray(i * classes, (i + 1) * classes);
    return row.indexOf(Math.max(...row));
  });
}

/** Leaves the catalogues in the output folder. */
export async function classifyObjects(
  { out, objects, seed, epochs }: SkyRunOptions,
  signal?: AbortSignal,
): Promise<ClassReport> {
  const sky = { objects, seed };
  const files = await writeSky(join(out, "sky"), sky, progressOf("simulating"), signal);

  // A cone search: positions are compared while the files are read, other columns decoded for hits.
  const photometry = `WITHIN(RA, DEC, ${field.ra}, ${field.dec}, ${radius}) AND MAG_R BETWEEN 15 AND 22`;
  const labelled = await readLabelled(files, { photometry, spectroscopy: "SN_MEDIAN > 1" });
  const { train, validation, test } = await splitBySky(labelled);
  console.log(`where ${photometry}`);
  console.log(
    `${labelled.rows} objects: ${train.rows} to train on, ${validation.rows} to stop by, ${test.rows} to test with`,
  );

  const encoder = await TensorFrame.fit(train, {
    columns: magnitudes,
    target: "CLASS",
    floats,
    defaults: { magnitude: { colours: "all" } },
  });
  console.log(String(encoder));
  const known = encoder.targetStatistics?.categories;
  const [classes, counts] = [known?.values ?? [], known?.counts ?? []];
  for (const [i, name] of classes.entries()) {
    console.log(`prior of ${name}: ${percent((counts[i] ?? 0) / train.rows)}`);
  }
  const learn = shuffled(encoder.encode(train), seed);
  const stop = examplesOf(encoder.encode(validation));
  const held = examplesOf(encoder.encode(test));

  const { tf, why } = await chooseBackend();
  console.log(why);
  const confusionOf = async (name: string, hidden: readonly number[]): Promise<Confusion> => {
    const options = { classes: classes.length, hidden, epochs, seed };
    using model = await Model.train(tf, learn, stop, options, progressOf(name), signal);
    const guesses = mostLikely(await model.predict(held.inputs), classes.length);
    return new Confusion(classes, held.target, guesses);
  };
  const mostFrequent = counts.indexOf(Math.max(...counts));
  const report = {
    prior: new Confusion(
      classes,
      held.target,
      held.target.map(() => mostFrequent),
    ),
    linear: await confusionOf("training a linear one", []),
    network: await confusionOf("training the network", [64, 64]),
  };
  for (const [name, { accuracy, balancedAccuracy }] of Object.entries(report)) {
    console.log(
      `${name}: ${percent(accuracy)} right, ${percent(balancedAccuracy)} averaged over classes`,
    );
  }
  console.log(String(report.network.toTable()));
  return report;
}
