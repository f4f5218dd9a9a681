import { availableParallelism } from "node:os";
import { scanFiles, statFiles } from "@fitstream/native";
import type { RemoteClient } from "@fitstream/remote";
import PQueue from "p-queue";
import { toPlain } from "../errors.js";
import { type IndexFileOptions, loadIndex, saveIndex } from "./index-file.js";
import type { FileVersion, IndexedFile } from "./indexed-file.js";
import { isRemote, scanRemote } from "./remote-scan.js";

/** How far the indexing is. */
export interface IndexProgress {
  /** Files that are known. */
  readonly done: number;
  /** Files of the survey. */
  readonly total: number;
  /** Files whose headers had to be read; the others were known. */
  readonly scanned: number;
}

/** Options of {@link indexSurvey}. */
export interface IndexOptions extends IndexFileOptions {
  readonly client?: RemoteClient | undefined;
  readonly signal?: AbortSignal | undefined;
  readonly onProgress?: ((progress: IndexProgress) => void) | undefined;
}

/** Files per native call: a call takes milliseconds, so that progress and abort stay prompt. */
const chunkLength = 512;

function chunks<T>(items: readonly T[]): readonly T[][] {
  return Array.from({ length: Math.ceil(items.length / chunkLength) }, (_, i) =>
    items.slice(i * chunkLength, (i + 1) * chunkLength),
  );
}

function isSameVersion(a: FileVersion | undefined, b: FileVersion | undefined): boolean {
  if (a === undefined || b === undefined) return false;
  return (
    a.size === b.size &&
    a.mtimeMs === b.mtimeMs &&
    a.etag === b.etag &&
    a.lastModified === b.lastModified
  );
}

async function scanLocal(
  urls: readonly string[],
  keywords: readonly string[],
): Promise<IndexedFile[]> {
  const scans = await scanFiles(urls, { keywords });
  return scans.map(({ path, stamp, error, ...rest }) => ({
    url: path,
    hdus: rest.hdus,
    keywords: rest.keywords,
    ...(stamp === undefined ? {} : { version: stamp }),
    ...(error === undefined ? {} : { error: toPlain(error) }),
  }));
}

/** Reports progress as files become known. */
class Counter {
  #done = 0;
  #scanned = 0;
  readonly #total: number;
  readonly #report: IndexOptions["onProgress"];

  constructor(total: number, report: IndexOptions["onProgress"]) {
    this.#total = total;
    this.#report = report;
  }

  add(scanned: number, known: number): void {
    this.#scanned += scanned;
    this.#done += scanned + known;
    this.#report?.({ done: this.#done, total: this.#total, scanned: this.#scanned });
  }

  get scanned(): number {
    return this.#scanned;
  }
}

/** Local files: those whose size and mtime are as recorded are taken from the record. */
async function indexLocal(
  urls: readonly string[],
  known: ReadonlyMap<string, IndexedFile>,
  options: IndexOptions,
  counter: Counter,
): Promise<IndexedFile[]> {
  const indexChunk = async (chunk: readonly string[]): Promise<readonly IndexedFile[]> => {
    options.signal?.throwIfAborted();
    const stamps = known.size === 0 ? [] : await statFiles(chunk);
    const stale = chunk.filter((url, i) => !isSameVersion(known.get(url)?.version, stamps[i]));
    const scanned = await scanLocal(stale, options.keywords ?? []);
    counter.add(stale.length, chunk.length - stale.length);
    const fresh = new Map(scanned.map((file) => [file.url, file]));
    return chunk.flatMap((url) => fresh.get(url) ?? known.get(url) ?? []);
  };
  const queue = new PQueue({ concurrency: availableParallelism() });
  return (await queue.addAll(chunks(urls).map((chunk) => () => indexChunk(chunk)))).flat();
}

async function indexRemote(
  urls: readonly string[],
  known: ReadonlyMap<string, IndexedFile>,
  options: IndexOptions,
  counter: Counter,
): Promise<IndexedFile[]> {
  const scan = async (url: string): Promise<IndexedFile> => {
    const before = known.get(url);
    const isKnown = (version: FileVersion): IndexedFile | undefined =>
      isSameVersion(before?.version, version) ? before : undefined;
    const file = await scanRemote(url, options.keywords ?? [], isKnown, options);
    counter.add(file === before ? 0 : 1, file === before ? 1 : 0);
    return file;
  };
  const out: IndexedFile[] = [];
  for (const chunk of chunks(urls)) {
    options.signal?.throwIfAborted();
    out.push(...(await Promise.all(chunk.map(scan))));
  }
  return out;
}

/**
 * Makes the index of a survey: the place, kind and shape of every HDU of every file, from headers
 * alone. It is kept, and the next time only files are scanned whose size or modification time (local)
 * or ETag (remote) changed. A file that cannot be read stays in the index, with its error.
 *
 * @returns One entry a URL, in the order given.
 */
export async function indexSurvey(
  urls: readonly string[],
  options: IndexOptions = {},
): Promise<readonly IndexedFile[]> {
  const keywords = (options.keywords ?? []).map((keyword) => keyword.toUpperCase());
  const resolved = { ...options, keywords };
  const known = await loadIndex(urls, resolved);
  const counter = new Counter(urls.length, options.onProgress);
  const files = [
    ...(await indexLocal(
      urls.filter((url) => !isRemote(url)),
      known,
      resolved,
      counter,
    )),
    ...(await indexRemote(urls.filter(isRemote), known, resolved, counter)),
  ];
  const byUrl = new Map(files.map((file) => [file.url, file]));
  if (counter.scanned > 0 || known.size !== byUrl.size) {
    await saveIndex(urls, resolved, [...byUrl.values()]);
  }
  return urls.flatMap((url) => byUrl.get(url) ?? []);
}
