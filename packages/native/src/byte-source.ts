/** An interval of bytes. */
export interface ByteRange {
  /** First byte, from the start of the file. */
  readonly offset: number;
  /** Number of bytes. */
  readonly length: number;
}

/** Options of every read from a {@link ByteSource}. */
export interface ReadOptions {
  /** Aborts the read; it rejects with the signal's reason. */
  readonly signal?: AbortSignal | undefined;
  /**
   * Higher goes first where reads queue up (remote sources): 0 for what somebody waits for, below
   * 0 for what may be wanted later. Default 0.
   */
  readonly priority?: number | undefined;
}

/**
 * Where the bytes of a file come from: a disk, a server, memory. Everything above reads FITS
 * through this one interface, and sources wrap one another to add caching or merging.
 */
export interface ByteSource {
  /** Path or URL, for messages. */
  readonly name: string;
  /** Size of the file in bytes, known since it was opened. */
  readonly byteLength: number;
  /** Where the bytes are a local file that native code may open itself: its path. */
  readonly path?: string | undefined;
  /** Size and modification time of a local file when it was opened. */
  readonly stamp?: { readonly size: number; readonly mtimeMs: number } | undefined;
  /** Whether that file never changes, as {@link OpenOptions.immutable} says. */
  readonly immutable?: boolean | undefined;
  /**
   * Fills `target` with the bytes of `ranges`, one after the other. The caller owns `target` and
   * must leave it alone until the promise settles; its length is the sum of the ranges' lengths.
   * Rejects when any byte is missing; `target` then holds nothing of use.
   */
  readInto(ranges: readonly ByteRange[], target: Uint8Array, options?: ReadOptions): Promise<void>;
  /** Gives back what the source holds. Reads after it reject. */
  close(): Promise<void>;
}

/** One range of a source, in memory of its own. */
export async function readBytes(
  source: ByteSource,
  range: ByteRange,
  options?: ReadOptions,
): Promise<Uint8Array> {
  const target = new Uint8Array(range.length);
  await source.readInto([range], target, options);
  return target;
}
