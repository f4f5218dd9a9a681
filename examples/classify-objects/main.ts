/** Star, galaxy or quasar: what an object is, from its colours. */
import { runCommand } from "../shared/command.js";
import { parseSkyOptions, skyUsage } from "../shared/sky-options.js";
import { classifyObjects } from "./classify-objects.js";

process.exitCode = await runCommand({
  usage: `npm run classify-objects [-- options]   simulate a catalogue, tell stars, galaxies and quasars apart

${skyUsage}`,
  parse: parseSkyOptions,
  run: classifyObjects,
});
