/** An interval of bytes. */
export interface ByteRange {
  /** First byte, from the start of the file. */
  readonly offset: number;
  /** Number of bytes. */
  readonly length: number;
}

/** Options of every read from a {@link ByteSource}. */
export interface ReadOptions {
  /** Ends the read within milliseconds; it then rejects with the signal's reason. */
  readonly signal?: AbortSignal | undefined;
  /**
   * Higher goes first where requests queue up: 0 for what somebody waits for, below 0 for what may
   * be wanted later. Default 0.
   */
  readonly priority?: number | undefined;
}

/**
 * Where the bytes of a file come from. The same shape as the interface of this name in
 * `@fitstream/native`, so that its readers take what this package yields; neither package imports
 * the other.
 */
export interface ByteSource {
  /** The URL without its secrets, for messages. */
  readonly name: string;
  /** Size of the file in bytes, known since it was opened. */
  readonly byteLength: number;
  /**
   * Fills `target` with the bytes of `ranges`, one after the other. The caller owns `target` and
   * must leave it alone until the promise settles; its length is the sum of the ranges' lengths.
   * Rejects when any byte is missing; `target` then holds nothing of use.
   */
  readInto(ranges: readonly ByteRange[], target: Uint8Array, options?: ReadOptions): Promise<void>;
  /** Gives back what the source holds. Reads under way and reads after it reject. */
  close(): Promise<void>;
}
