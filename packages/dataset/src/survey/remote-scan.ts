import { type KeywordValue, openFits } from "@fitstream/native";
import { type RemoteClient, RemoteError, resolve } from "@fitstream/remote";
import { toPlain } from "../errors.js";
import type { FileVersion, IndexedFile } from "./indexed-file.js";

/** Whether a URL is read over the network. */
export function isRemote(url: string): boolean {
  return /^https?:\/\//i.test(url);
}

/**
 * Scans the headers of a remote file, unless its version is known: then one request tells so.
 */
export async function scanRemote(
  url: string,
  keywords: readonly string[],
  known: (version: FileVersion) => IndexedFile | undefined,
  options: {
    readonly client?: RemoteClient | undefined;
    readonly signal?: AbortSignal | undefined;
  },
): Promise<IndexedFile> {
  try {
    const source = await resolve(url, options);
    const version: FileVersion = source.validator;
    const before = known(version);
    if (before !== undefined) {
      await source.close();
      return before;
    }
    await using file = await openFits(source, options);
    const hdus = await file.hdus(options);
    const values: Record<string, KeywordValue>[] = [];
    for (const hdu of keywords.length > 0 ? hdus : []) {
      const header = await hdu.header(options);
      const present = keywords.flatMap((keyword) => {
        const value = header.get(keyword);
        if (value === undefined || (typeof value === "object" && value !== null)) return [];
        return [[keyword, typeof value === "bigint" ? Number(value) : value] as const];
      });
      values.push(Object.fromEntries(present));
    }
    const found = { url, version, hdus: hdus.map((hdu) => hdu.summary), keywords: values };
    return file.damage === undefined ? found : { ...found, error: toPlain(file.damage) };
  } catch (error) {
    options.signal?.throwIfAborted();
    return { url, hdus: [], keywords: [], error: toPlain(error) };
  }
}

/** An open remote file. */
export type RemoteSource = Awaited<ReturnType<typeof resolve>>;

/**
 * Opens a remote file that was indexed.
 *
 * @throws {RemoteError} REMOTE_CHANGED when it is not the version that was indexed.
 */
export async function openIndexed(
  { url, version }: IndexedFile,
  client: RemoteClient | undefined,
): Promise<RemoteSource> {
  const source = await resolve(url, { client });
  const { etag, lastModified, size } = source.validator;
  const isSame =
    version?.size === size && version.etag === etag && version.lastModified === lastModified;
  if (isSame) return source;
  await source.close();
  throw new RemoteError({
    code: "REMOTE_CHANGED",
    what: "the file changed after it was indexed",
    url,
  });
}
