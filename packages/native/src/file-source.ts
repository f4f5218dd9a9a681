import { type FileHandle, open } from "node:fs/promises";
import { binding } from "./binding.js";
import type { ByteRange, ByteSource, ReadOptions } from "./byte-source.js";
import { fitsError } from "./errors.js";

/** A local file. Holds one file descriptor until it is closed. */
export class FileSource implements ByteSource {
  readonly name: string;
  readonly path: string;
  readonly byteLength: number;
  readonly stamp: { readonly size: number; readonly mtimeMs: number };
  readonly #handle: FileHandle;

  private constructor(
    path: string,
    handle: FileHandle,
    stamp: { readonly size: number; readonly mtimeMs: number },
  ) {
    this.name = path;
    this.path = path;
    this.byteLength = stamp.size;
    this.stamp = stamp;
    this.#handle = handle;
  }

  /** @throws {FitsIoError} FITS_NOT_FOUND or FITS_IO when the file cannot be opened. */
  static async open(path: string): Promise<FileSource> {
    let handle: FileHandle | undefined;
    try {
      handle = await open(path, "r");
      if (!(await handle.stat()).isFile()) throw new Error("not a regular file");
      // By the addon, so that native reads compare the very same numbers.
      const [size, mtimeMs] = await binding.statFiles([path]);
      if (size === undefined || mtimeMs === undefined || Number.isNaN(size)) {
        throw new Error("the file disappeared");
      }
      return new FileSource(path, handle, { size, mtimeMs });
    } catch (error) {
      await handle?.close();
      const missing = (error as NodeJS.ErrnoException).code === "ENOENT";
      const code = missing ? "FITS_NOT_FOUND" : "FITS_IO";
      const found = error instanceof Error ? error.message : String(error);
      throw fitsError({ code, what: "cannot open the file", found, path }, { cause: error });
    }
  }

  async readInto(
    ranges: readonly ByteRange[],
    target: Uint8Array,
    options: ReadOptions = {},
  ): Promise<void> {
    let at = 0;
    for (const range of ranges) {
      options.signal?.throwIfAborted();
      await this.#readRange(range, target.subarray(at, at + range.length));
      at += range.length;
    }
  }

  async #readRange(range: ByteRange, target: Uint8Array): Promise<void> {
    let done = 0;
    while (done < target.length) {
      const { bytesRead } = await this.#handle.read(
        target,
        done,
        target.length - done,
        range.offset + done,
      );
      if (bytesRead === 0) {
        throw fitsError({
          code: "FITS_TRUNCATED",
          what: "the file ends inside the bytes that were asked for",
          expected: `${range.length} bytes`,
          found: `${done}`,
          path: this.path,
          offset: range.offset,
        });
      }
      done += bytesRead;
    }
  }

  async close(): Promise<void> {
    await this.#handle.close();
  }
}
