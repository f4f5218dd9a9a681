import { Readable } from "node:stream";
import { pipeline } from "node:stream/promises";
import { createGunzip } from "node:zlib";
import { binding } from "./binding.js";
import { type ByteSource, type ReadOptions, readBytes } from "./byte-source.js";
import { withCancelFlag } from "./cancel.js";
import { type FitsError, fitsError, isFitsError, native } from "./errors.js";
import { FileSource } from "./file-source.js";
import { openTemporary, Spool } from "./spool.js";

/** How far a file that is compressed as a whole has been unpacked. */
export interface UnpackProgress {
  /** Bytes of the packed file that have been read. */
  readonly packedBytes: number;
  /** Of so many. */
  readonly packedLength: number;
  /** Bytes that came out. */
  readonly unpackedBytes: number;
}

/** Options of {@link unpack}. */
export interface UnpackOptions extends ReadOptions {
  /** More bytes than this are FITS_LIMIT. */
  readonly maxBytes: number;
  /** Called after each piece of a gzip file. */
  readonly onProgress?: ((progress: UnpackProgress) => void) | undefined;
}

/** Bytes that are read at a time. */
const pieceLength = 1024 * 1024;

async function unpackGzip(source: ByteSource, options: UnpackOptions): Promise<ByteSource> {
  const { maxBytes, signal, onProgress } = options;
  const packedLength = source.byteLength;
  let packedBytes = 0;
  async function* packed(): AsyncGenerator<Uint8Array> {
    while (packedBytes < packedLength) {
      const length = Math.min(pieceLength, packedLength - packedBytes);
      const piece = await readBytes(source, { offset: packedBytes, length }, options);
      packedBytes += length;
      yield piece;
    }
  }
  const spool = new Spool();
  // zlib checks the CRC-32 and length of every member, which libarchive does not.
  const gunzip = createGunzip({ chunkSize: pieceLength });
  const feeding = pipeline(Readable.from(packed()), gunzip, { signal });
  // It is the loop below that says what went wrong.
  feeding.catch(() => undefined);
  try {
    for await (const piece of gunzip) {
      await spool.write(piece as Uint8Array);
      if (spool.length > maxBytes) throw tooLong(source.name, maxBytes);
      onProgress?.({ packedBytes, packedLength, unpackedBytes: spool.length });
    }
    return await spool.finish(source.name);
  } catch (error) {
    await spool.discard();
    signal?.throwIfAborted();
    // Something else follows a good member: libarchive ignores it, as gzip does.
    if (isHeaderError(error)) return unpackOther(source, options);
    throw asFitsError(error, source.name);
  }
}

function tooLong(path: string, maxBytes: number): FitsError {
  const what = "the file unpacks to more than the limit";
  return fitsError({ code: "FITS_LIMIT", what, expected: `at most ${maxBytes} bytes`, path });
}

/** What zlib says where a member should start. The first one does: that is how gzip was told. */
function isHeaderError(error: unknown): boolean {
  return error instanceof Error && error.message === "incorrect header check";
}

/** zlib's own errors say what is wrong with the bytes; system errors, with the temporary file. */
function asFitsError(error: unknown, path: string): unknown {
  if (!(error instanceof Error) || isFitsError(error)) return error;
  const { code = "", syscall } = error as NodeJS.ErrnoException;
  const found = error.message;
  if (code.startsWith("Z_")) {
    const what = "the compressed file cannot be unpacked";
    return fitsError({ code: "FITS_CORRUPT", what, found, path }, { cause: error });
  }
  if (syscall === undefined) return error;
  const what = "cannot write the unpacked file";
  return fitsError({ code: "FITS_IO", what, found, path }, { cause: error });
}

/** By native code, which reads a local file by itself and writes to a temporary one. */
async function unpackOther(source: ByteSource, options: UnpackOptions): Promise<ByteSource> {
  const { maxBytes, signal } = options;
  const whole = { offset: 0, length: source.byteLength };
  const packed = source.path ?? (await readBytes(source, whole, options));
  const file = await openTemporary();
  try {
    await withCancelFlag(signal, (cancel) =>
      native(
        () => binding.unpack(packed, file.fd, maxBytes, cancel),
        { path: source.name },
        signal,
      ),
    );
    return await FileSource.adopt(file, source.name);
  } catch (error) {
    await file.close();
    throw error;
  }
}

/**
 * Unpacks a file that is compressed as a whole, piece by piece: gzip into memory up to 64 MiB, and
 * from there on, as the others from the start, into a temporary file without a name. `source` is
 * left open.
 *
 * @throws {FitsArgumentError} FITS_LIMIT when more than `maxBytes` come out.
 * @throws {FitsFormatError} FITS_CORRUPT when the file is damaged; FITS_NOT_FITS when no member of
 *   a zip archive is a FITS file.
 * @throws {FitsIoError} FITS_IO when the temporary file cannot be written.
 */
export function unpack(
  source: ByteSource,
  packing: string,
  options: UnpackOptions,
): Promise<ByteSource> {
  return packing === "gzip" ? unpackGzip(source, options) : unpackOther(source, options);
}
