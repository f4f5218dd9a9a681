/**
 * What does a second thread give? Beside it, in the same rounds, what two processes that only compute
 * give on this machine: where that is no 2, no thread can.
 */
import { type Bench, type Context, missingRow, type Result, within } from "./bench.js";
import { compete, type Entry } from "./contest.js";
import { tiledImage } from "./data-images.js";
import { tableFile } from "./data-tables.js";
import type { Peer } from "./peer.js";
import { Readers, startLimits } from "./peers.js";
import { orMissing } from "./tiles.js";

const files = ["rice_i16_row", "rice_f32q_t256", "gzip2_i16_row", "tab_mixed", "tab_wide"] as const;

/** About 50 ms of computing. */
const turns = 30_000_000;

/** The same work twice: by one process, or half by each of two at once. */
function computing([one, other]: readonly Peer[]): readonly Entry[] {
  if (one === undefined || other === undefined) return [];
  const spin = (peer: Peer, count: number): Promise<{ ms: number; bytes: number }> =>
    peer.run({ command: `spin ${count}` });
  const call = (): { command: string } => ({ command: "" });
  return [
    {
      group: "one process",
      peer: one,
      variant: "computing, one process",
      call,
      run: () => spin(one, 2 * turns),
    },
    {
      group: "two processes",
      peer: one,
      variant: "computing, two processes",
      call,
      run: async () => {
        const both = await Promise.all([spin(one, turns), spin(other, turns)]);
        return { ms: Math.max(...both.map(({ ms }) => ms)), bytes: 0 };
      },
    },
  ];
}

async function benchThreads(context: Context, file: string): Promise<Result> {
  const row = `threads-${file}`;
  const isTable = file.startsWith("tab_");
  const data = await orMissing(
    isTable ? tableFile(context.data, file) : tiledImage(context.data, file),
  );
  const figures = ["over 1 thread", "of two processes"];
  if ("missing" in data)
    return { outcomes: [missingRow(row, figures, data.missing)], measurements: [] };
  const command = (how: string): string =>
    isTable ? `table ${how} 1 ${data.path}` : `image ${how} native 1 ${data.path}`;
  return await Readers.use(context, async ({ ours, limits }) => {
    const second = await startLimits(context);
    const of = (group: string, how: string): Entry => ({
      group,
      peer: ours,
      variant: how,
      call: () => ({ command: command(how) }),
      check: { command: command(`${how}+crc`) },
    });
    try {
      const entries = [
        of("one thread", "pooled+busy"),
        of("two threads", "threads+busy"),
        ...computing([...limits, ...second]),
      ];
      const contest = await compete(`2 threads, ${file}`, entries, context.rounds);
      const threads = contest.over(["two threads"], ["one thread"]);
      const processes = contest.over(["two processes"], ["one process"]);
      const share =
        "missing" in threads || "missing" in processes
          ? { missing: "missing" in threads ? threads.missing : "nothing to compute with" }
          : {
              value: (100 * threads.value) / processes.value,
              against: `two processes, ${processes.value.toFixed(2)}x`,
            };
      const values = { "over 1 thread": within(threads, processes), "of two processes": share };
      return { outcomes: [{ row, values }], measurements: contest.measurements };
    } finally {
      for (const peer of second) peer.close();
    }
  });
}

export const threadBenches: readonly Bench[] = files.map((file) => ({
  rows: [`threads-${file}`],
  run: (context) => benchThreads(context, file),
}));
