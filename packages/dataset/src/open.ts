import { fileURLToPath } from "node:url";
import { type FitsFile, type OpenOptions, openFits } from "@fitstream/native";
import { type RemoteClient, resolve } from "@fitstream/remote";
import { isRemote } from "./survey/remote-scan.js";

/** Options of {@link open}. */
export interface OpenUrlOptions extends OpenOptions {
  /** Client for remote files. Default: a shared one. */
  readonly client?: RemoteClient | undefined;
}

/**
 * Opens a FITS file: a local path, or a `file:`, `http:` or `https:` URL. A remote file works as a
 * local one does; only the bytes that are asked for are fetched.
 *
 * @example
 * ```ts
 * await using file = await open("https://example.org/m31.fits");
 * const hdu = await file.hdu("SCI");
 * ```
 * @throws {FitsFormatError} when its first bytes are no FITS header.
 * @throws {FitsIoError | RemoteError} when it cannot be reached.
 */
export async function open(url: string, options: OpenUrlOptions = {}): Promise<FitsFile> {
  if (isRemote(url)) return openFits(await resolve(url, options), options);
  return openFits(url.startsWith("file:") ? fileURLToPath(url) : url, options);
}
