/** How fast are whole tile-compressed images read, at each level of the kernels? */
import { type Bench, type Context, missingRow, type Outcome, type Result } from "./bench.js";
import { compete, type Entry } from "./contest.js";
import { tiledImage } from "./data-images.js";
import { imageEntry } from "./images.js";
import type { Peer } from "./peer.js";
import { Readers, startOurs } from "./peers.js";

/** RICE rows name levels; of the others AVX2 is judged. */
const riceFiles = ["rice_i16_row", "rice_i16_t256", "rice_f32q_row", "rice_f32q_t256"];
const otherFiles = [
  "gzip1_i16_row",
  "gzip2_i16_row",
  "gzip2_f32q_row",
  "gzip2_f32ll_row",
  "hcomp_i16_t256",
  "hcomp_f32q_t256",
  "plio_i16_row",
];

const otherLevels = ["avx512", "scalar"] as const;

/** Path of a file that the bench cannot do without, or why there is none. */
export async function orMissing(
  make: Promise<string>,
): Promise<{ readonly path: string } | { readonly missing: string }> {
  try {
    return { path: await make };
  } catch (error) {
    return { missing: `no data: ${error instanceof Error ? error.message : String(error)}` };
  }
}

/** A process of our reader at each of the other levels that this CPU has. */
async function oursAtLevels(context: Context): Promise<readonly Peer[]> {
  const peers: Peer[] = [];
  for (const level of otherLevels) {
    const peer = await startOurs(context, level);
    if (peer.versions["simd"] === level) peers.push(peer);
    else peer.close();
  }
  return peers;
}

async function benchTiles(context: Context, file: string): Promise<Result> {
  const isRice = riceFiles.includes(file);
  const data = await orMissing(tiledImage(context.data, file));
  if ("missing" in data) {
    const outcome = missingRow(file, ["over C", "over peer"], data.missing);
    return { outcomes: [outcome], measurements: [] };
  }
  return await Readers.use(context, async (readers) => {
    const levels = isRice ? await oursAtLevels(context) : [];
    try {
      const image = { path: data.path, ext: 1 };
      const entries: readonly Entry[] = [
        imageEntry(readers.ours, "ours", "pooled", image),
        ...levels.map((peer) => imageEntry(peer, peer.name, "pooled", image)),
        ...readers.c.map((peer) => imageEntry(peer, "C", "pooled", image)),
        ...readers.python.map((peer) => imageEntry(peer, "peer", "fresh", image)),
      ];
      const contest = await compete(file, entries, context.rounds);
      const at = (row: string, group: string): Outcome => ({
        row,
        values: {
          "over C": contest.over([group], ["C"]),
          "over peer": contest.over([group], ["peer"]),
        },
      });
      const others = otherLevels.map((level) => {
        const isThere = levels.some((peer) => peer.name === `fitstream ${level}`);
        return isThere
          ? at(`${file}-${level}`, `fitstream ${level}`)
          : missingRow(`${file}-${level}`, ["over C"], `this CPU has no ${level}`);
      });
      return {
        outcomes: [at(file, "ours"), ...(isRice ? others : [])],
        measurements: contest.measurements,
      };
    } finally {
      for (const peer of levels) peer.close();
    }
  });
}

export const tileBenches: readonly Bench[] = [...riceFiles, ...otherFiles].map((file) => ({
  rows: riceFiles.includes(file)
    ? [file, ...otherLevels.map((level) => `${file}-${level}`)]
    : [file],
  run: (context) => benchTiles(context, file),
}));
