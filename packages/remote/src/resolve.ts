import { type OpenOptions, RemoteClient } from "./client.js";
import type { HttpSource } from "./http-source.js";

/** Options of {@link resolve}. */
export interface ResolveOptions extends OpenOptions {
  /** Default: one client that all calls in this thread share, made by the first. */
  readonly client?: RemoteClient | undefined;
}

let shared: RemoteClient | undefined;

function sharedClient(): RemoteClient {
  shared ??= new RemoteClient();
  return shared;
}

/**
 * Opens a file on a server: http: and https: URLs. One request, which brings the size, what names
 * the version, and the first 64 KiB. All later reads are of that version, or reject with
 * REMOTE_CHANGED.
 *
 * User and password in the URL are sent as Basic authorization; they and the values of query
 * parameters that look secret appear in no name and no error.
 *
 * @example
 * ```ts
 * const source = await resolve("https://example.org/m31.fits");
 * const card = new Uint8Array(80);
 * await source.readInto([{ offset: 0, length: 80 }], card);
 * ```
 * @throws {RemoteError} REMOTE_UNSUPPORTED_URL for paths and other schemes; else as reads do.
 */
export function resolve(url: string | URL, options: ResolveOptions = {}): Promise<HttpSource> {
  return (options.client ?? sharedClient()).open(url, options);
}
