/** How fast is what is done with catalogues: rows that are chosen, sorted, grouped, handed on? */
import { type Bench, type Context, missingRow, type Outcome, type Result } from "./bench.js";
import { compete, type Entry } from "./contest.js";
import { tableFile } from "./data-tables.js";
import type { Peer } from "./peer.js";
import { Readers, startPolars } from "./peers.js";
import { median } from "./statistics.js";
import { orMissing } from "./tiles.js";

interface Work {
  readonly row: string;
  readonly how: string;
  /** What the peers call the same. */
  readonly rival?: string;
  /** What a row without rivals says it took. */
  readonly took?: string;
}

const works: readonly Work[] = [
  { row: "cat_where", how: "where", rival: "where" },
  { row: "cat_mask", how: "mask", rival: "mask" },
  { row: "cat_sort", how: "sort", rival: "sort" },
  { row: "cat_group", how: "group", rival: "group" },
  { row: "cat_arrow", how: "arrow", took: "took" },
  { row: "cat_sql", how: "sql", took: "took" },
];

function entryOf(peer: Peer, group: string, how: string, path: string): Entry {
  return {
    group,
    peer,
    variant: how,
    call: () => ({ command: `catalogue ${how} 1 ${path}` }),
    check: { command: `catalogue ${how}+crc 1 ${path}` },
  };
}

async function benchWork(context: Context, { row, how, rival, took }: Work): Promise<Result> {
  const figure = took ?? "over peer";
  const data = await orMissing(tableFile(context.data, "tab_catalogue"));
  if ("missing" in data) {
    return { outcomes: [missingRow(row, [figure], data.missing)], measurements: [] };
  }
  const { path } = data;
  return await Readers.use(context, async (readers) => {
    await readers.reload([path]);
    const polars = await startPolars(context);
    try {
      const rivals =
        rival === undefined
          ? []
          : [...readers.python, ...polars].map((peer) => entryOf(peer, "peer", rival, path));
      const entries = [entryOf(readers.ours, "ours", how, path), ...rivals];
      const contest = await compete(row, entries, context.rounds);
      const [ours] = contest.measurements;
      const seconds = median(ours?.ms ?? []) / 1000;
      const value = took === undefined ? contest.over(["ours"], ["peer"]) : { value: seconds };
      const outcome: Outcome = { row, values: { [figure]: value } };
      return { outcomes: [outcome], measurements: contest.measurements };
    } finally {
      for (const peer of polars) peer.close();
    }
  });
}

export const catalogueBenches: readonly Bench[] = works.map((work) => ({
  rows: [work.row],
  run: (context) => benchWork(context, work),
}));
