import { parseArgs } from "node:util";
import { fromUser, wholeNumber } from "./command.js";

/** What the examples of catalogues are asked for. */
export interface SkyRunOptions {
  readonly out: string;
  readonly objects: number;
  readonly seed: number;
  readonly epochs: number;
  readonly help: boolean;
}

/** The options in the words of `--help`. */
export const skyUsage = `Options
  --out DIR       where results go (default: output)
  --objects N     of the simulated sky (default 20000)
  --seed N        of the simulation and the model (default 1)
  --epochs N      passes over the data (default 40)
  --help          this text`;

/** @throws Error that says which option is wrong. */
export function parseSkyOptions(args: readonly string[]): SkyRunOptions {
  const { values } = parseArgs({
    args: [...args],
    options: {
      out: { type: "string", default: "output" },
      objects: { type: "string", default: "20000" },
      seed: { type: "string", default: "1" },
      epochs: { type: "string", default: "40" },
      help: { type: "boolean", default: false },
    },
  });
  return {
    out: fromUser(values.out),
    objects: wholeNumber("objects", values.objects, 2000),
    seed: wholeNumber("seed", values.seed, 0),
    epochs: wholeNumber("epochs", values.epochs, 1),
    help: values.help,
  };
}
