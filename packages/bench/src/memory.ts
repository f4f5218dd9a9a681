/** What memory does a read take beside the slot that it fills? */
import { readFileSync } from "node:fs";
import type { Bench, Context, Result, Value } from "./bench.js";
import { tiledImage } from "./data-images.js";
import { startOurs } from "./peers.js";

/** A line of a process's status in bytes; NaN where this system has none. */
export function statusOf(pid: number, line: "VmHWM" | "VmRSS"): number {
  try {
    const status = readFileSync(`/proc/${pid}/status`, "utf8");
    return 1024 * Number(new RegExp(`^${line}:\\s*(\\d+) kB`, "m").exec(status)?.[1]);
  } catch {
    return Number.NaN;
  }
}

/**
 * Peak memory of a fresh process that reads one image into a slot, over what it held before it had the
 * slot, as a multiple of the image.
 */
async function peakOf(context: Context, path: string): Promise<Value> {
  const peer = await startOurs(context);
  try {
    const before = statusOf(peer.pid, "VmRSS");
    const { bytes } = await peer.run({ command: `image pooled native 1 ${path}` });
    const peak = statusOf(peer.pid, "VmHWM");
    if (Number.isNaN(before + peak)) return { missing: "no /proc/PID/status on this system" };
    return { value: (peak - before) / bytes };
  } finally {
    peer.close();
  }
}

async function benchMemory(context: Context): Promise<Result> {
  const rows = await tiledImage(context.data, "rice_f32q_row");
  const squares = await tiledImage(context.data, "rice_f32q_t256");
  const values = {
    rows: await peakOf(context, rows),
    "256^2 tiles": await peakOf(context, squares),
  };
  return { outcomes: [{ row: "memory-rice", values }], measurements: [] };
}

export const memoryBenches: readonly Bench[] = [{ rows: ["memory-rice"], run: benchMemory }];
