import { type ByteSource, type ReadOptions, readBytes } from "../byte-source.js";
import type { RawTableJob } from "../raw/table.js";
import type { TableReadOptions } from "./request.js";

/** Which rows to read, as the core takes them. */
export type WantedRows = Pick<RawTableJob, "firstRow" | "rows" | "rowList">;

/** What the core reads from: a local path, or bytes of the data unit. */
export type RowSource = Pick<
  RawTableJob,
  "path" | "stamp" | "immutable" | "data" | "skipped" | "rowList"
>;

/** Where the rows of a table lie. */
export interface StoredRows {
  readonly source: ByteSource;
  readonly dataOffset: number;
  readonly dataLength: number;
  readonly rowLength: number;
  readonly rows: number;
}

/** Rows that lie so near each other are fetched together. */
const nearBytes = 16 * 1024;

export function wantedRows(rows: TableReadOptions["rows"], all: number): WantedRows {
  if (rows === undefined) return { firstRow: 0, rows: all };
  if ("first" in rows) return { firstRow: rows.first, rows: rows.count };
  return { firstRow: 0, rows: rows.length, rowList: Float64Array.from(rows) };
}

/** The rows of a list, each once, one after the other; the list is that of their places there. */
async function fetchList(
  { source, dataOffset, rowLength, rows: count }: StoredRows,
  list: Float64Array,
  options: ReadOptions,
): Promise<RowSource> {
  const rows = Float64Array.from(new Set(list)).sort();
  const isGood = rows.every((row) => Number.isInteger(row) && row >= 0 && row < count);
  if (!isGood) return { data: new Uint8Array(0) }; // the core says what is wrong with them
  const spans: { first: number; last: number }[] = [];
  for (const row of rows) {
    const span = spans.at(-1);
    if (span !== undefined && (row - span.last) * rowLength <= nearBytes) span.last = row;
    else spans.push({ first: row, last: row });
  }
  const parts = await Promise.all(
    spans.map(async ({ first, last }) => {
      const range = {
        offset: dataOffset + first * rowLength,
        length: (last - first + 1) * rowLength,
      };
      return { first, last, bytes: await readBytes(source, range, options) };
    }),
  );
  const data = new Uint8Array(rows.length * rowLength);
  const places = new Map<number, number>();
  for (const { first, last, bytes } of parts) {
    for (let row = rows[places.size]; row !== undefined && row <= last; row = rows[places.size]) {
      const at = (row - first) * rowLength;
      data.set(bytes.subarray(at, at + rowLength), places.size * rowLength);
      places.set(row, places.size);
    }
  }
  return { data, rowList: list.map((row) => places.get(row) ?? 0) };
}

/** Fetches what a read needs; with `isWhole` all data, wherever its rows are. */
export async function fetchRows(
  stored: StoredRows,
  { firstRow, rows, rowList }: WantedRows,
  isWhole: boolean,
  options: ReadOptions,
): Promise<RowSource> {
  const { source, dataOffset, dataLength, rowLength } = stored;
  const { path, stamp, immutable } = source;
  if (path !== undefined) return { path, stamp, immutable };
  if (rowList !== undefined && !isWhole) return fetchList(stored, rowList, options);
  // The core checks the rows; here they only must not lead outside the data.
  const skipped = isWhole ? 0 : Math.min(firstRow * rowLength, dataLength);
  const end = isWhole ? dataLength : Math.min((firstRow + rows) * rowLength, dataLength);
  const range = { offset: dataOffset + skipped, length: Math.max(0, end - skipped) };
  return { data: await readBytes(source, range, options), skipped };
}
