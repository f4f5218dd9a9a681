import { kMaxLength } from "node:buffer";
import { promisify } from "node:util";
import { gunzip } from "node:zlib";
import { binding } from "./binding.js";
import { withCancelFlag } from "./cancel.js";
import { type FitsErrorCode, fitsError, native } from "./errors.js";

const inflate = promisify(gunzip);

/** zlib checks the CRC-32 and length of every member, which libarchive does not. */
async function unpackGzip(packed: Uint8Array, maxBytes: number, path: string): Promise<Uint8Array> {
  try {
    return await inflate(packed, { maxOutputLength: Math.min(maxBytes, kMaxLength) });
  } catch (error) {
    const isTooLarge = (error as NodeJS.ErrnoException).code === "ERR_BUFFER_TOO_LARGE";
    const code: FitsErrorCode = isTooLarge ? "FITS_LIMIT" : "FITS_CORRUPT";
    const what = isTooLarge
      ? "the file unpacks to more than the limit"
      : "the compressed file cannot be unpacked";
    const found = error instanceof Error ? error.message : String(error);
    throw fitsError({ code, what, found, path }, { cause: error });
  }
}

/**
 * The unpacked bytes of a file that is compressed as a whole: of all gzip members, or of the first
 * entry of a zip archive.
 *
 * @throws {FitsArgumentError} FITS_LIMIT when there are more than `maxBytes` of them.
 * @throws {FitsFormatError} FITS_CORRUPT when the file is damaged.
 */
export async function unpack(
  packed: Uint8Array,
  packing: string,
  options: {
    readonly path: string;
    readonly maxBytes: number;
    readonly signal?: AbortSignal | undefined;
  },
): Promise<Uint8Array> {
  const { path, maxBytes, signal } = options;
  if (packing === "gzip") {
    const bytes = await unpackGzip(packed, maxBytes, path);
    signal?.throwIfAborted();
    return bytes;
  }
  return withCancelFlag(signal, (cancel) =>
    native(() => binding.unpack(packed, maxBytes, cancel), { path }, signal),
  );
}
