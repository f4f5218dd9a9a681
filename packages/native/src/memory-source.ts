import type { ByteRange, ByteSource, ReadOptions } from "./byte-source.js";
import { fitsError } from "./errors.js";

/**
 * Bytes that are in memory already: of a whole file, or what lies in one from byte `start` on. Keeps a
 * reference to them until it is closed, no copy.
 */
export class MemorySource implements ByteSource {
  readonly name: string;
  readonly byteLength: number;
  readonly #start: number;
  #bytes: Uint8Array | undefined;

  constructor(bytes: Uint8Array, name = "memory", start = 0) {
    this.name = name;
    this.byteLength = start + bytes.length;
    this.#start = start;
    this.#bytes = bytes;
  }

  async readInto(
    ranges: readonly ByteRange[],
    target: Uint8Array,
    options: ReadOptions = {},
  ): Promise<void> {
    options.signal?.throwIfAborted();
    const all = this.#bytes;
    if (all === undefined) {
      throw fitsError({ code: "FITS_IO", what: "the source is closed", path: this.name });
    }
    let at = 0;
    for (const { offset, length } of ranges) {
      const first = offset - this.#start;
      const bytes = all.subarray(Math.max(0, first), first + length);
      if (bytes.length < length) {
        throw fitsError({
          code: "FITS_TRUNCATED",
          what: "the file ends inside the bytes that were asked for",
          expected: `${length} bytes`,
          found: `${bytes.length}`,
          path: this.name,
          offset,
        });
      }
      target.set(bytes, at);
      at += length;
    }
  }

  async close(): Promise<void> {
    this.#bytes = undefined;
  }
}
