import { fitsError } from "../errors.js";
import type { RowRange, TableReadOptions } from "./request.js";
import type { Table } from "./table.js";

/** How far a scan is. */
export interface ScanProgress {
  /** Rows that were gone through, hits or not. */
  readonly rowsRead: number;
  /** Rows of the whole scan. */
  readonly rowsTotal: number;
  /** Rows that came out. */
  readonly hits: number;
  /** Bytes of the rows that were gone through, as they lie in the file, without their heap. */
  readonly bytes: number;
}

/** Options of {@link TableHdu.scan}. */
export interface TableScanOptions extends Omit<TableReadOptions, "rows" | "into" | "limit"> {
  /** The part of the table to go through. Default: all of it. */
  readonly rows?: RowRange | undefined;
  /**
   * Rows of the table for each batch. Default: 8 MiB of them, as they lie in the file: enough that a
   * call costs nothing beside the reading, little enough for the caches. Of a compressed table whole
   * tiles, since a tile that two batches share is decoded twice.
   */
  readonly batchRows?: number | undefined;
  /** Called when a batch has been read, before it is handed out. */
  readonly onProgress?: ((progress: ScanProgress) => void) | undefined;
}

const batchBytes = 8 * 1024 * 1024;

/** What a scan goes through. */
export interface ScannedRows {
  /** Rows of the table. */
  readonly rows: number;
  /** Bytes of each. */
  readonly rowLength: number;
  /** Rows that are decoded together: 1, or those of a tile. */
  readonly unit: number;
  readonly place: { readonly path: string; readonly hdu: number };
  read(rows: RowRange, signal: AbortSignal): Promise<Table>;
}

function checkedRange({ rows: all, place }: ScannedRows, options: TableScanOptions): RowRange {
  const range = options.rows ?? { first: 0, count: all };
  const isCount = (n: number): boolean => Number.isSafeInteger(n) && n >= 0;
  if (isCount(range.first) && isCount(range.count) && range.first + range.count <= all) {
    return range;
  }
  throw fitsError({
    code: "FITS_OUT_OF_BOUNDS",
    what: "the rows are not in the table",
    expected: `a part of its ${all} rows`,
    found: `${range.count} from ${range.first} on`,
    ...place,
  });
}

function rowsOfBatch(table: ScannedRows, options: TableScanOptions): number {
  const { rowLength, unit, place } = table;
  const units = Math.max(1, Math.floor(batchBytes / Math.max(1, rowLength * unit)));
  const rows = options.batchRows ?? units * unit;
  if (Number.isSafeInteger(rows) && rows > 0) return rows;
  throw fitsError({
    code: "FITS_BAD_ARGUMENT",
    what: "a batch needs rows",
    expected: "batchRows >= 1",
    found: String(rows),
    ...place,
  });
}

/**
 * Reads batch after batch, one of them ahead of the caller, so that reading goes on while the last one
 * is worked on. Whoever ends early waits until the read ahead has ended.
 */
export async function* scanRows(
  table: ScannedRows,
  options: TableScanOptions,
): AsyncGenerator<Table, void, undefined> {
  const { first, count } = checkedRange(table, options);
  const batchRows = rowsOfBatch(table, options);
  const stop = new AbortController();
  const signals = options.signal === undefined ? [] : [options.signal];
  const signal = AbortSignal.any([...signals, stop.signal]);
  const start = (done: number): Promise<Table> | undefined => {
    if (done >= count) return undefined;
    const rows = { first: first + done, count: Math.min(batchRows, count - done) };
    const reading = table.read(rows, signal);
    // It is awaited in its turn; until then its failure is nobody's.
    reading.catch(() => undefined);
    return reading;
  };
  let ahead = start(0);
  let hits = 0;
  try {
    for (let done = 0; ahead !== undefined; ) {
      const batch = await ahead;
      done = Math.min(count, done + batchRows);
      hits += batch.rows;
      ahead = start(done);
      const bytes = done * table.rowLength;
      options.onProgress?.({ rowsRead: done, rowsTotal: count, hits, bytes });
      if (batch.rows > 0) yield batch;
      options.signal?.throwIfAborted();
    }
  } finally {
    stop.abort();
    await ahead?.catch(() => undefined);
  }
}
