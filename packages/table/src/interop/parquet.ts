/**
 * FITS tables as Parquet files, by the optional package hyparquet-writer.
 *
 * @packageDocumentation
 */
import { randomUUID } from "node:crypto";
import { link, rename, rm } from "node:fs/promises";
import { setImmediate } from "node:timers/promises";
import type * as Parquet from "hyparquet-writer";
import { tableError } from "../errors.js";
import type { FitsTable } from "../fits-table.js";
import { metadataOf } from "./metadata.js";
import { uniqueNames } from "./names.js";
import { ParquetColumn } from "./parquet-column.js";
import { importPeer, type Peer } from "./peer.js";

const peer: Peer = {
  name: "hyparquet-writer",
  install: "npm install hyparquet-writer",
  needs: ["ParquetWriter"],
};

/** Options of {@link writeParquet}. */
export interface WriteParquetOptions {
  /** Replace an existing file. Default false: it is an error. */
  readonly overwrite?: boolean | undefined;
  /** Rows that are written, and later read, together. Default 100,000. */
  readonly rowGroupRows?: number | undefined;
  /** Ends the write early; nothing of it stays. */
  readonly signal?: AbortSignal | undefined;
}

/** What is known of the columns, by their names in the file. */
function statedMetadata(table: FitsTable, names: readonly string[]): string {
  const known = table.schema.map((info, i) => [names[i], Object.fromEntries(metadataOf(info))]);
  return JSON.stringify(Object.fromEntries(known));
}

/** Gives a finished file its name. */
async function place(from: string, path: string, overwrite: boolean): Promise<void> {
  if (overwrite) return rename(from, path);
  try {
    await link(from, path);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== "EEXIST") throw error;
    throw tableError(
      {
        code: "TABLE_BAD_ARGUMENT",
        what: "the file exists, and overwrite is not set",
        found: path,
      },
      { cause: error },
    );
  }
}

/**
 * Writes a table as a Parquet file, compressed by Snappy, group of rows by group of rows. It appears
 * under its name complete, or not at all.
 *
 * Numbers keep their type; logicals and bits become BOOLEAN, strings UTF-8, cells of a shape and of
 * variable length lists, complex numbers lists of 2; nulls are nulls, NaN stays NaN. The file's
 * metadata has, under the key `FITS`, what `toArrow` puts into that of the fields (TUNIT, TDISP,
 * TUCD and so on), as JSON by column; names that repeat, or are empty, are made unique.
 *
 * @throws {TableError} TABLE_PEER_MISSING without hyparquet-writer; TABLE_BAD_ARGUMENT when the file
 *   exists and `overwrite` is not set.
 */
export async function writeParquet(
  path: string,
  table: FitsTable,
  options: WriteParquetOptions = {},
): Promise<void> {
  const parquet: typeof Parquet = await importPeer(peer, () => import("hyparquet-writer"));
  const { overwrite = false, rowGroupRows = 100_000, signal } = options;
  const names = uniqueNames(table.schema);
  const columns = table.columns.map((column, i) => new ParquetColumn(names[i] ?? "", column));
  const temporary = `${path}.${randomUUID()}.part`;
  try {
    const writer = new parquet.ParquetWriter({
      writer: parquet.fileWriter(temporary),
      schema: [
        { name: "root", num_children: columns.length },
        ...columns.flatMap((column) => column.schema),
      ],
      kvMetadata: [{ key: "FITS", value: statedMetadata(table, names) }],
    });
    for (let first = 0; first < table.rows; first += rowGroupRows) {
      signal?.throwIfAborted();
      const rows = Math.min(rowGroupRows, table.rows - first);
      const columnData = columns.map((column) => column.rows(first, rows));
      await writer.write({ columnData, rowGroupSize: rows });
      await setImmediate();
    }
    await writer.finish();
    await place(temporary, path, overwrite);
  } finally {
    await rm(temporary, { force: true });
  }
}
