/**
 * The main job: a simulated survey of FITS files, served over http, streamed as cutouts through the
 * DataLoader into a training loop; or the user's own images, streamed.
 */
import { mkdirSync } from "node:fs";
import { runCommand } from "../shared/command.js";
import { classifySurvey } from "./classify.js";
import { parseOptions, usage } from "./options.js";
import { streamImages } from "./stream.js";

process.exitCode = await runCommand({
  usage,
  parse: parseOptions,
  run: (options, signal) => {
    mkdirSync(options.out, { recursive: true });
    const run = options.inputs.length > 0 ? streamImages : classifySurvey;
    return run(options, signal);
  },
});
