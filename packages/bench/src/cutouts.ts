/** How fast are small pieces cut from large images, and what does calling cost? */
import { copyFileSync, mkdirSync, rmSync } from "node:fs";
import { basename } from "node:path";
import { type Bench, type Context, missingRow, type Result } from "./bench.js";
import { runChild } from "./children.js";
import { type Contest, compete, type Entry } from "./contest.js";
import { plainImage, tiledImage } from "./data-images.js";
import { kernelProgram } from "./kernel-program.js";
import type { Call, Peer } from "./peer.js";
import { Readers } from "./peers.js";
import { say } from "./progress.js";
import { randomWords } from "./sky.js";
import { median, quantile } from "./statistics.js";

const side = 100;
/** Cutouts of one call; other readers take them one by one from an open file. */
const batchSize = 64;

interface CutoutCase {
  readonly row: string;
  readonly file: string;
  readonly count: number;
}

const cases: readonly CutoutCase[] = [
  { row: "cut_plain", file: "img_f32", count: 32 * batchSize },
  { row: "cut_rice_row", file: "rice_i16_row", count: 4 * batchSize },
  { row: "cut_rice_t256", file: "rice_i16_t256", count: 4 * batchSize },
];

/** Other places every round: no reader may live on what it decoded in the round before. */
function placesOf(round: number, count: number, image: number): readonly string[] {
  const next = randomWords(1000 + round);
  const at = (): number => next() % (image - side);
  return Array.from({ length: count }, () => `${at()} ${at()}`);
}

/**
 * A copy of the file for every round, so that caches of decoded tiles, which are kept by path or by
 * inode, start empty.
 */
class Copies {
  readonly #source: string;
  readonly #folder: string;
  #path = "";

  constructor(context: Context, source: string) {
    this.#source = source;
    this.#folder = context.data.path("copies");
    mkdirSync(this.#folder, { recursive: true });
  }

  of(round: number): string {
    const path = `${this.#folder}/${round}-${process.pid}-${basename(this.#source)}`;
    if (path !== this.#path) {
      this.remove();
      copyFileSync(this.#source, path);
      this.#path = path;
    }
    return path;
  }

  remove(): void {
    if (this.#path !== "") rmSync(this.#path, { force: true });
  }
}

async function benchCutouts(context: Context, { row, file, count }: CutoutCase): Promise<Result> {
  const isPlain = file.startsWith("img_");
  const { data } = context;
  const path = isPlain ? await plainImage(data, "f32") : await tiledImage(data, file);
  const ext = isPlain ? 0 : 1;
  const copies = new Copies(context, path);
  const callOf = (how: string, places: readonly string[], at: string): Call => ({
    command: `cutouts ${how} ${side} ${ext} ${places.length} ${at}`,
    lines: places,
  });
  return await Readers.use(context, async ({ ours, c, python }) => {
    const of = (peer: Peer, group: string, how: string): Entry => ({
      group,
      peer,
      variant: how,
      before: async (round) => isPlain || copies.of(round),
      call: (round) =>
        callOf(how, placesOf(round, count, data.side), isPlain ? path : copies.of(round)),
      check: callOf(`${how}+crc`, placesOf(-2, batchSize, data.side), path),
      count,
    });
    const entries = [
      of(ours, isPlain ? "ours unmapped" : "ours", "batched"),
      ...(isPlain ? [of(ours, "ours", "kept")] : []),
      ...c.map((peer) => of(peer, "C", "pooled")),
      ...python.map((peer) => of(peer, "peer", "kept")),
    ];
    try {
      const contest = await compete(`cutouts ${file}`, entries, context.rounds);
      const values = {
        "over C": contest.over(["ours"], ["C"]),
        "over peer": contest.over(["ours"], ["peer"]),
      };
      return { outcomes: [{ row, values }], measurements: contest.measurements };
    } finally {
      copies.remove();
    }
  });
}

/** Microseconds a cutout that our call takes longer than the same call of the core in C++. */
function costOf(contest: Contest, calls: number): readonly number[] {
  const [ours, core] = ["fitstream", "core"].map((variant) =>
    contest.measurements.find((m) => m.variant.startsWith(variant)),
  );
  if (ours === undefined) return [];
  return ours.ms.map((ms, i) => ((ms - (core?.ms[i] ?? 0)) * 1000) / calls / batchSize);
}

/**
 * JS and N-API alone: batches of 64 cutouts of one pixel each, called from Node, less the same batches
 * read by the core from C++. Without the C++ program the whole call is the figure: the cost is no
 * higher.
 */
async function benchCalls(context: Context): Promise<Result> {
  const row = "cut_call";
  const calls = 2000;
  const path = await plainImage(context.data, "f32");
  const program = await kernelProgram(context);
  return await Readers.use(context, async ({ ours }) => {
    const whole: Entry = {
      group: "ours",
      peer: ours,
      variant: "fitstream, from Node",
      call: () => ({ command: `calls ${calls} ${path}` }),
      count: calls * batchSize,
    };
    const core: Entry = {
      ...whole,
      group: "core",
      variant: "core, from C++",
      run: async () => {
        const args = ["batch", "avx2", String(calls), path];
        const { stdout } = await runChild("path" in program ? program.path : "", args);
        return { ms: Number(stdout), bytes: 0 };
      },
    };
    const entries = "path" in program ? [whole, core] : [whole];
    const contest = await compete("calls of 64 one-pixel cutouts", entries, context.rounds);
    const costs = costOf(contest, calls);
    if (costs.length === 0)
      return { outcomes: [missingRow(row, ["per cutout"], "no calls")], measurements: [] };
    const values = {
      "per cutout": {
        value: median(costs),
        low: quantile(costs, 0.25),
        high: quantile(costs, 0.75),
      },
    };
    const notes =
      "path" in program ? [] : [`an upper limit, the core's own time included: ${program.missing}`];
    for (const note of notes) say(note);
    return { outcomes: [{ row, values, notes }], measurements: contest.measurements };
  });
}

export const cutoutBenches: readonly Bench[] = [
  ...cases.map((one) => ({
    rows: [one.row],
    run: (context: Context) => benchCutouts(context, one),
  })),
  { rows: ["cut_call"], run: benchCalls },
];
