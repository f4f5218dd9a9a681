import { parseArgs } from "node:util";
import { fromUser, wholeNumber } from "../shared/command.js";

export const usage = `npm start [-- options]                    simulate a survey, serve it, train a classifier on it
npm start -- [options] FILE|FOLDER|URL ...   stream your own images: shapes, batches, throughput

Options
  --out DIR       where results go (default: output)
  --batch N       samples of a batch (default 64; your own images: what fits in 256 MB, at most 32)
  --epochs N      passes over the data (default 20; your own images: 1)
  --workers N     worker threads (default: cores less one)
  --hdu N|NAME    your own images: this HDU of each file (default: every image)
  --seed N        of the simulation, the order and the model (default 1)
  --objects N     of the simulated survey (default 3000)
  --help          this text`;

const definitions = {
  out: { type: "string", default: "output" },
  batch: { type: "string" },
  epochs: { type: "string" },
  workers: { type: "string" },
  hdu: { type: "string" },
  seed: { type: "string", default: "1" },
  objects: { type: "string", default: "3000" },
  help: { type: "boolean", default: false },
} as const;

/** What the user asked for. */
export interface Options {
  /** Files, folders and URLs of the user's own; none: the simulated survey. */
  readonly inputs: readonly string[];
  readonly out: string;
  readonly batch: number | undefined;
  readonly epochs: number | undefined;
  readonly workers: number | undefined;
  readonly hdu: number | string | undefined;
  readonly seed: number;
  readonly objects: number;
  readonly help: boolean;
}

/** @throws Error that says which option is wrong. */
export function parseOptions(args: readonly string[]): Options {
  const { values, positionals } = parseArgs({
    args: [...args],
    options: definitions,
    allowPositionals: true,
  });
  const optional = (name: "batch" | "epochs" | "workers", least: number): number | undefined => {
    const text = values[name];
    return text === undefined ? undefined : wholeNumber(name, text, least);
  };
  const { hdu } = values;
  return {
    inputs: positionals.map((input) => (/^[a-z]+:/i.test(input) ? input : fromUser(input))),
    out: fromUser(values.out),
    batch: optional("batch", 1),
    epochs: optional("epochs", 1),
    workers: optional("workers", 0),
    hdu: hdu !== undefined && /^\d+$/.test(hdu) ? Number(hdu) : hdu,
    seed: wholeNumber("seed", values.seed, 0),
    objects: wholeNumber("objects", values.objects, 100),
    help: values.help,
  };
}
