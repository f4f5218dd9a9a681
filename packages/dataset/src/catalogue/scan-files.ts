import type { ScanProgress, Table, TableScanOptions } from "@fitstream/native";
import { FitsTable } from "@fitstream/table";

/** How far a {@link Catalogue.scan} is. */
export interface CatalogueProgress {
  /** Rows that were gone through, hits or not. */
  readonly rowsRead: number;
  /** Rows of the whole scan. */
  readonly rowsTotal: number;
  /** Rows that came out, or will. */
  readonly hits: number;
  /** Bytes of the rows that were gone through, as they lie in the files, without their heaps. */
  readonly bytes: number;
  /** Path or URL of the file that was read last. */
  readonly file: string;
}

/** What a scan of one file is given beside its options. */
export type FileControl = Pick<TableScanOptions, "signal" | "onProgress">;

/** A file to scan. */
export interface ScannedFile {
  readonly url: string;
  /** Rows to go through. */
  readonly rows: number;
  readonly scan: (control: FileControl) => AsyncGenerator<Table, void, undefined>;
}

interface Running {
  readonly batches: AsyncGenerator<Table, void, undefined>;
  readonly first: Promise<IteratorResult<Table, void>>;
}

/** Adds up the progress of files that are read one after the other, the next one a little ahead. */
class Progress {
  readonly #rowsTotal: number;
  readonly #report: ((progress: CatalogueProgress) => void) | undefined;
  readonly #sum = { rowsRead: 0, hits: 0, bytes: 0 };

  constructor(
    files: readonly ScannedFile[],
    report: ((progress: CatalogueProgress) => void) | undefined,
  ) {
    this.#rowsTotal = files.reduce((n, file) => n + file.rows, 0);
    this.#report = report;
  }

  of(file: string): (progress: ScanProgress) => void {
    let before = { rowsRead: 0, hits: 0, bytes: 0 };
    return (now) => {
      this.#sum.rowsRead += now.rowsRead - before.rowsRead;
      this.#sum.hits += now.hits - before.hits;
      this.#sum.bytes += now.bytes - before.bytes;
      before = now;
      this.#report?.({ ...this.#sum, rowsTotal: this.#rowsTotal, file });
    };
  }
}

/**
 * Scans file after file. While one is gone through, the first batch of the next is read: between
 * small files, and those of a server, nobody waits.
 */
export async function* scanFiles(
  files: readonly ScannedFile[],
  signal: AbortSignal | undefined,
  onProgress: ((progress: CatalogueProgress) => void) | undefined,
): AsyncGenerator<FitsTable, void, undefined> {
  const progress = new Progress(files, onProgress);
  const stop = new AbortController();
  const control = AbortSignal.any([...(signal === undefined ? [] : [signal]), stop.signal]);
  const begin = (index: number): Running | undefined => {
    const file = files[index];
    if (file === undefined) return undefined;
    const batches = file.scan({ signal: control, onProgress: progress.of(file.url) });
    const first = batches.next();
    // It is awaited in its turn; until then its failure is nobody's.
    first.catch(() => undefined);
    return { batches, first };
  };
  let current = begin(0);
  let ahead: Running | undefined;
  try {
    for (let index = 0; current !== undefined; ++index) {
      signal?.throwIfAborted();
      ahead = begin(index + 1);
      const { batches, first } = current;
      for (let next = await first; next.done !== true; next = await batches.next()) {
        yield FitsTable.from(next.value);
        signal?.throwIfAborted();
      }
      current = ahead;
      ahead = undefined;
    }
  } finally {
    stop.abort();
    await Promise.allSettled([current?.batches.return(), ahead?.batches.return()]);
  }
}
