/**
 * What runs in a worker thread of a loader: piscina calls the function that this module exports for
 * every task, and hands over what all tasks share once, as worker data. piscina itself is not imported: loading
 * it would make every thread start a third later.
 */
import { parentPort, workerData } from "node:worker_threads";
import type { DecodeResult, DecodeSetup, DecodeTask } from "./decode-task.js";
import { Decoder } from "./decoder.js";

const decoder = new Decoder(workerData as DecodeSetup, true);
// Heard by the executor: this thread has loaded all that it needs.
parentPort?.postMessage("started");

/** Decodes and transforms the samples of one task. */
export function decode(task: DecodeTask): Promise<DecodeResult> {
  return decoder.run(task);
}
