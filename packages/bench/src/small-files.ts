/** How fast are many small files read: their images, and their headers alone? */
import { type Bench, type Context, type Outcome, type Result, within } from "./bench.js";
import { type Contest, compete, type Entry } from "./contest.js";
import { type SmallType, smallImages } from "./data-files.js";
import type { Call, Peer } from "./peer.js";
import { Readers } from "./peers.js";

function filesCall(how: string, paths: readonly string[]): Call {
  return { command: `files ${how} ${paths.length}`, lines: paths };
}

/** open + read + close, of each file: all bytes (`pread`), or the first page (`page`). */
export function preadEntries(
  { limits }: Readers,
  paths: readonly string[],
  how: "pread" | "page" = "pread",
): readonly Entry[] {
  return limits.map((peer) => ({
    group: "pread",
    peer,
    variant: how === "pread" ? "open + pread" : "open + pread of a page",
    call: () => ({ command: `${how} ${paths.length}`, lines: paths }),
    count: paths.length,
  }));
}

function outcomeOf(row: string, contest: Contest, ours: string): Outcome {
  return {
    row,
    values: {
      "over C": within(contest.over([ours], ["C"]), contest.over(["pread"], ["C"])),
      "over peer": within(contest.over([ours], ["peer"]), contest.over(["pread"], ["peer"])),
      "of open + pread": contest.over([ours], ["pread"], 100),
    },
  };
}

async function benchFiles(context: Context, type: SmallType): Promise<Result> {
  const paths = await smallImages(context.data, type);
  return await Readers.use(context, async (readers) => {
    const { ours, c, python } = readers;
    await readers.reload(paths);
    const of = (peer: Peer, group: string, how: string): Entry => ({
      group,
      peer,
      variant: how,
      call: () => filesCall(how, paths),
      check: filesCall(`${how}+crc`, paths),
      count: paths.length,
    });
    const entries = [
      // From paths alone: a call a file, or all headers first and then 32 files a call.
      of(ours, "ours", "each"),
      of(ours, "ours", "batched"),
      of(ours, "ours indexed", "indexed"),
      ...c.map((peer) => of(peer, "C", "pooled")),
      ...python.map((peer) => of(peer, "peer", "fresh")),
      ...preadEntries(readers, paths),
    ];
    const contest = await compete(`files ${type}`, entries, context.rounds);
    return {
      outcomes: [
        outcomeOf(`files_${type}`, contest, "ours"),
        outcomeOf(`files_${type}-indexed`, contest, "ours indexed"),
      ],
      measurements: contest.measurements,
    };
  });
}

async function benchHeaders(context: Context): Promise<Result> {
  const paths = await smallImages(context.data, "f32");
  const call = { command: `headers EXPTIME ${paths.length}`, lines: paths };
  return await Readers.use(context, async (readers) => {
    const { ours, c, python } = readers;
    await readers.reload(paths);
    const of = (peer: Peer, group: string): Entry => ({
      group,
      peer,
      variant: "one keyword",
      call: () => call,
      check: call,
      count: paths.length,
    });
    const entries = [
      of(ours, "ours"),
      ...c.map((peer) => of(peer, "C")),
      ...python.map((peer) => of(peer, "peer")),
      ...preadEntries(readers, paths, "page"),
    ];
    const contest = await compete("headers", entries, context.rounds);
    return {
      outcomes: [outcomeOf("headers", contest, "ours")],
      measurements: contest.measurements,
    };
  });
}

export const fileBenches: readonly Bench[] = [
  ...(["i16", "f32"] as const).map((type) => ({
    rows: [`files_${type}`, `files_${type}-indexed`],
    run: (context: Context) => benchFiles(context, type),
  })),
  { rows: ["headers"], run: benchHeaders },
];
