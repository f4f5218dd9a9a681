/** `npm run bench -- images|tiles|loader`: figures beside the peers that are present, in one run. */
import { resolve } from "node:path";
import { parseArgs } from "node:util";
import { dataFolder } from "./data.js";
import { benchImages, benchTiles } from "./images.js";
import { benchLoader } from "./loader.js";
import { publish } from "./report.js";

const usage = `npm run bench -- images|tiles|loader [options]

  images    whole 4096x4096 images of every type, into a pooled slot and into fresh memory
  tiles     the same tile-compressed: RICE, GZIP, rows and squares, quantized floats
  loader    2,000 files of 512x512 through the loader, batch 32, beside the better Python loaders

Options
  --json FILE     write the report there as well
  --data DIR      where the data lie, or are made (default: the user's cache folder)
  --rounds N      timed rounds (default 11; 5 for loader)
  --help          this text

Peers: CFITSIO's C API (compiled here), and fitsio, astropy and torchfits of the Pythons named in
FITSTREAM_BENCH_PYTHON (separated by ":") and of the system's, where they have them.`;

const options = {
  json: { type: "string" },
  data: { type: "string" },
  rounds: { type: "string" },
  help: { type: "boolean", default: false },
} as const;

const benches = { images: benchImages, tiles: benchTiles, loader: benchLoader };

const { values, positionals } = parseArgs({ options, allowPositionals: true });
const bench = Object.entries(benches).find(([name]) => name === positionals[0])?.[1];
if (values.help || bench === undefined) {
  console.log(usage);
  process.exitCode = values.help ? 0 : 2;
} else {
  // npm runs scripts at the root of the workspace; names are meant from where the user stands.
  const fromUser = (path: string): string => resolve(process.env["INIT_CWD"] ?? ".", path);
  const folder = dataFolder(values.data === undefined ? undefined : fromUser(values.data));
  const rounds = Number(values.rounds ?? (bench === benchLoader ? 5 : 11));
  const json = values.json === undefined ? undefined : fromUser(values.json);
  await publish(await bench({ folder, rounds }), json);
}
