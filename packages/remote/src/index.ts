/**
 * Bytes from a server.
 *
 * ```ts
 * import { openFits } from "@fitstream/native";
 * import { resolve } from "@fitstream/remote";
 *
 * await using file = await openFits(await resolve("https://example.org/m31.fits"));
 * for await (const hdu of file) console.log(hdu.index, hdu.kind, hdu.name);
 * ```
 *
 * @packageDocumentation
 */
export type { ByteRange, ByteSource, ReadOptions } from "./byte-source.js";
export { type OpenOptions, RemoteClient } from "./client.js";
export {
  isRemoteError,
  RemoteError,
  type RemoteErrorCode,
  type RemoteErrorFields,
  remoteError,
} from "./errors.js";
export type { HttpSource } from "./http-source.js";
export type { RemoteClientOptions } from "./options.js";
export { type ResolveOptions, resolve } from "./resolve.js";
export type { Validator } from "./response.js";
export type { RemoteStats } from "./stats.js";
