/** The flag of a signal, and who looks at it. */
interface SharedFlag {
  readonly flag: Int32Array;
  readonly raise: () => void;
  users: number;
}

/** Many reads may run under one signal at a time, which must not get a listener of each. */
const flags = new WeakMap<AbortSignal, SharedFlag>();

function take(signal: AbortSignal): SharedFlag {
  let shared = flags.get(signal);
  if (shared === undefined) {
    const flag = new Int32Array(new SharedArrayBuffer(4));
    const raise = (): void => {
      Atomics.store(flag, 0, 1);
    };
    shared = { flag, raise, users: 0 };
    flags.set(signal, shared);
    signal.addEventListener("abort", raise, { once: true });
  }
  shared.users += 1;
  return shared;
}

/** A listener that stays would keep a signal made by `AbortSignal.any` alive. */
function giveBack(signal: AbortSignal, shared: SharedFlag): void {
  shared.users -= 1;
  if (shared.users > 0) return;
  flags.delete(signal);
  signal.removeEventListener("abort", shared.raise);
}

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
  const shared = take(signal);
  try {
    return await work(shared.flag);
  } finally {
    giveBack(signal, shared);
  }
}
