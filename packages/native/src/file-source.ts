import { constants } from "node:fs";
import { type FileHandle, open } from "node:fs/promises";
import { binding } from "./binding.js";
import type { ByteRange, ByteSource, ReadOptions } from "./byte-source.js";
import { type FitsError, fitsError } from "./errors.js";

function systemError(what: string, path: string, cause: unknown): FitsError {
  const isMissing = ["ENOENT", "ENOTDIR"].includes((cause as NodeJS.ErrnoException).code ?? "");
  const code = isMissing ? "FITS_NOT_FOUND" : "FITS_IO";
  const found = cause instanceof Error ? cause.message : String(cause);
  return fitsError({ code, what, found, path }, { cause });
}

/** Options of {@link FileSource.open}. */
export interface FileOptions {
  /**
   * The file will not be changed while this process lives. It is then mapped into memory by its
   * first read, and the mapping is kept for all that follow: a whole image takes half the time, a
   * cutout a tenth and less. Files on network file systems are read as ever.
   *
   * Every read looks whether the file is still the one that was opened, and rejects with
   * FITS_FILE_CHANGED if not; so does one whose file is cut off while it is being read. What is
   * overwritten in place meanwhile may be seen half old, half new, as with any read: declare only
   * what nobody writes to. Replacing a file by renaming another one to its name is safe. Default
   * false.
   */
  readonly immutable?: boolean | undefined;
}

/** A local file. Holds one file descriptor until it is closed. */
export class FileSource implements ByteSource {
  readonly name: string;
  readonly byteLength: number;
  readonly stamp: { readonly size: number; readonly mtimeMs: number };
  readonly immutable: boolean;
  readonly #handle: FileHandle;
  #path: string | undefined;

  private constructor(
    name: string,
    path: string | undefined,
    handle: FileHandle,
    stamp: { readonly size: number; readonly mtimeMs: number },
    immutable: boolean,
  ) {
    this.name = name;
    this.byteLength = stamp.size;
    this.stamp = stamp;
    this.immutable = immutable;
    this.#path = path;
    this.#handle = handle;
  }

  /**
   * Takes over an open file that has no path of its own, under a name for messages. Though nobody
   * changes it, it is not immutable: its path comes to mean other files later.
   *
   * @internal
   */
  static async adopt(handle: FileHandle, name: string): Promise<FileSource> {
    // Linux gives open files paths, by which native code reads them as any other.
    const path = process.platform === "linux" ? `/proc/self/fd/${handle.fd}` : undefined;
    const [size, mtimeMs] = path === undefined ? [] : await binding.statFiles([path]);
    if (size !== undefined && mtimeMs !== undefined && !Number.isNaN(size)) {
      return new FileSource(name, path, handle, { size, mtimeMs }, false);
    }
    return new FileSource(name, undefined, handle, await handle.stat(), false);
  }

  /**
   * Opens a regular file, and records its size and modification time.
   *
   * @throws {FitsIoError} FITS_NOT_FOUND or FITS_IO when the file cannot be opened.
   */
  static async open(path: string, options: FileOptions = {}): Promise<FileSource> {
    let handle: FileHandle | undefined;
    try {
      // Without O_NONBLOCK a pipe that nobody writes to would be waited for; files do not mind it.
      handle = await open(path, constants.O_RDONLY | constants.O_NONBLOCK);
      // By the addon as well, so that native reads compare the very same numbers.
      const [stats, stamps] = await Promise.all([handle.stat(), binding.statFiles([path])]);
      if (!stats.isFile()) throw new Error("not a regular file");
      const [size, mtimeMs] = stamps;
      if (size === undefined || mtimeMs === undefined || Number.isNaN(size)) {
        throw new Error("the file disappeared");
      }
      return new FileSource(path, path, handle, { size, mtimeMs }, options.immutable ?? false);
    } catch (error) {
      await handle?.close();
      throw systemError("cannot open the file", path, error);
    }
  }

  /** Undefined once it is closed: native code must not open the file again then. */
  get path(): string | undefined {
    return this.#path;
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
      const bytesRead = await this.#readSome(target.subarray(done), range.offset + done);
      if (bytesRead === 0) {
        // It was there when the file was opened.
        const isLost = range.offset + range.length <= this.byteLength;
        throw fitsError({
          code: isLost ? "FITS_FILE_CHANGED" : "FITS_TRUNCATED",
          what: isLost
            ? "the file has become shorter after it was opened"
            : "the file ends inside the bytes that were asked for",
          expected: `${range.length} bytes`,
          found: `${done}`,
          path: this.name,
          offset: range.offset,
        });
      }
      done += bytesRead;
    }
  }

  async #readSome(target: Uint8Array, offset: number): Promise<number> {
    try {
      const { bytesRead } = await this.#handle.read(target, 0, target.length, offset);
      return bytesRead;
    } catch (error) {
      throw systemError("cannot read the file", this.name, error);
    }
  }

  async close(): Promise<void> {
    this.#path = undefined;
    await this.#handle.close();
  }
}
