/**
 * Runs `work` with a flag that native loops look at, raised when `signal` aborts. Native work is
 * never killed: it sees the flag between blocks and ends by itself.
 */
export async function withCancelFlag<T>(
  signal: AbortSignal | undefined,
  work: (cancel: Int32Array | undefined) => Promise<T>,
): Promise<T> {
  if (signal === undefined) return work(undefined);
  signal.throwIfAborted();
  const cancel = new Int32Array(new SharedArrayBuffer(4));
  const raise = (): void => {
    Atomics.store(cancel, 0, 1);
  };
  signal.addEventListener("abort", raise, { once: true });
  try {
    return await work(cancel);
  } finally {
    signal.removeEventListener("abort", raise);
  }
}
