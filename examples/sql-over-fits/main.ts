/** SQL straight over FITS files, by DuckDB. */
import { parseArgs } from "node:util";
import { sql } from "@fitstream/table/duckdb";
import { fromUser, runCommand, wholeNumber } from "../shared/command.js";
import { type TourOptions, tour } from "./tour.js";

interface Options extends TourOptions {
  /** The user's own. */
  readonly query: string | undefined;
  readonly help: boolean;
}

const usage = `npm run sql-over-fits [-- options]   simulate two catalogues and ask them questions
npm run sql-over-fits -- "QUERY"     your own question: select count(*) from 'catalogue.fits'

Options
  --out DIR       where results go (default: output)
  --objects N     of the simulated sky (default 20000)
  --seed N        of the simulation (default 1)
  --help          this text`;

function parse(args: readonly string[]): Options {
  const { values, positionals } = parseArgs({
    args: [...args],
    options: {
      out: { type: "string", default: "output" },
      objects: { type: "string", default: "20000" },
      seed: { type: "string", default: "1" },
      help: { type: "boolean", default: false },
    },
    allowPositionals: true,
  });
  if (positionals.length > 1) throw new Error("a query is one argument: put it in double quotes");
  return {
    query: positionals[0],
    out: fromUser(values.out),
    objects: wholeNumber("objects", values.objects, 1000),
    seed: wholeNumber("seed", values.seed, 0),
    help: values.help,
  };
}

process.exitCode = await runCommand({
  usage,
  parse,
  run: async (options, signal) => {
    if (options.query === undefined) await tour(options, signal);
    else console.log(String(await sql({}, options.query, { signal })));
  },
});
