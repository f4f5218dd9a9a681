/** Photometric redshifts: how far away a galaxy is, from its colours. */
import { runCommand } from "../shared/command.js";
import { parseSkyOptions, skyUsage } from "../shared/sky-options.js";
import { photometricRedshifts } from "./photometric-redshifts.js";

process.exitCode = await runCommand({
  usage: `npm run photometric-redshifts [-- options]   simulate a catalogue, learn redshifts from colours

${skyUsage}`,
  parse: parseSkyOptions,
  run: photometricRedshifts,
});
