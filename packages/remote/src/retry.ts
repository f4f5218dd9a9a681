import { setTimeout as sleep } from "node:timers/promises";
import { untilAborted, withAbort } from "./abort.js";
import { RemoteError, remoteError } from "./errors.js";

/** What an attempt throws when another may do better. Never leaves the package. */
export class TransientFailure extends Error {
  readonly error: RemoteError;
  /** How long the server asks to be left alone. */
  readonly retryAfterMs: number;

  constructor(error: RemoteError, retryAfterMs = 0) {
    super(error.message, { cause: error });
    this.error = error;
    this.retryAfterMs = retryAfterMs;
  }
}

/** How long to go on. */
export interface RetryPolicy {
  readonly url: string;
  readonly retries: number;
  /** For all attempts and pauses together. */
  readonly deadlineMs: number;
}

const firstBackoffMs = 100;
const maxBackoffMs = 5_000;
/** A server may ask for hours; a reader would rather have another try or an error. */
const maxRetryAfterMs = 30_000;

/**
 * Full jitter: clients that failed together must not come back together.
 *
 * @see https://aws.amazon.com/blogs/architecture/exponential-backoff-and-jitter/
 */
function pauseMs(retry: number, failure: TransientFailure): number {
  const backoff = Math.random() * Math.min(maxBackoffMs, firstBackoffMs * 2 ** retry);
  return Math.max(backoff, Math.min(failure.retryAfterMs, maxRetryAfterMs));
}

/** How far the attempts at one request have come. */
interface Progress {
  attempts: number;
  last: RemoteError | undefined;
}

function withAttempts(error: RemoteError, attempts: number): RemoteError {
  return remoteError({ ...error.toJSON(), attempts }, { cause: error.cause });
}

function deadlineError(policy: RetryPolicy, { attempts, last }: Progress): RemoteError {
  const what = "the deadline passed before the bytes had come";
  const expected = `at most ${policy.deadlineMs} ms`;
  const fields = { code: "REMOTE_TIMEOUT", what, expected, url: policy.url, attempts } as const;
  return remoteError(fields, { cause: last });
}

/** The pause after a failed attempt; throws when it was the last. */
function pauseAfter(
  failure: unknown,
  progress: Progress,
  policy: RetryPolicy,
  leftMs: number,
): number {
  const { attempts } = progress;
  if (failure instanceof RemoteError) throw withAttempts(failure, attempts);
  if (!(failure instanceof TransientFailure)) throw failure;
  progress.last = failure.error;
  const pause = pauseMs(attempts - 1, failure);
  if (attempts > policy.retries || pause >= leftMs) throw withAttempts(failure.error, attempts);
  return pause;
}

/**
 * Tries, with attempts numbered from 1, until one succeeds, or fails for good, or retries or time
 * run out. A pause that would outlast the deadline is not begun.
 */
export function retry<T>(
  attempt: (signal: AbortSignal, number: number) => Promise<T>,
  policy: RetryPolicy,
  outer: AbortSignal,
): Promise<T> {
  return withAbort([outer], async (controller) => {
    const { signal } = controller;
    const endsAt = performance.now() + policy.deadlineMs;
    const progress: Progress = { attempts: 0, last: undefined };
    const expire = (): void => controller.abort(deadlineError(policy, progress));
    const timer = setTimeout(expire, policy.deadlineMs);
    try {
      for (;;) {
        progress.attempts += 1;
        try {
          return await attempt(signal, progress.attempts);
        } catch (error) {
          signal.throwIfAborted();
          const pause = pauseAfter(error, progress, policy, endsAt - performance.now());
          await untilAborted(sleep(pause, undefined, { signal }), signal);
        }
      }
    } finally {
      clearTimeout(timer);
    }
  });
}
