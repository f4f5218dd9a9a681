import { readFileSync } from "node:fs";
import { readdir, readFile } from "node:fs/promises";
import { TensorPool } from "@fitstream/dataset";

/** What a call took, and what it gave. */
export interface Answer {
  readonly ms: number;
  readonly bytes: number;
  /** CRC-32 of the values; 0 where nobody asked. */
  readonly crc: number;
}

/** Whether the values are asked for, not the time. */
export function wantsCrc(how: string): boolean {
  return how.endsWith("+crc");
}

let held: { readonly pool: TensorPool; readonly bytes: Uint8Array } | undefined;

/** Warm memory, which stays from call to call: the slot of a pool, as a loader has it. */
export async function slot(byteLength: number): Promise<Uint8Array> {
  if (held === undefined || held.bytes.byteLength < byteLength) {
    held?.pool.close();
    const pool = new TensorPool({ maxBytes: byteLength + 2 ** 20 });
    const { bytes } = await pool.lease(byteLength);
    // The pool leaves touching to the first reader; here that must not be a timed one.
    held = { pool, bytes: bytes.fill(1) };
  }
  return held.bytes.subarray(0, byteLength);
}

/**
 * A call of which the second of two is timed, where that is asked for: a core that has been idle takes
 * milliseconds to come back, and there is one for each thread.
 */
export async function busy(how: string, call: () => Promise<Answer>): Promise<Answer> {
  if (how.includes("+busy")) await call();
  return call();
}

/**
 * Whether this process has the file mapped: the one proof that "immutable" is not an option that nobody
 * reads.
 */
export function checkMapped(path: string): void {
  if (!readFileSync("/proc/self/maps", "utf8").includes(path)) {
    throw new Error("not built yet: no mapping of the file is kept");
  }
}

/** Nanoseconds that each thread of this process has run. */
async function threadTimes(): Promise<Map<string, number>> {
  const times = new Map<string, number>();
  for (const task of await readdir("/proc/self/task")) {
    const stat = await readFile(`/proc/self/task/${task}/schedstat`, "utf8").catch(() => "0");
    times.set(task, Number(stat.split(" ")[0]));
  }
  return times;
}

/** What was found out about calls that were given two threads, by name. */
const threaded = new Map<string, boolean>();

/** Whether a second thread did at least a quarter of what the busiest did, in some calls. */
async function usesSecond(call: () => Promise<Answer>, isAsync: boolean): Promise<boolean> {
  const before = await threadTimes();
  for (let i = 0; i < 3; ++i) await call();
  const after = await threadTimes();
  // Where the work is libuv's, the main thread only hands it over.
  if (isAsync) after.delete(String(process.pid));
  const ran = [...after].map(([task, ns]) => ns - (before.get(task) ?? 0)).sort((a, b) => b - a);
  const [most = 0, second = 0] = ran;
  return second > most / 4;
}

/**
 * Runs a call that was given two threads, after it was found once that a second one takes part: an option
 * that nobody reads must not look like a slow one.
 */
export async function onTwoThreads(
  name: string,
  call: () => Promise<Answer>,
  isAsync: boolean,
): Promise<Answer> {
  const isThreaded = threaded.get(name) ?? (await usesSecond(call, isAsync));
  threaded.set(name, isThreaded);
  if (!isThreaded) throw new Error("not built yet: the option `threads` adds no thread");
  return call();
}
