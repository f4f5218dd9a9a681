/** What a client has done since it was made. */
export interface RemoteStats {
  /** Requests sent; each retry and each redirect is one more. */
  readonly requests: number;
  /** Bytes of accepted response bodies. */
  readonly bytesFetched: number;
  /** Bytes that reads were given from memory. */
  readonly bytesFromCache: number;
  /** Attempts after the first. */
  readonly retries: number;
  /** Requests that failed for good; aborted ones do not count. */
  readonly errors: number;
}

/** The statistics where they are counted. */
export type Counters = { -readonly [K in keyof RemoteStats]: number };

export function newCounters(): Counters {
  return { requests: 0, bytesFetched: 0, bytesFromCache: 0, retries: 0, errors: 0 };
}
