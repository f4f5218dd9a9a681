import { DatasetError } from "../errors.js";

/**
 * Where a run stands: enough to go on exactly there, with any number of ranks, workers and whatever
 * cache. Less than 1 KB of JSON.
 */
export interface LoaderState {
  readonly version: 1;
  /** The epoch to go on in, from 0. */
  readonly epoch: number;
  /** The next step to take in that epoch. */
  readonly step: number;
  /** Names the order of samples that the numbers belong to. */
  readonly plan: string;
}

/** @throws {DatasetError} DATASET_STATE_MISMATCH when the state is of another dataset. */
export function checkState(state: LoaderState, plan: string, steps: number): void {
  const fail = (what: string, expected: string, found: string): never => {
    throw new DatasetError({ code: "DATASET_STATE_MISMATCH", what, expected, found });
  };
  const isCount = (n: number): boolean => Number.isSafeInteger(n) && n >= 0;
  if (state.version !== 1 || !isCount(state.epoch) || !isCount(state.step)) {
    fail("this is no state of a loader", "what state() returned", JSON.stringify(state));
  }
  if (state.plan !== plan) {
    fail(
      "the state belongs to another dataset: other files, positions, steps, seed or batch size",
      plan,
      state.plan,
    );
  }
  if (state.step > steps) {
    fail("the state lies beyond the epoch", `at most ${steps} steps`, String(state.step));
  }
}

/** State after a step: the end of an epoch is the start of the next. */
export function stateAt(
  { epoch, step }: { readonly epoch: number; readonly step: number },
  steps: number,
  plan: string,
): LoaderState {
  return step < steps
    ? { version: 1, epoch, step, plan }
    : { version: 1, epoch: epoch + 1, step: 0, plan };
}
