import { randomUUID } from "node:crypto";
import { type FileHandle, open, unlink } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { ByteSource } from "./byte-source.js";
import { FileSource } from "./file-source.js";
import { MemorySource } from "./memory-source.js";

/** Bytes that are kept in memory; more of them go to a file. */
const memoryLimit = 64 * 1024 * 1024;

/** A file that has no name any more: it goes with its last descriptor, however the process ends. */
export async function openTemporary(): Promise<FileHandle> {
  const path = join(tmpdir(), `fitstream-${randomUUID()}`);
  const handle = await open(path, "wx+", 0o600);
  await unlink(path);
  return handle;
}

/** Bytes that come piece by piece: in memory while they are few, then in a temporary file. */
export class Spool {
  readonly #pieces: Uint8Array[] = [];
  #file: FileHandle | undefined;
  #length = 0;

  /** Bytes so far. */
  get length(): number {
    return this.#length;
  }

  /** Keeps a piece, which must not change any more. */
  async write(piece: Uint8Array): Promise<void> {
    this.#length += piece.length;
    this.#pieces.push(piece);
    if (this.#length <= memoryLimit) return;
    this.#file ??= await openTemporary();
    for (const waiting of this.#pieces.splice(0)) await this.#file.appendFile(waiting);
  }

  /** All of it, by this name. The spool is done with then. */
  async finish(name: string): Promise<ByteSource> {
    if (this.#file !== undefined) return FileSource.adopt(this.#file, name);
    const [only] = this.#pieces;
    const bytes =
      this.#pieces.length === 1 && only !== undefined ? only : Buffer.concat(this.#pieces);
    return new MemorySource(bytes, name);
  }

  /** Gives everything up. */
  async discard(): Promise<void> {
    await this.#file?.close();
  }
}
