/** How fast do tables become columns? */
import { type Bench, type Context, missingRow, type Outcome, type Result } from "./bench.js";
import { type Contest, compete, type Entry } from "./contest.js";
import { tableFile } from "./data-tables.js";
import { memcpyEntries } from "./images.js";
import type { Peer } from "./peer.js";
import { Readers } from "./peers.js";
import { orMissing } from "./tiles.js";

interface TableCase {
  readonly file: string;
  /** A variable-length column, where the case is about one. */
  readonly column?: string;
  /** Whether there is a row for a file that is kept open, with a mapping. */
  readonly isKept?: boolean;
}

const cases: readonly TableCase[] = [
  { file: "tab_mixed" },
  { file: "tab_wide" },
  { file: "tab_narrow", isKept: true },
  { file: "tab_catalogue", isKept: true },
  { file: "tab_vla", column: "flux" },
];

function tableEntry(
  peer: Peer,
  group: string,
  how: string,
  path: string,
  column: string | undefined,
): Entry {
  const what = column === undefined ? "table" : "ragged";
  const rest = column === undefined ? `1 ${path}` : `${column} 1 ${path}`;
  return {
    group,
    peer,
    variant: how,
    call: () => ({ command: `${what} ${how} ${rest}` }),
    check: { command: `${what} ${how}+crc ${rest}` },
  };
}

function outcomeOf(row: string, contest: Contest, ours: string): Outcome {
  const values = {
    "over C": contest.over([ours], ["C"]),
    "over peer": contest.over([ours], ["peer"]),
    "over kept peer": contest.over([ours], ["peer kept"]),
    "of memcpy": contest.over([ours], ["memcpy"], 100),
  };
  return { row, values };
}

async function benchTable(context: Context, { file, column, isKept }: TableCase): Promise<Result> {
  const data = await orMissing(tableFile(context.data, file));
  if ("missing" in data) {
    const outcome = missingRow(file, ["over C", "over peer"], data.missing);
    return { outcomes: [outcome], measurements: [] };
  }
  const { path } = data;
  return await Readers.use(context, async (readers) => {
    const { ours, oursFresh, c, python } = readers;
    await readers.reload([path]);
    const of = (peer: Peer, group: string, how: string): Entry =>
      tableEntry(peer, group, how, path, column);
    const kept = isKept
      ? [of(ours, "ours kept", "kept"), ...python.map((peer) => of(peer, "peer kept", "kept"))]
      : [];
    const entries = [
      of(ours, "ours", "pooled"),
      of(oursFresh, "ours fresh", "fresh"),
      ...c.map((peer) => of(peer, "C", "pooled")),
      ...python.map((peer) => of(peer, "peer", "fresh")),
      ...kept,
      ...memcpyEntries(readers, path),
    ];
    const contest = await compete(file, entries, context.rounds);
    const call = outcomeOf(file, contest, "ours");
    const whenKept = isKept ? [outcomeOf(`${file}-kept`, contest, "ours kept")] : [];
    return { outcomes: [call, ...whenKept], measurements: contest.measurements };
  });
}

export const tableBenches: readonly Bench[] = cases.map((table) => ({
  rows: table.isKept ? [table.file, `${table.file}-kept`] : [table.file],
  run: (context) => benchTable(context, table),
}));
