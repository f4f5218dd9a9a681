import { remoteError } from "./errors.js";

/** Options of a {@link RemoteClient}; what is left out has its default. */
export interface RemoteClientOptions {
  /** Memory for pages of all files together, in bytes. Default 256 MiB; 0 keeps nothing. */
  readonly cacheBytes?: number | undefined;
  /**
   * Requests at a time, and connections to one server. Default 8: enough to fill most lines with
   * requests of 2 MiB, and few enough that archives do not take it for an attack.
   */
  readonly concurrency?: number | undefined;
  /**
   * Bytes that may lie unused between two pages of one request. Default 64 KiB: at 100 Mbit/s they
   * take 5 ms, less than most round trips.
   */
  readonly maxGapBytes?: number | undefined;
  /**
   * Bytes after which a request is cut into parallel ones. Default 2 MiB, which keeps a round trip
   * of 50 ms below a third of a request's time at 100 Mbit/s, and makes a retry cheap.
   */
  readonly maxSpanBytes?: number | undefined;
  /** Until a connection stands, in milliseconds. Default 5 s. */
  readonly connectTimeoutMs?: number | undefined;
  /** From the request to the head of the response, in milliseconds. Default 15 s. */
  readonly headersTimeoutMs?: number | undefined;
  /** Longest silence within a body, in milliseconds. Default 15 s. */
  readonly idleTimeoutMs?: number | undefined;
  /** How long an unused connection is kept, in milliseconds. It keeps no process alive. Default 30 s. */
  readonly keepAliveMs?: number | undefined;
  /**
   * Slowest body that is waited for. Silence alone does not find a server that sends a byte now and
   * then. Default 1024 bytes per second.
   */
  readonly minBytesPerSecond?: number | undefined;
  /** Over how long that rate is measured, in milliseconds. Default 10 s. */
  readonly rateWindowMs?: number | undefined;
  /** Attempts after the first. Default 5. */
  readonly retries?: number | undefined;
  /**
   * For one request with all its retries and pauses, in milliseconds; waiting in the queue does not
   * count. Default 60 s.
   */
  readonly deadlineMs?: number | undefined;
}

/** {@link RemoteClientOptions} with nothing left out. */
export type ResolvedOptions = { readonly [K in keyof RemoteClientOptions]-?: number };

const defaults: ResolvedOptions = {
  cacheBytes: 256 * 1024 * 1024,
  concurrency: 8,
  maxGapBytes: 64 * 1024,
  maxSpanBytes: 2 * 1024 * 1024,
  connectTimeoutMs: 5_000,
  headersTimeoutMs: 15_000,
  idleTimeoutMs: 15_000,
  keepAliveMs: 30_000,
  minBytesPerSecond: 1024,
  rateWindowMs: 10_000,
  retries: 5,
  deadlineMs: 60_000,
};

/** Node fires longer timers at once. */
const longestTimerMs = 2 ** 31 - 1;

const mayBeZero: readonly string[] = ["cacheBytes", "maxGapBytes", "minBytesPerSecond", "retries"];

/** @throws {RemoteError} REMOTE_BAD_ARGUMENT */
export function resolveOptions(given: RemoteClientOptions): ResolvedOptions {
  const resolved = { ...defaults };
  for (const name of Object.keys(defaults) as (keyof ResolvedOptions)[]) {
    const value = given[name] ?? defaults[name];
    const min = mayBeZero.includes(name) ? 0 : 1;
    const max = name.endsWith("Ms") ? longestTimerMs : Number.MAX_SAFE_INTEGER;
    if (!Number.isSafeInteger(value) || value < min || value > max) {
      throw remoteError({
        code: "REMOTE_BAD_ARGUMENT",
        what: `the option ${name} has an impossible value`,
        expected: `an integer from ${min} to ${max}`,
        found: String(value),
      });
    }
    resolved[name] = value;
  }
  return Object.freeze(resolved);
}
