import { createHash, randomUUID } from "node:crypto";
import { mkdir, readFile, rename, rm, writeFile } from "node:fs/promises";
import { homedir } from "node:os";
import { dirname, join } from "node:path";
import type { IndexedFile } from "./indexed-file.js";

/** Changes when the meaning of the file does: an index of another version is made anew. */
const formatVersion = 1;

/** Where an index is kept, and what of. */
export interface IndexFileOptions {
  /** Keywords to keep from every header, for filters and labels. Default none. */
  readonly keywords?: readonly string[];
  /**
   * Where the index is kept from run to run: a JSON file of this name. Default: in the user's cache
   * folder (XDG_CACHE_HOME), under a name made of the URLs and keywords. `false` keeps none.
   */
  readonly file?: string | false | undefined;
}

interface IndexJson {
  readonly fitstreamIndex: number;
  readonly keywords: readonly string[];
  readonly files: readonly IndexedFile[];
}

// JSON has no BigInt; BLANK is one.
function toJson(this: unknown, _key: string, value: unknown): unknown {
  return typeof value === "bigint" ? { $bigint: value.toString() } : value;
}
function fromJson(_key: string, value: unknown): unknown {
  const isBig = typeof value === "object" && value !== null && "$bigint" in value;
  return isBig ? BigInt(String(value.$bigint)) : value;
}

function pathOf(urls: readonly string[], options: IndexFileOptions): string | undefined {
  if (options.file === false) return undefined;
  if (options.file !== undefined) return options.file;
  const cache = process.env["XDG_CACHE_HOME"] ?? join(homedir(), ".cache");
  const hash = createHash("sha256").update(JSON.stringify([urls, options.keywords ?? []]));
  return join(cache, "fitstream", "index", `${hash.digest("hex").slice(0, 32)}.json`);
}

/** What an earlier run found, by URL; empty where there is nothing that can be used. */
export async function loadIndex(
  urls: readonly string[],
  options: IndexFileOptions,
): Promise<ReadonlyMap<string, IndexedFile>> {
  const path = pathOf(urls, options);
  if (path === undefined) return new Map();
  try {
    const json = JSON.parse(await readFile(path, "utf8"), fromJson) as IndexJson;
    const isUsable =
      json.fitstreamIndex === formatVersion &&
      JSON.stringify(json.keywords) === JSON.stringify(options.keywords ?? []);
    return new Map(isUsable ? json.files.map((file) => [file.url, file]) : []);
  } catch {
    // Not there yet, or damaged: the files are the truth, the index only saves time.
    return new Map();
  }
}

/** Keeps the index for the next run. A folder that cannot be written costs the next run time. */
export async function saveIndex(
  urls: readonly string[],
  options: IndexFileOptions,
  files: readonly IndexedFile[],
): Promise<void> {
  const path = pathOf(urls, options);
  if (path === undefined) return;
  const json: IndexJson = {
    fitstreamIndex: formatVersion,
    keywords: options.keywords ?? [],
    files,
  };
  const temporary = `${path}.${randomUUID()}.tmp`;
  try {
    await mkdir(dirname(path), { recursive: true });
    await writeFile(temporary, JSON.stringify(json, toJson));
    await rename(temporary, path);
  } catch (error) {
    await rm(temporary, { force: true }).catch(() => undefined);
    // A name that the user chose must work; the default one may fail.
    if (options.file !== undefined) throw error;
  }
}
