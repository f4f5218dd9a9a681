import { type ByteSource, planWindow } from "@fitstream/native";
import type { RemoteClient } from "@fitstream/remote";
import { LRUCache } from "lru-cache";
import { toPlain } from "../errors.js";
import type { Lease } from "../memory/lease.js";
import type { TensorPool } from "../memory/tensor-pool.js";
import type { ArraySpec } from "../plan/tensors.js";
import { openIndexed, type RemoteSource } from "../survey/remote-scan.js";
import type { SampleSource } from "../survey/sample-source.js";
import type { SurveyHdu } from "../survey/survey-hdu.js";
import type { FailedPlace, PlacedSample } from "./assignment.js";

/** What was fetched for a batch. The lease holds the packed bytes until they are decoded. */
export interface Fetched {
  readonly rows: readonly PlacedSample[];
  readonly lease: Lease | undefined;
  readonly shards: readonly { readonly image: number; readonly bytes: Uint8Array }[];
  readonly failed: readonly FailedPlace[];
}

interface FetchOptions {
  readonly signal: AbortSignal;
  readonly priority: number;
}

/** Compressed HDUs kept from batch to batch, in bytes. */
const shardBytes = 256 * 1024 * 1024;

interface PlannedRow {
  readonly row: PlacedSample;
  readonly length: number;
}

/** Closes the gaps that failed reads leave among the packed bytes; returns the rows that are left. */
function compact(
  bytes: Uint8Array,
  planned: readonly PlannedRow[],
  results: readonly PromiseSettledResult<void>[],
  failed: FailedPlace[],
): readonly PlacedSample[] {
  const kept: PlacedSample[] = [];
  let from = 0;
  let to = 0;
  for (const [i, { row, length }] of planned.entries()) {
    const result = results[i];
    if (result?.status === "rejected") {
      failed.push({ place: row.place, error: toPlain(result.reason) });
    } else {
      if (from !== to) bytes.copyWithin(to, from, from + length);
      to += length;
      kept.push(row);
    }
    from += length;
  }
  return kept;
}

/**
 * Fetches the bytes of remote samples, on the main thread: of plain images the windows' ranges, of
 * compressed images whole HDUs.
 */
export class Fetcher {
  readonly #source: SampleSource;
  readonly #decoded: ArraySpec;
  readonly #pool: TensorPool;
  readonly #client: RemoteClient | undefined;
  readonly #opened = new Map<string, Promise<RemoteSource>>();
  readonly #shards = new LRUCache<number, Uint8Array>({
    maxSize: shardBytes,
    sizeCalculation: (bytes) => Math.max(1, bytes.length),
  });
  readonly #shardsUnderWay = new Map<number, Promise<Uint8Array>>();

  constructor(
    source: SampleSource,
    decoded: ArraySpec,
    pool: TensorPool,
    client: RemoteClient | undefined,
  ) {
    this.#source = source;
    this.#decoded = decoded;
    this.#pool = pool;
    this.#client = client;
  }

  async close(): Promise<void> {
    const sources = await Promise.allSettled(this.#opened.values());
    for (const source of sources) if (source.status === "fulfilled") await source.value.close();
  }

  /** Fetches what the rows need; those that fail are reported and left out. */
  async fetch(rows: readonly PlacedSample[], options: FetchOptions): Promise<Fetched> {
    const plain = rows.filter((row) => this.#image(row.hdu).hdu?.kind === "image");
    const compressed = rows.filter((row) => this.#image(row.hdu).hdu?.kind !== "image");
    const failed: FailedPlace[] = [];
    const packed = await this.#fetchPlain(plain, options, failed);
    const shards = await this.#fetchShards(compressed, options, failed);
    const lost = new Set(failed.map(({ place }) => place));
    // Packed bytes come in the order of their rows, so those rows come first.
    const left = [...packed.rows, ...compressed.filter((row) => !lost.has(row.place))];
    return { rows: left, lease: packed.lease, shards, failed };
  }

  #image(index: number): SurveyHdu {
    const image = this.#source.hdus[index];
    if (image === undefined) throw new RangeError(`no image ${index}`);
    return image;
  }

  /** The source of a file, checked to be the version that was indexed. */
  #sourceOf(image: SurveyHdu): Promise<RemoteSource> {
    const { url } = image.file;
    let source = this.#opened.get(url);
    if (source === undefined) {
      source = openIndexed(image.file, this.#client);
      this.#opened.set(url, source);
      // A failure is not kept: the next batch tries again.
      source.catch(() => this.#opened.delete(url));
    }
    return source;
  }

  async #fetchPlain(
    rows: readonly PlacedSample[],
    options: FetchOptions,
    failed: FailedPlace[],
  ): Promise<{ readonly rows: readonly PlacedSample[]; readonly lease: Lease | undefined }> {
    const decoded = this.#decoded;
    const planned = rows.flatMap((row) => {
      const { hdu } = this.#image(row.hdu);
      try {
        if (hdu === undefined) return [];
        const window = {
          origin: row.origin,
          shape: decoded.shape,
          stride: decoded.shape.map(() => 1),
        };
        const ranges = planWindow(hdu, window, decoded.dtype);
        const length = ranges.reduce((n, range) => n + range.length, 0);
        return [{ row, ranges, length }];
      } catch (error) {
        failed.push({ place: row.place, error: toPlain(error) });
        return [];
      }
    });
    const total = planned.reduce((n, { length }) => n + length, 0);
    if (total === 0) return { rows: [], lease: undefined };
    const lease = await this.#pool.lease(total, options);
    const { bytes } = lease;
    let end = 0;
    const reads = planned.map(async ({ row, ranges, length }) => {
      const offset = end;
      end += length;
      const source: ByteSource = await this.#sourceOf(this.#image(row.hdu));
      await source.readInto(ranges, bytes.subarray(offset, offset + length), options);
    });
    // All of them, also when one fails: none may write into memory that was given back.
    const results = await Promise.allSettled(reads);
    if (options.signal.aborted) {
      lease.release();
      options.signal.throwIfAborted();
    }
    return { rows: compact(bytes, planned, results, failed), lease };
  }

  async #fetchShards(
    rows: readonly PlacedSample[],
    options: FetchOptions,
    failed: FailedPlace[],
  ): Promise<Fetched["shards"]> {
    const images = [...new Set(rows.map((row) => row.hdu))];
    const shards = await Promise.all(
      images.map(async (image) => {
        try {
          return [{ image, bytes: await this.#shard(image, options) }];
        } catch (error) {
          options.signal.throwIfAborted();
          const plain = toPlain(error);
          const lost = rows.filter((row) => row.hdu === image);
          failed.push(...lost.map(({ place }) => ({ place, error: plain })));
          return [];
        }
      }),
    );
    return shards.flat();
  }

  #shard(image: number, options: FetchOptions): Promise<Uint8Array> {
    const kept = this.#shards.get(image);
    if (kept !== undefined) return Promise.resolve(kept);
    let underWay = this.#shardsUnderWay.get(image);
    if (underWay === undefined) {
      underWay = this.#fetchShard(image, options).finally(() => this.#shardsUnderWay.delete(image));
      this.#shardsUnderWay.set(image, underWay);
    }
    return underWay;
  }

  async #fetchShard(index: number, options: FetchOptions): Promise<Uint8Array> {
    const image = this.#image(index);
    const source = await this.#sourceOf(image);
    const { headerOffset = 0, dataOffset = 0, dataLength = 0 } = image.hdu ?? {};
    const length = dataOffset + dataLength - headerOffset;
    // Shared, so that worker threads decode from it without a copy.
    const bytes = new Uint8Array(new SharedArrayBuffer(length));
    await source.readInto([{ offset: headerOffset, length }], bytes, options);
    this.#shards.set(index, bytes);
    return bytes;
  }
}
