import { type ReadOptions, readBytes } from "../byte-source.js";
import { fitsError } from "../errors.js";
import type { RawFound, RawSearch } from "../raw/where.js";
import type { TableCore } from "./core.js";
import type { TableReadOptions } from "./request.js";
import { fetchRows, type StoredRows } from "./rows.js";

/** Remote rows are searched so many bytes at a time. */
const chunkBytes = 8 * 1024 * 1024;

/** Options that make no sense together with `where`. */
export function checkSearch(
  { where, rows, into, limit }: TableReadOptions,
  place: { readonly path: string; readonly hdu: number },
): void {
  const refuse = (what: string, expected: string): Error =>
    fitsError({ code: "FITS_BAD_ARGUMENT", what, expected, ...place });
  if (where === undefined) {
    if (limit === undefined) return;
    throw refuse("a limit belongs to a search", "`where` beside it");
  }
  if (rows !== undefined && !("first" in rows)) {
    throw refuse("`where` searches no list of rows", "a range of rows, or none for all");
  }
  if (into !== undefined) {
    throw refuse("nobody knows beforehand what `where` finds", "no memory for it");
  }
  if (limit !== undefined && !(Number.isSafeInteger(limit) && limit >= 0)) {
    throw refuse("`limit` is no number of rows", "an integer >= 0");
  }
}

/** The rows of a chunk that were found, without those between. */
function pickRows(bytes: Uint8Array, rows: Float64Array, first: number, length: number) {
  const picked = new Uint8Array(rows.length * length);
  rows.forEach((row, i) => {
    const at = (row - first) * length;
    picked.set(bytes.subarray(at, at + length), i * length);
  });
  return picked;
}

/**
 * Searches rows that come from a {@link ByteSource}: in chunks, so that memory is bounded by what is
 * found. Only then are the columns decoded, from the bytes of the rows that are kept.
 */
async function searchChunks(
  core: TableCore,
  stored: StoredRows,
  job: RawSearch,
  options: ReadOptions,
): Promise<RawFound> {
  const { source, dataOffset, rowLength } = stored;
  const { firstRow, rows } = job;
  const step = Math.max(1, Math.floor(chunkBytes / Math.max(1, rowLength)));
  const end = firstRow + rows;
  const numbers: number[] = [];
  const kept: Uint8Array[] = [];
  const limit = job.limit ?? Number.POSITIVE_INFINITY;
  for (let first = firstRow; first < end && numbers.length < limit; first += step) {
    const count = Math.min(step, end - first);
    const range = { offset: dataOffset + first * rowLength, length: count * rowLength };
    const data = await readBytes(source, range, options);
    const found = await core.readWhere({
      ...job,
      columns: [],
      data,
      skipped: first * rowLength,
      firstRow: first,
      rows: count,
      limit: job.limit === undefined ? undefined : limit - numbers.length,
    });
    const hits = new Float64Array(found.rows);
    kept.push(pickRows(data, hits, first, rowLength));
    for (const row of hits) numbers.push(row);
  }
  const { where: _, limit: __, ...read } = job;
  const places = Float64Array.from(numbers, (_row, i) => i);
  const data = Buffer.concat(kept);
  const columns = await core.readColumns({
    ...read,
    rows: places.length,
    rowList: places,
    data,
  });
  return { rows: Float64Array.from(numbers).buffer, columns };
}

/** Finds rows of a table, wherever it lies; with `isWhole` all its data are needed at once. */
export async function searchRows(
  core: TableCore,
  stored: StoredRows,
  job: RawSearch,
  isWhole: boolean,
  options: ReadOptions,
): Promise<RawFound> {
  const { firstRow, rows } = job;
  const isInside =
    Number.isSafeInteger(firstRow) && firstRow >= 0 && firstRow + rows <= stored.rows;
  // The core says what is wrong with other rows.
  if (!isInside || !(rows > 0)) return core.readWhere({ ...job, data: new Uint8Array(0) });
  if (stored.source.path === undefined && !isWhole) return searchChunks(core, stored, job, options);
  return core.readWhere({ ...job, ...(await fetchRows(stored, job, isWhole, options)) });
}
