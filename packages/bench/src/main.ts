/** `npm run bench -- images|loader`: figures beside the peers that are present, in one run. */
import { resolve } from "node:path";
import { parseArgs } from "node:util";
import { dataFolder } from "./data.js";
import { benchImages } from "./images.js";
import { benchLoader } from "./loader.js";
import { publish } from "./report.js";

const usage = `npm run bench -- images|loader [options]

  images    whole 4096x4096 images of every type, into a pooled slot and into fresh memory
  loader    2,000 files of 512x512 through the loader, batch 32, beside the better Python loaders

Options
  --json FILE     write the report there as well
  --data DIR      where the data lie, or are made (default: the user's cache folder)
  --rounds N      timed rounds (default 11 for images, 5 for loader)
  --help          this text

Peers: CFITSIO's C API (compiled here), and fitsio, astropy and torchfits of the Pythons named in
FITSTREAM_BENCH_PYTHON (separated by ":") and of the system's, where they have them.`;

const options = {
  json: { type: "string" },
  data: { type: "string" },
  rounds: { type: "string" },
  help: { type: "boolean", default: false },
} as const;

const { values, positionals } = parseArgs({ options, allowPositionals: true });
const [what] = positionals;
if (values.help || (what !== "images" && what !== "loader")) {
  console.log(usage);
  process.exitCode = values.help ? 0 : 2;
} else {
  // npm runs scripts at the root of the workspace; names are meant from where the user stands.
  const fromUser = (path: string): string => resolve(process.env["INIT_CWD"] ?? ".", path);
  const folder = dataFolder(values.data === undefined ? undefined : fromUser(values.data));
  const rounds = Number(values.rounds ?? (what === "images" ? 11 : 5));
  const bench = what === "images" ? benchImages : benchLoader;
  const json = values.json === undefined ? undefined : fromUser(values.json);
  await publish(await bench({ folder, rounds }), json);
}
