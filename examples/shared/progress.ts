import { SingleBar } from "cli-progress";

/** A bar on a terminal; a line now and then where the output goes to a file. */
export interface Progress {
  update(done: number, total: number, note?: string): void;
  /** Ends the bar. */
  stop(): void;
}

/** Lines are printed at most this often. */
const lineEveryMs = 5_000;

function onTerminal(title: string): Progress {
  const bar = new SingleBar({
    format: `${title.padEnd(22)} {bar} {percentage}% {value}/{total} {note}`,
    barCompleteChar: "█",
    barIncompleteChar: "░",
    barsize: 24,
    hideCursor: true,
  });
  let isStarted = false;
  return {
    update: (done, total, note = "") => {
      if (!isStarted) bar.start(total, done, { note });
      isStarted = true;
      bar.setTotal(total);
      bar.update(done, { note });
    },
    stop: () => bar.stop(),
  };
}

function inLines(title: string): Progress {
  let last = "";
  let printedAt = performance.now();
  return {
    update: (done, total, note = "") => {
      last = `${title}: ${done}/${total} ${note}`;
      if (performance.now() - printedAt < lineEveryMs) return;
      printedAt = performance.now();
      console.log(last);
      last = "";
    },
    stop: () => {
      if (last !== "") console.log(last);
    },
  };
}

/** Progress of one long piece of work. */
export function progressOf(title: string): Progress {
  return process.stdout.isTTY === true ? onTerminal(title) : inLines(title);
}
