/** Processes of a bench: none outlives it, however it ends. */
import {
  type ChildProcess,
  type ChildProcessWithoutNullStreams,
  type SpawnOptionsWithoutStdio,
  spawn,
} from "node:child_process";

const running = new Set<ChildProcess>();

function killAll(): void {
  for (const child of running) child.kill("SIGKILL");
}

let isWatching = false;
function watch(): void {
  if (isWatching) return;
  isWatching = true;
  process.on("exit", killAll);
  for (const [signal, code] of [
    ["SIGINT", 130],
    ["SIGTERM", 143],
  ] as const) {
    process.on(signal, () => process.exit(code));
  }
}

/** As `spawn`, with pipes; the child is killed when this process ends. */
export function spawnChild(
  command: string,
  args: readonly string[],
  options: SpawnOptionsWithoutStdio = {},
): ChildProcessWithoutNullStreams {
  watch();
  const child = spawn(command, args, { ...options, stdio: ["pipe", "pipe", "pipe"] });
  running.add(child);
  child.on("close", () => running.delete(child));
  // A child that ends early closes its pipes; what it was asked for fails by itself then.
  child.stdin.on("error", () => undefined);
  return child;
}

export interface Ended {
  /** The exit status; null where it was killed or never started. */
  readonly status: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

/** Runs a command to its end. */
export async function runChild(
  command: string,
  args: readonly string[],
  { input = "", ...options }: SpawnOptionsWithoutStdio & { readonly input?: string } = {},
): Promise<Ended> {
  const child = spawnChild(command, args, options);
  let [stdout, stderr] = ["", ""];
  child.stdout.on("data", (chunk) => {
    stdout += String(chunk);
  });
  child.stderr.on("data", (chunk) => {
    stderr += String(chunk);
  });
  child.stdin.end(input);
  return await new Promise((resolve) => {
    child.on("error", (error) => resolve({ status: null, stdout, stderr: error.message }));
    child.on("close", (status) => resolve({ status, stdout, stderr }));
  });
}

/** The last line that a program wrote. */
export function lastLine(text: string): string {
  return text.trim().split("\n").at(-1) ?? "";
}
