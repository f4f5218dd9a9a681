/**
 * How fast are files read that are not in the page cache? Each call comes after the kernel was asked to
 * drop the file (posix_fadvise, which takes no root), as far as this machine's disk is one.
 */
import { type Bench, type Context, missingRow, type Result } from "./bench.js";
import { compete, type Entry } from "./contest.js";
import { plainImage, tiledImage } from "./data-images.js";
import { tableFile } from "./data-tables.js";
import type { Peer } from "./peer.js";
import { Readers } from "./peers.js";
import { preadEntries } from "./small-files.js";
import { orMissing } from "./tiles.js";

interface ColdCase {
  readonly file: string;
  /** The call, with HOW where a reader says where the values go. */
  readonly command: string;
  make(context: Context): Promise<string>;
}

const cases: readonly ColdCase[] = [
  {
    file: "img_f32",
    command: "image HOW native 0",
    make: ({ data }) => plainImage(data, "f32"),
  },
  {
    file: "img_i16",
    command: "image HOW native 0",
    make: ({ data }) => plainImage(data, "i16"),
  },
  {
    file: "rice_f32q_row",
    command: "image HOW native 1",
    make: ({ data }) => tiledImage(data, "rice_f32q_row"),
  },
  { file: "tab_mixed", command: "table HOW 1", make: ({ data }) => tableFile(data, "tab_mixed") },
];

async function benchCold(context: Context, { file, command, make }: ColdCase): Promise<Result> {
  const row = `cold-${file}`;
  const figures = ["over C", "over peer", "of open + pread"];
  const data = await orMissing(make(context));
  if ("missing" in data)
    return { outcomes: [missingRow(row, figures, data.missing)], measurements: [] };
  const { path } = data;
  return await Readers.use(context, async (readers) => {
    const [limits] = readers.limits;
    if (limits === undefined) {
      const missing = "no compiler for the program that drops pages";
      return { outcomes: [missingRow(row, figures, missing)], measurements: [] };
    }
    const before = (): Promise<unknown> => limits.run({ command: `evict ${path}` });
    const of = (peer: Peer, group: string, how: string): Entry => ({
      group,
      peer,
      variant: how,
      before,
      call: () => ({ command: `${command.replace("HOW", how)} ${path}` }),
    });
    const entries = [
      of(readers.ours, "ours", "pooled"),
      ...readers.c.map((peer) => of(peer, "C", "pooled")),
      ...readers.python.map((peer) => of(peer, "peer", "fresh")),
      ...preadEntries(readers, [path]).map(({ count: _, ...entry }) => ({ ...entry, before })),
    ];
    const contest = await compete(`cold ${file}`, entries, context.rounds);
    const values = {
      "over C": contest.over(["ours"], ["C"]),
      "over peer": contest.over(["ours"], ["peer"]),
      "of open + pread": contest.over(["ours"], ["pread"], 100),
    };
    return { outcomes: [{ row, values }], measurements: contest.measurements };
  });
}

export const coldBenches: readonly Bench[] = cases.map((one) => ({
  rows: [`cold-${one.file}`],
  run: (context) => benchCold(context, one),
}));
