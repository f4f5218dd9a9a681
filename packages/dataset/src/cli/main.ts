/** The `fitstream` command. */
import { readFile } from "node:fs/promises";
import { parseArgs } from "node:util";
import { badArgument } from "../errors.js";
import { header } from "./header.js";
import { info } from "./info.js";
import { keys } from "./keys.js";
import { verify } from "./verify.js";

const usage = `fitstream - look into FITS files, local or remote

  fitstream info FILE|URL ...      the HDUs of each: kind, name, shape, type, size
  fitstream header FILE|URL ...    the cards of a header
  fitstream header --keys A,B FILE|URL ...
                                   the values of these keywords, one line a file
  fitstream table FILE|URL ...     the rows of a table; of several files as one
  fitstream stats FILE|URL ...     statistics of a table's columns, in one pass
  fitstream sql "select ... from 'cat.fits'"
                                   SQL over FITS files, where @duckdb/node-api is installed
  fitstream verify FILE|URL ...    DATASUM and CHECKSUM of each HDU: ok, bad or absent

Options
  --hdu N|NAME    header: of this HDU (default: of every HDU; with --keys: of the first);
                  table, stats: the table (default: the first one)
  --keys A,B      header: only these keywords
  --columns A,B   table, stats: these columns
  --where TEXT    table, stats: rows for which this is true, as "mag < 20 AND class = 'QSO'"
                  (docs/where.md)
  --sort A,-B     table: by A, then by B with the largest first
  --head N        table: the first N rows (default: 20 as text, all otherwise)
  --csv           table, sql: CSV instead of text
  --parquet FILE  table: into a Parquet file, where hyparquet-writer is installed
  --json          JSON instead of text: a value a file; of table and sql an object a row, with
                  64-bit integers as strings
  --help          this text
  --version       the version

Exit status: 0 when every file could be read and no checksum is bad, 1 when not, 2 for wrong
arguments.`;

const options = {
  hdu: { type: "string" },
  keys: { type: "string" },
  columns: { type: "string" },
  where: { type: "string" },
  sort: { type: "string" },
  head: { type: "string" },
  csv: { type: "boolean", default: false },
  parquet: { type: "string" },
  json: { type: "boolean", default: false },
  help: { type: "boolean", default: false },
  version: { type: "boolean", default: false },
} as const;

async function version(): Promise<string> {
  const manifest = new URL("../../package.json", import.meta.url);
  return String((JSON.parse(await readFile(manifest, "utf8")) as { version: string }).version);
}

/** Runs a command for every file; one that fails, or is bad (false), does not stop the others. */
async function forEach(
  files: readonly string[],
  print: (file: string) => Promise<unknown>,
): Promise<number> {
  let status = 0;
  for (const file of files) {
    try {
      if ((await print(file)) === false) status = 1;
    } catch (error) {
      status = 1;
      console.error(`fitstream: ${error instanceof Error ? error.message : String(error)}`);
    }
  }
  return status;
}

type Values = ReturnType<typeof parseArgs<{ options: typeof options }>>["values"];
type TableCommand = "table" | "stats" | "sql";

function isTableCommand(command: string | undefined): command is TableCommand {
  return command === "table" || command === "stats" || command === "sql";
}

function headOf(text: string | undefined): number | undefined {
  if (text === undefined || /^\d+$/.test(text)) return text === undefined ? text : Number(text);
  throw badArgument("--head takes a number of rows", "a whole number", text);
}

/** Commands of tables: loaded when they are asked for, since they bring more code. */
async function runTableCommand(
  command: TableCommand,
  files: readonly string[],
  values: Values,
): Promise<void> {
  const format = values.json ? "json" : values.csv ? "csv" : "text";
  if (command === "sql") {
    const { sql } = await import("./sql.js");
    return sql(files.join(" "), format);
  }
  const hdu =
    values.hdu !== undefined && /^\d+$/.test(values.hdu) ? Number(values.hdu) : values.hdu;
  const request = { hdu, columns: values.columns?.split(","), where: values.where };
  if (command === "stats") {
    const { stats } = await import("./stats.js");
    return stats(files, { ...request, json: values.json === true });
  }
  const { table } = await import("./table.js");
  const sort = values.sort?.split(",") ?? [];
  const head = headOf(values.head);
  return table(files, { ...request, sort, head, format, parquet: values.parquet });
}

async function main(args: readonly string[]): Promise<number> {
  const { values, positionals } = parseArgs({ args: [...args], options, allowPositionals: true });
  if (values.help) {
    console.log(usage);
    return 0;
  }
  if (values.version) {
    console.log(await version());
    return 0;
  }
  const [command, ...files] = positionals;
  if (files.length > 0 && command === "info") {
    return forEach(files, (file) => info(file, { json: values.json }));
  }
  if (files.length > 0 && command === "header" && values.keys !== undefined) {
    const isGood = await keys(files, values.keys.split(","), {
      json: values.json,
      hdu: values.hdu,
    });
    return isGood ? 0 : 1;
  }
  if (files.length > 0 && command === "header") {
    return forEach(files, (file) => header(file, { json: values.json, hdu: values.hdu }));
  }
  if (files.length > 0 && command === "verify") {
    return forEach(files, (file) => verify(file, { json: values.json }));
  }
  if (files.length > 0 && isTableCommand(command)) {
    await runTableCommand(command, files, values);
    return 0;
  }
  console.error(usage);
  return 2;
}

// A reader that closes the pipe early (`| head`) has what it wants.
process.stdout.on("error", (error: NodeJS.ErrnoException) => {
  if (error.code !== "EPIPE") throw error;
  process.exit(0);
});

try {
  process.exitCode = await main(process.argv.slice(2));
} catch (error) {
  console.error(`fitstream: ${error instanceof Error ? error.message : String(error)}`);
  process.exitCode = 2;
}
