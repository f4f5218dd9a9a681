/**
 * How many samples a second does the loader deliver from many small files, beside Python's loaders and
 * beside the same native reads without a loader? Every epoch runs in a fresh process.
 */
import { spawn } from "node:child_process";
import { readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { smallImages } from "./data.js";
import type { BenchOptions } from "./images.js";
import { loaderScript, pythons } from "./peer.js";
import { type Measurement, machine, type Ratio, type Report, ratioOf } from "./report.js";
import { shuffled } from "./statistics.js";

const batchSize = 32;
const fileCount = 2000;

/** What an epoch prints when it is over. */
export interface EpochResult {
  readonly samples: number;
  readonly seconds: number;
  readonly firstBatchMs: number;
  /** Sum of the first pixel of every sample: equal for all that read the same files. */
  readonly sum: number;
}

interface Epoch {
  readonly reader: string;
  readonly variant: string;
  readonly command: string;
  readonly args: readonly string[];
}

/** Runs an epoch in a process of its own; undefined where it fails (a reader that is not there). */
async function runEpoch(
  { command, args }: Epoch,
  paths: readonly string[],
): Promise<EpochResult | undefined> {
  const child = spawn(command, args, { stdio: ["pipe", "pipe", "ignore"] });
  child.on("error", () => undefined);
  child.stdin.on("error", () => undefined);
  child.stdin.end(paths.join("\n"));
  let text = "";
  for await (const chunk of child.stdout) text += String(chunk);
  const line = text.split("\n").findLast((l) => l.startsWith("{"));
  return line === undefined ? undefined : (JSON.parse(line) as EpochResult);
}

function ourEpochs(dtype: string): readonly Epoch[] {
  const script = fileURLToPath(new URL("./loader-epoch.js", import.meta.url));
  const epoch = (variant: string, ...args: readonly string[]): Epoch => ({
    reader: "fitstream",
    variant,
    command: process.execPath,
    args: [script, ...args, String(batchSize), dtype],
  });
  return [
    epoch("workers 0", "loader", "0"),
    epoch("workers 1", "loader", "1"),
    epoch("workers 2", "loader", "2"),
    epoch("native reads, no loader", "native", "0"),
  ];
}

function pythonEpochs(): readonly Epoch[] {
  return pythons().flatMap((python) =>
    ["fitsio", "astropy", "torchfits"].flatMap((reader) =>
      ["numpy", "torch"].flatMap((mode) =>
        [0, 2].map((workers) => ({
          reader: `${reader} (${python})`,
          variant: `${mode}, workers ${workers}`,
          command: python,
          args: [loaderScript, reader, mode, String(batchSize), String(workers)],
        })),
      ),
    ),
  );
}

/**
 * The epochs that are worth timing: ours, and of the others those that run here, read every sample, and
 * are not twice as slow as the fastest of them.
 */
async function usable(
  epochs: readonly Epoch[],
  paths: readonly string[],
): Promise<readonly Epoch[]> {
  const tried: { readonly epoch: Epoch; readonly seconds: number }[] = [];
  let sum: number | undefined;
  for (const epoch of epochs) {
    const result = await runEpoch(epoch, paths);
    const name = `${epoch.reader}, ${epoch.variant}`;
    if (result === undefined) continue;
    sum ??= result.sum;
    // Sums of float32 in another order agree to a few parts in 10^7.
    const isEqual = Math.abs(result.sum - sum) <= 1e-5 * Math.abs(sum);
    if (isEqual && result.samples === paths.length) tried.push({ epoch, seconds: result.seconds });
    else console.error(`${name} reads other samples; left out`);
    console.error(`first try: ${name}: ${result.seconds.toFixed(2)} s`);
  }
  const isOurs = (epoch: Epoch): boolean => epoch.reader === "fitstream";
  const peers = tried.filter(({ epoch }) => !isOurs(epoch)).map(({ seconds }) => seconds);
  const limit = 2 * Math.min(...peers);
  return tried
    .filter(({ epoch, seconds }) => isOurs(epoch) || seconds <= limit)
    .map(({ epoch }) => epoch);
}

/** Reads all files once, so that they are in the page cache. */
function warm(paths: readonly string[]): void {
  for (const path of paths) readFileSync(path);
}

async function benchCase(
  name: "f32" | "i16",
  { folder, rounds }: BenchOptions,
): Promise<{ readonly measurements: readonly Measurement[]; readonly ratios: readonly Ratio[] }> {
  const paths = await smallImages(folder, name, fileCount);
  const dtype = name === "f32" ? "float32" : "int16";
  warm(paths);
  const epochs = await usable([...ourEpochs(dtype), ...pythonEpochs()], paths);
  const ms = new Map<Epoch, number[]>(epochs.map((epoch) => [epoch, []]));
  for (let round = 0; round < rounds; ++round) {
    console.error(`${name}: round ${round + 1} of ${rounds}, ${epochs.length} loaders`);
    for (const epoch of shuffled(epochs, round)) {
      warm(paths);
      const result = await runEpoch(epoch, paths);
      ms.get(epoch)?.push(result === undefined ? Number.NaN : result.seconds * 1000);
    }
  }
  const bytes = fileCount * 512 * 512 * (name === "f32" ? 4 : 2);
  const measurements = epochs.map((epoch) => ({
    case: `${fileCount} files ${name} 512x512, batch ${batchSize}`,
    reader: epoch.reader,
    variant: epoch.variant,
    ms: ms.get(epoch) ?? [],
    bytes,
    count: fileCount,
  }));
  return { measurements, ratios: ratiosOf(measurements) };
}

function total(m: Measurement): number {
  return [...m.ms].sort((a, b) => a - b)[m.ms.length >> 1] ?? Number.POSITIVE_INFINITY;
}

function fastest(measurements: readonly Measurement[]): Measurement | undefined {
  return measurements.reduce<Measurement | undefined>(
    (best, m) => (best === undefined || total(m) < total(best) ? m : best),
    undefined,
  );
}

/** Our best against the best Python loader (bar 1.5), and against our own bare reads (bar 0.75). */
function ratiosOf(measurements: readonly Measurement[]): readonly Ratio[] {
  const mine = measurements.filter((m) => m.reader === "fitstream");
  const best = fastest(mine.filter((m) => m.variant.startsWith("workers")));
  const bare = mine.find((m) => m.variant.startsWith("native"));
  const peers = measurements.filter((m) => m.reader !== "fitstream");
  const peer = fastest(peers);
  if (best === undefined) return [];
  return [
    ...(peer === undefined ? [] : [ratioOf(best, peer, 1.5)]),
    ...(bare === undefined ? [] : [ratioOf(best, bare, 0.75)]),
    ...peers.filter((m) => m !== peer).map((m) => ratioOf(best, m)),
  ];
}

/** `npm run bench -- loader`. */
export async function benchLoader(options: BenchOptions): Promise<Report> {
  const results = [];
  for (const name of ["f32", "i16"] as const) results.push(await benchCase(name, options));
  return {
    machine: machine(),
    versions: { pythons: pythons() },
    measurements: results.flatMap((r) => r.measurements),
    ratios: results.flatMap((r) => r.ratios),
  };
}
