import { setMaxListeners } from "node:events";

/** What `promise` gives, or the reason of `signal` as soon as that aborts. */
export function untilAborted<T>(promise: Promise<T>, signal: AbortSignal): Promise<T> {
  return new Promise((resolve, reject) => {
    const stop = (): void => reject(signal.reason);
    if (signal.aborted) stop();
    signal.addEventListener("abort", stop, { once: true });
    void promise.then(resolve, reject).then(() => signal.removeEventListener("abort", stop));
  });
}

/**
 * Runs `work` with a controller that aborts with the first of `signals`, or once `work` has failed,
 * so that nothing it started goes on. AbortSignal.any would do, but on long-lived signals Node 20
 * frees what it adds only after garbage collection.
 */
export async function withAbort<T>(
  signals: readonly (AbortSignal | undefined)[],
  work: (controller: AbortController) => Promise<T>,
): Promise<T> {
  const controller = new AbortController();
  const undo: (() => void)[] = [];
  for (const signal of signals) {
    if (signal === undefined) continue;
    signal.throwIfAborted();
    const forward = (): void => controller.abort(signal.reason);
    signal.addEventListener("abort", forward, { once: true });
    undo.push(() => signal.removeEventListener("abort", forward));
    // Many reads may share one signal; Node takes more than ten listeners for a leak.
    setMaxListeners(0, signal);
  }
  setMaxListeners(0, controller.signal);
  try {
    return await work(controller);
  } catch (error) {
    controller.abort(error);
    throw error;
  } finally {
    for (const remove of undo) remove();
  }
}
