/**
 * How many samples a second does the loader deliver from many small files, beside Python's loaders and
 * beside the same native reads without a loader? Three epochs in a fresh process each; the first one, with
 * all that starting takes, is a case of its own.
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
const epochCount = 3;
const loopVariant = "numpy loop";

/** What a process prints when its epochs are over. */
export interface EpochsResult {
  readonly samples: number;
  /** From the making of the loader to the end of the first epoch. */
  readonly firstEpochSeconds: number;
  /** The same to the end of the last. */
  readonly seconds: number;
  readonly firstBatchMs: number;
  /** Sum of the first pixel of every sample: equal for all that read the same files. */
  readonly sum: number;
}

/** A loader, as a command. */
interface Loader {
  readonly reader: string;
  readonly variant: string;
  readonly command: string;
  readonly args: readonly string[];
}

type Kind = "ours" | "bare" | "loader" | "loop";

/** What is compared with what: a loop that reads files one after the other is no loader. */
function kindOf({ reader, variant }: Pick<Loader, "reader" | "variant">): Kind {
  if (reader === "fitstream") return variant.startsWith("native") ? "bare" : "ours";
  return variant === loopVariant ? "loop" : "loader";
}

/** Runs the epochs in a process of their own; undefined where it fails (a reader that is not there). */
async function runEpochs(
  { command, args }: Loader,
  paths: readonly string[],
): Promise<EpochsResult | undefined> {
  const child = spawn(command, [...args, String(epochCount)], {
    stdio: ["pipe", "pipe", "ignore"],
  });
  child.on("error", () => undefined);
  child.stdin.on("error", () => undefined);
  child.stdin.end(paths.join("\n"));
  let text = "";
  for await (const chunk of child.stdout) text += String(chunk);
  const line = text.split("\n").findLast((l) => l.startsWith("{"));
  return line === undefined ? undefined : (JSON.parse(line) as EpochsResult);
}

function ourLoaders(dtype: string): readonly Loader[] {
  const script = fileURLToPath(new URL("./loader-epochs.js", import.meta.url));
  const loader = (variant: string, ...args: readonly string[]): Loader => ({
    reader: "fitstream",
    variant,
    command: process.execPath,
    args: [script, ...args, String(batchSize), dtype],
  });
  return [
    loader("workers 0", "loader", "0"),
    loader("workers 1", "loader", "1"),
    loader("workers 2", "loader", "2"),
    loader("native reads, no loader", "native", "0"),
  ];
}

function pythonLoaders(): readonly Loader[] {
  return pythons().flatMap((python) =>
    ["fitsio", "astropy", "torchfits"].flatMap((reader) =>
      ["numpy", "torch"].flatMap((mode) =>
        [0, 2].map((workers) => ({
          reader: `${reader} (${python})`,
          variant: mode === "numpy" && workers === 0 ? loopVariant : `${mode}, workers ${workers}`,
          command: python,
          args: [loaderScript, reader, mode, String(batchSize), String(workers)],
        })),
      ),
    ),
  );
}

/**
 * The loaders that are worth timing: ours, and of the others those that run here, read every sample, and
 * are not twice as slow as the fastest of their kind.
 */
async function usable(
  loaders: readonly Loader[],
  paths: readonly string[],
): Promise<readonly Loader[]> {
  const tried: { readonly loader: Loader; readonly seconds: number }[] = [];
  let sum: number | undefined;
  for (const loader of loaders) {
    const result = await runEpochs(loader, paths);
    const name = `${loader.reader}, ${loader.variant}`;
    if (result === undefined) continue;
    sum ??= result.sum;
    // Sums of float32 in another order agree to a few parts in 10^7.
    const isEqual = Math.abs(result.sum - sum) <= 1e-5 * Math.abs(sum);
    const isWhole = result.samples === epochCount * paths.length;
    if (isEqual && isWhole) tried.push({ loader, seconds: result.seconds });
    else console.error(`${name} reads other samples; left out`);
    console.error(`first try: ${name}: ${result.seconds.toFixed(2)} s`);
  }
  const limits = new Map<Kind, number>();
  for (const { loader, seconds } of tried) {
    const kind = kindOf(loader);
    limits.set(kind, Math.min(limits.get(kind) ?? Number.POSITIVE_INFINITY, 2 * seconds));
  }
  return tried
    .filter(({ loader, seconds }) => {
      const kind = kindOf(loader);
      return kind === "ours" || seconds <= (limits.get(kind) ?? 0);
    })
    .map(({ loader }) => loader);
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
  const loaders = await usable([...ourLoaders(dtype), ...pythonLoaders()], paths);
  const results = new Map<Loader, EpochsResult[]>(loaders.map((loader) => [loader, []]));
  for (let round = 0; round < rounds; ++round) {
    console.error(`${name}: round ${round + 1} of ${rounds}, ${loaders.length} loaders`);
    for (const loader of shuffled(loaders, round)) {
      warm(paths);
      const result = await runEpochs(loader, paths);
      if (result !== undefined) results.get(loader)?.push(result);
    }
  }
  const bytes = fileCount * 512 * 512 * (name === "f32" ? 4 : 2);
  const what = `${fileCount} files ${name} 512x512, batch ${batchSize}`;
  const measure = (
    epochs: number,
    caseName: string,
    seconds: (result: EpochsResult) => number,
  ): readonly Measurement[] =>
    loaders.map((loader) => ({
      case: caseName,
      reader: loader.reader,
      variant: loader.variant,
      ms: (results.get(loader) ?? []).map((result) => 1000 * seconds(result)),
      bytes: epochs * bytes,
      count: epochs * fileCount,
    }));
  const first = measure(1, `${what}, first epoch`, (result) => result.firstEpochSeconds);
  const all = measure(epochCount, `${what}, ${epochCount} epochs`, (result) => result.seconds);
  return { measurements: [...first, ...all], ratios: [...ratiosOf(first), ...ratiosOf(all)] };
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

/**
 * Our best against the best Python loader (bar 1.5), against the best that Python can do without one, and
 * against our own bare reads (bar 0.75).
 */
function ratiosOf(measurements: readonly Measurement[]): readonly Ratio[] {
  const fastestOf = (kind: Kind): Measurement | undefined =>
    fastest(measurements.filter((m) => kindOf(m) === kind));
  const best = fastestOf("ours");
  if (best === undefined) return [];
  const bars = [
    [fastestOf("loader"), 1.5],
    [fastestOf("loop"), undefined],
    [fastestOf("bare"), 0.75],
  ] as const;
  return bars.flatMap(([peer, bar]) => (peer === undefined ? [] : [ratioOf(best, peer, bar)]));
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
