/** One run of a loader in a process of its own. */
import { readdirSync, readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import type { Dtype } from "@fitstream/native";
import type { Context } from "./bench.js";
import { lastLine, spawnChild } from "./children.js";
import { statusOf } from "./memory.js";
import { peerFile } from "./peers.js";
import { say } from "./progress.js";

/** What is to be loaded; the same for all loaders. */
export interface LoaderSource {
  readonly paths: readonly string[];
  readonly hdu: number;
  readonly dtype: Dtype;
  /** Squares of the images: rows of file, x, y. Absent: whole images. */
  readonly cutouts?: {
    readonly size: number;
    readonly places: readonly (readonly [number, number, number])[];
  };
}

/** What a loader's process is told. */
export interface LoaderJob extends LoaderSource {
  readonly batch: number;
  readonly workers: number;
  readonly epochs: number;
  /** Budget in bytes, where one is set. */
  readonly memory?: number;
}

/** What it answers when its epochs are over. */
export interface EpochsResult {
  readonly samples: number;
  /** From the making of the loader to the end of the last epoch. */
  readonly seconds: number;
  readonly firstBatchMs: number;
  /** Sum of the first pixel of every sample: equal for all that read the same. */
  readonly sum: number;
}

/** What loaders answered, run by run. */
export type Results = ReadonlyMap<Loader, readonly EpochsResult[]>;

/** A loader, and how it is started. */
export interface Loader {
  readonly reader: string;
  readonly variant: string;
  /** "loop": reads files one after the other, shuffled, without anything of a loader. */
  readonly kind: "ours" | "loader" | "loop";
  readonly workers: number;
  readonly command: string;
  readonly args: readonly string[];
}

const ourScript = fileURLToPath(new URL("./loader-epochs.js", import.meta.url));

export function ourLoaders(): readonly Loader[] {
  return [0, 1, 2].map((workers) => ({
    reader: "fitstream",
    variant: `workers ${workers}`,
    kind: "ours",
    workers,
    command: process.execPath,
    args: [ourScript],
  }));
}

/** Ways of loading in Python, by python_loader.py's names, and whether they cut. */
const pythonWays = [
  { reader: "torchfits", mode: "make_loader", cuts: true },
  { reader: "torchfits", mode: "torch", cuts: true },
  { reader: "torchfits", mode: "read_batch", cuts: false },
  { reader: "fitsio", mode: "torch", cuts: true },
  { reader: "astropy", mode: "torch", cuts: true },
  { reader: "rustfits", mode: "torch", cuts: true },
  { reader: "fitsio", mode: "numpy", cuts: false },
  { reader: "rustfits", mode: "numpy", cuts: false },
] as const;

export function pythonLoaders({ python }: Context, { cutouts }: LoaderSource): readonly Loader[] {
  if ("missing" in python) return [];
  return pythonWays
    .filter(({ cuts }) => cuts || cutouts === undefined)
    .flatMap(({ reader, mode }) =>
      [0, 2].map((workers) => {
        const isLoop = mode === "numpy" && workers === 0;
        return {
          reader,
          variant: isLoop ? "numpy loop" : `${mode}, workers ${workers}`,
          kind: isLoop ? ("loop" as const) : ("loader" as const),
          workers,
          command: python.path,
          args: [peerFile("python_loader.py"), reader, mode],
        };
      }),
    );
}

export function nameOf({ reader, variant }: Loader): string {
  return `${reader}, ${variant}`;
}

/** Resident memory of a process and all below it, in bytes. */
function treeRss(pid: number): number {
  let total = statusOf(pid, "VmRSS") || 0;
  try {
    for (const task of readdirSync(`/proc/${pid}/task`)) {
      const children = readFileSync(`/proc/${pid}/task/${task}/children`, "utf8");
      for (const child of children.split(" ").filter(Boolean)) total += treeRss(Number(child));
    }
  } catch {
    // It has ended meanwhile.
  }
  return total;
}

/** Two minutes: the slowest of them takes a tenth of that. */
const longestMs = 120_000;

export interface RunOptions {
  /** Samples the memory of the process and those below it while it runs. */
  readonly watchesMemory?: boolean;
  /** Files that the process may have open. */
  readonly openFiles?: number;
}

/** The result of a run and its peak memory in bytes; a text says why there is none. */
export async function runLoader(
  loader: Loader,
  job: Omit<LoaderJob, "workers">,
  { watchesMemory = false, openFiles }: RunOptions = {},
): Promise<{ readonly result: EpochsResult; readonly peak: number } | string> {
  const limit = openFiles === undefined ? "" : `ulimit -n ${openFiles}; `;
  const args = ["-c", `${limit}exec "$@"`, "sh", loader.command, ...loader.args];
  // torch asks for huge pages only when it is told to.
  const child = spawnChild("sh", args, { env: { ...process.env, THP_MEM_ALLOC_ENABLE: "1" } });
  let [text, errors, peak] = ["", "", 0];
  child.stderr.on("data", (chunk) => {
    errors = String(chunk);
  });
  const watch = setInterval(() => {
    if (watchesMemory) peak = Math.max(peak, treeRss(child.pid ?? 0));
  }, 40);
  const timer = setTimeout(() => child.kill("SIGKILL"), longestMs);
  child.stdin.end(JSON.stringify({ ...job, workers: loader.workers }));
  for await (const chunk of child.stdout) text += String(chunk);
  clearInterval(watch);
  clearTimeout(timer);
  const line = text.split("\n").findLast((l) => l.startsWith("{"));
  if (line === undefined) return lastLine(errors) || "ended without a result";
  return { result: JSON.parse(line) as EpochsResult, peak };
}

/**
 * The loaders that are worth timing: ours, and of the others those that run here, give every sample, and
 * are not twice as slow as the fastest of their kind.
 */
export async function usable(
  loaders: readonly Loader[],
  job: Omit<LoaderJob, "workers">,
): Promise<{ readonly tried: Results; readonly missing: readonly string[] }> {
  const samples = job.epochs * (job.cutouts?.places.length ?? job.paths.length);
  const tried: { readonly loader: Loader; readonly result: EpochsResult }[] = [];
  const missing: string[] = [];
  let sum: number | undefined;
  for (const loader of loaders) {
    const run = await runLoader(loader, job);
    if (typeof run === "string") {
      missing.push(`${nameOf(loader)}: ${run}`);
      say(`left out: ${nameOf(loader)}: ${run}`);
      continue;
    }
    const { result } = run;
    sum ??= result.sum;
    // Sums of float32 in another order agree to a few parts in 10^7.
    const isEqual = Math.abs(result.sum - sum) <= 1e-5 * Math.abs(sum);
    if (isEqual && result.samples === samples) tried.push({ loader, result });
    else missing.push(`${nameOf(loader)}: other samples`);
    say(
      `first try: ${nameOf(loader)}: ${result.seconds.toFixed(2)} s${isEqual ? "" : ", other samples"}`,
    );
  }
  const fastest = (kind: Loader["kind"]): number =>
    Math.min(
      ...tried.filter(({ loader }) => loader.kind === kind).map(({ result }) => result.seconds),
    );
  const kept = tried.filter(
    ({ loader: { kind }, result }) => kind === "ours" || result.seconds <= 2 * fastest(kind),
  );
  return { tried: new Map(kept.map(({ loader, result }) => [loader, [result]])), missing };
}
