/**
 * The main job: a simulated survey of FITS files, served over http, streamed as cutouts through the
 * DataLoader into a training loop; or the user's own images, streamed.
 */
import { mkdirSync } from "node:fs";
import { classifySurvey } from "./classify.js";
import { type Options, parseOptions, usage } from "./options.js";
import { streamImages } from "./stream.js";

async function main(): Promise<number> {
  let options: Options;
  try {
    options = parseOptions(process.argv.slice(2));
  } catch (error) {
    console.error(`${error instanceof Error ? error.message : String(error)}\n\n${usage}`);
    return 2;
  }
  if (options.help) {
    console.log(usage);
    return 0;
  }
  mkdirSync(options.out, { recursive: true });
  // The first Ctrl-C ends the run in order; a second one ends the process.
  const controller = new AbortController();
  process.once("SIGINT", () => {
    console.log("\nstopping");
    controller.abort(new Error("interrupted"));
  });
  try {
    const run = options.inputs.length > 0 ? streamImages : classifySurvey;
    await run(options, controller.signal);
    return 0;
  } catch (error) {
    if (controller.signal.aborted) return 130;
    console.error(error instanceof Error ? error.message : error);
    return 1;
  }
}

process.exitCode = await main();
