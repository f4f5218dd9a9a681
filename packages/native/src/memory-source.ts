import type { ByteRange, ByteSource, ReadOptions } from "./byte-source.js";
import { fitsError } from "./errors.js";

/** Bytes that are in memory already. Keeps a reference to them until it is closed, no copy. */
export class MemorySource implements ByteSource {
  readonly name: string;
  readonly byteLength: number;
  #bytes: Uint8Array | undefined;

  constructor(bytes: Uint8Array, name = "memory") {
    this.name = name;
    this.byteLength = bytes.length;
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
      const bytes = all.subarray(offset, offset + length);
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
