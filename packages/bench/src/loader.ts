/** How many samples a second do loaders deliver, how soon, and out of how much memory? */
import { closeSync, openSync, readSync } from "node:fs";
import {
  type Bench,
  type Context,
  type Measurement,
  missingRow,
  type Result,
  type Value,
} from "./bench.js";
import { runChild } from "./children.js";
import { Contest } from "./contest.js";
import {
  type CutoutSource,
  cutoutSources,
  manyImages,
  smallImages,
  smallRiceImages,
} from "./data-files.js";
import {
  type EpochsResult,
  type Loader,
  type LoaderJob,
  type LoaderSource,
  nameOf,
  ourLoaders,
  pythonLoaders,
  type Results,
  runLoader,
  usable,
} from "./loader-run.js";
import { say } from "./progress.js";
import { randomWords } from "./sky.js";
import { median, quantile, shuffled } from "./statistics.js";

const batch = 32;
/** Epochs of one run: what starting takes is spread over them. */
const epochs = 3;
const cutoutSide = 64;
/** Budget of the run whose memory is looked at: a quarter of the default, so that it binds. */
const memory = 256 * 1024 ** 2;
const scratch = new Uint8Array(1024 ** 2);

interface LoaderCase {
  readonly row: string;
  source(context: Context): Promise<LoaderSource>;
}

async function cutoutsOf(
  { data }: Context,
  how: CutoutSource,
  atFullScale: number,
): Promise<LoaderSource> {
  const paths = await cutoutSources(data, how);
  const next = randomWords(9);
  const first = (): number => next() % (data.side - cutoutSide);
  const places = Array.from(
    { length: data.count(atFullScale, 200) },
    () => [next() % paths.length, first(), first()] as const,
  );
  const hdu = how === "plain" ? 0 : 1;
  return { paths, hdu, dtype: "float32", cutouts: { size: cutoutSide, places } };
}

const cases: readonly LoaderCase[] = [
  ...(["f32", "i16"] as const).map((type) => ({
    row: `load_${type}`,
    source: async ({ data }: Context): Promise<LoaderSource> => ({
      paths: await smallImages(data, type),
      hdu: 0,
      dtype: type === "f32" ? "float32" : "int16",
    }),
  })),
  ...(["f32", "i16"] as const).map((type) => ({
    row: `load_rice_${type}`,
    source: async ({ data }: Context): Promise<LoaderSource> => ({
      paths: await smallRiceImages(data, type),
      hdu: 1,
      dtype: type === "f32" ? "float32" : "int16",
    }),
  })),
  { row: "load_cut_plain", source: (context) => cutoutsOf(context, "plain", 20_000) },
  { row: "load_cut_t256", source: (context) => cutoutsOf(context, "rice_t256", 8000) },
  { row: "load_cut_row", source: (context) => cutoutsOf(context, "rice_row", 2000) },
];

/**
 * Reads all files once, so that they are in the page cache: into one piece of memory, since garbage
 * would be collected beside the loader that comes next.
 */
function warm(paths: readonly string[]): void {
  for (const path of paths) {
    const file = openSync(path, "r");
    while (readSync(file, scratch) > 0);
    closeSync(file);
  }
}

/** The loaders in turns; without rounds their first tries are all there is. */
async function runRounds(
  row: string,
  tried: Results,
  job: Omit<LoaderJob, "workers">,
  rounds: number,
): Promise<Results> {
  if (rounds === 0) return tried;
  const loaders = [...tried.keys()];
  const results = new Map(loaders.map((loader) => [loader, [] as EpochsResult[]]));
  for (let round = 0; round < rounds; ++round) {
    say(`${row}: round ${round + 1} of ${rounds}, ${loaders.length} loaders`);
    for (const loader of shuffled(loaders, round)) {
      warm(job.paths);
      const run = await runLoader(loader, job);
      if (typeof run === "string") throw new Error(`${nameOf(loader)}: ${run}`);
      results.get(loader)?.push(run.result);
    }
  }
  return results;
}

function measurementOf(row: string, loader: Loader, results: Results, count: number): Measurement {
  const ms = (results.get(loader) ?? []).map(({ seconds }) => 1000 * seconds);
  return { case: row, reader: loader.reader, variant: loader.variant, ms, bytes: 0, count };
}

/** Seconds to the first batch of our loader of this variant. */
function firstBatchOf(results: Results, variant: string | undefined): Value {
  const loader = [...results.keys()].find((l) => l.kind === "ours" && l.variant === variant);
  const seconds = (loader && results.get(loader))?.map(({ firstBatchMs }) => firstBatchMs / 1000);
  if (seconds === undefined) return { missing: "no run of ours" };
  const [low, value, high] = [0.25, 0.5, 0.75].map((q) => quantile(seconds, q)) as [
    number,
    number,
    number,
  ];
  return { value, low, high, ...(variant === undefined ? {} : { by: variant }) };
}

async function benchLoaders(context: Context, { row, source }: LoaderCase): Promise<Result> {
  const what = await source(context);
  const job = { ...what, batch, epochs };
  warm(what.paths);
  const { tried, missing } = await usable([...ourLoaders(), ...pythonLoaders(context, what)], job);
  const results = await runRounds(row, tried, job, Math.round(context.rounds / 3));
  const count = epochs * (what.cutouts?.places.length ?? what.paths.length);
  const contest = new Contest(
    new Map(
      [...results.keys()].map((loader) => [
        measurementOf(row, loader, results, count),
        loader.kind,
      ]),
    ),
    missing.map((why) => ({ group: "loader", why })),
  );
  const { measurements } = contest;
  const [best] = measurements
    .filter(({ reader }) => reader === "fitstream")
    .toSorted((one, other) => median(one.ms) - median(other.ms));
  const values = {
    "over peer": contest.over(["ours"], ["loader"]),
    "first batch": firstBatchOf(results, best?.variant),
  };
  return { outcomes: [{ row, values }], measurements };
}

/** Resident memory of an interpreter that does nothing, in bytes. */
async function bareRss(command: string, script: string): Promise<number> {
  const flag = command === process.execPath ? "-e" : "-c";
  const { stdout } = await runChild(command, [flag, script]);
  return 1024 * Number(/VmRSS:\s*(\d+)/.exec(stdout)?.[1]);
}

const bareNode = 'console.log(require("node:fs").readFileSync("/proc/self/status", "utf8"))';
const barePython = 'print(open("/proc/self/status").read())';

/**
 * Peak memory of a run over that of the bare interpreter, with all that it starts: of loaders, and of
 * ours with two workers and a budget. A loop without a loader holds a single batch, and is no peer
 * here as in the other rows.
 */
async function benchMemory(context: Context): Promise<Result> {
  const row = "load_memory";
  const paths = await smallImages(context.data, "f32");
  const source: LoaderSource = { paths, hdu: 0, dtype: "float32" };
  const job = { ...source, batch, epochs: 1 };
  const over = async (loader: Loader, budget: object): Promise<number | undefined> => {
    const script = loader.kind === "ours" ? bareNode : barePython;
    const bare = await bareRss(loader.command, script);
    const run = await runLoader(loader, { ...job, ...budget }, { watchesMemory: true });
    if (typeof run === "string" || run.peak === 0) return undefined;
    const megabytes = (run.peak - bare) / 1e6;
    say(`${row}: ${nameOf(loader)}: ${megabytes.toFixed(0)} MB`);
    return megabytes;
  };
  const [ours] = ourLoaders().filter(({ workers }) => workers === 2);
  const own = ours && (await over(ours, { memory }));
  if (own === undefined) {
    const figures = ["peers' least over ours", "above the budget"];
    return {
      outcomes: [missingRow(row, figures, "memory cannot be watched here")],
      measurements: [],
    };
  }
  const peers: { readonly name: string; readonly megabytes: number }[] = [];
  for (const loader of pythonLoaders(context, source)) {
    if (loader.kind !== "loader") continue;
    const megabytes = await over(loader, {});
    if (megabytes !== undefined) peers.push({ name: nameOf(loader), megabytes });
  }
  const [least] = peers.toSorted((a, b) => a.megabytes - b.megabytes);
  const overOurs: Value =
    least === undefined
      ? { missing: "no other loader" }
      : {
          value: least.megabytes / own,
          against: `${least.name}, ${least.megabytes.toFixed(0)} MB`,
        };
  const values = {
    "peers' least over ours": overOurs,
    "above the budget": { value: own - memory / 1e6, by: `${own.toFixed(0)} MB in all` },
  };
  return { outcomes: [{ row, values }], measurements: [] };
}

/** Very many files, few of which may be open at a time. */
async function benchMany(context: Context): Promise<Result> {
  const row = "load_many";
  const paths = await manyImages(context.data);
  const job = { paths, hdu: 0, dtype: "float32", batch, epochs: 1 } as const;
  const read: number[] = [];
  const notes: string[] = [];
  for (const loader of ourLoaders()) {
    const run = await runLoader(loader, job, { openFiles: 256 });
    if (typeof run === "string") notes.push(`${nameOf(loader)}: ${run}`);
    read.push(typeof run === "string" ? 0 : (100 * run.result.samples) / paths.length);
  }
  const values = { "files read": { value: Math.min(...read) } };
  return { outcomes: [{ row, values, notes }], measurements: [] };
}

export const loaderBenches: readonly Bench[] = [
  ...cases.map((one) => ({
    rows: [one.row],
    run: (context: Context) => benchLoaders(context, one),
  })),
  { rows: ["load_memory"], run: benchMemory },
  { rows: ["load_many"], run: benchMany },
];
