/** `npm run bench -- all`: every figure that was promised, beside the peers that are present. */
import { resolve } from "node:path";
import { parseArgs } from "node:util";
import { families, measure, rowsNamed } from "./all.js";
import { Data } from "./data.js";
import { pythonWithPeers } from "./python.js";
import { formatReport, type Report, writeReport } from "./report.js";

const usage = `npm run bench -- all|FAMILY [options]

  all        every row of the table of bars
  FAMILY     the rows of one family: ${families.join(", ")}

Options
  --only A,B      only these rows or families
  --rounds N      timed rounds (default 11; loaders take a third of them)
  --json FILE     write the report there as well, with all times, after every bench
  --data DIR      where the data lie, or are made (default: the user's cache folder)
  --scale S       size of the data, 1 (4 GB) by default; below 1 the figures mean nothing
  --peers none    without Python: beside CFITSIO's C API and the machine's limits only
  --help          this text

Peers: CFITSIO's C API (compiled here), and the newest astropy, fitsio, torchfits and rustfits, in a
virtual environment that is made once beside the data. FITSTREAM_BENCH_PYTHON names another Python.`;

const options = {
  json: { type: "string" },
  data: { type: "string" },
  rounds: { type: "string" },
  scale: { type: "string" },
  only: { type: "string" },
  peers: { type: "string" },
  help: { type: "boolean", default: false },
} as const;

const { values, positionals } = parseArgs({ options, allowPositionals: true });
const [what = ""] = positionals;
if (values.help || (what !== "all" && !families.includes(what))) {
  console.log(usage);
  process.exitCode = values.help ? 0 : 2;
} else {
  // npm runs scripts at the root of the workspace; names are meant from where the user stands.
  const fromUser = (path: string): string => resolve(process.env["INIT_CWD"] ?? ".", path);
  const only = values.only?.split(",").filter(Boolean) ?? [];
  const rows = rowsNamed(only.length === 0 && what !== "all" ? [what] : only);
  const usesPython = values.peers !== "none";
  const folder = values.data === undefined ? undefined : fromUser(values.data);
  const data = new Data({ folder, scale: Number(values.scale ?? 1), usesPython });
  const python = usesPython
    ? await pythonWithPeers(data.folder)
    : { missing: "Python peers: not wanted (--peers none)" };
  const context = { data, python, rounds: Number(values.rounds ?? 11), versions: new Map() };
  const json = values.json === undefined ? undefined : fromUser(values.json);
  const keep = async (report: Report): Promise<void> => {
    if (json !== undefined) await writeReport(report, json);
  };
  console.log(formatReport(await measure(rows, context, keep)));
}
