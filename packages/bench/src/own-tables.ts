/** Tables to columns, by our own reader. */
import { crc32 } from "node:zlib";
import {
  type BinTableHdu,
  bytesOf,
  type Column,
  type FitsFile,
  openFits,
  type StringColumn,
  type Table,
  type TableReadOptions,
} from "@fitstream/native";
import { type Answer, checkMapped, onTwoThreads, wantsCrc } from "./own-slot.js";

async function tableOf(file: FitsFile, ext: number): Promise<BinTableHdu> {
  const hdu = await file.hdu(ext);
  if (hdu.kind !== "bintable") throw new Error(`HDU ${ext} is no binary table`);
  return hdu;
}

function valuesOf(column: Column): Uint8Array {
  return column.layout === "string" ? column.bytes : bytesOf(column.data);
}

function lengthOf(table: Table): number {
  return table.columns.reduce((n, column) => n + valuesOf(column).byteLength, 0);
}

/** Strings with a line feed behind each: what the peers' checksums are of (peers/cfitsio_tables.c). */
function linesOf({ bytes, offsets }: StringColumn): Uint8Array {
  const count = offsets.length - 1;
  const out = new Uint8Array(bytes.length + count);
  for (let i = 0; i < count; ++i) {
    const [from = 0, to = 0] = [offsets[i], offsets[i + 1]];
    out.set(bytes.subarray(from, to), from + i);
    out[to + i] = 10;
  }
  return out;
}

function crcOf(table: Table): number {
  return table.columns.reduce(
    (crc, column) => crc32(column.layout === "string" ? linesOf(column) : valuesOf(column), crc),
    0,
  );
}

const kept = new Map<string, FitsFile>();

async function keptFile(path: string): Promise<FitsFile> {
  const file = kept.get(path) ?? (await openFits(path, { immutable: true }));
  kept.set(path, file);
  return file;
}

async function readWhole(how: string, ext: number, path: string): Promise<Answer> {
  if (how.startsWith("pooled")) throw new Error("not built yet: columns into memory that is there");
  const isKept = how.startsWith("kept");
  const options: TableReadOptions & { readonly threads: number } = {
    threads: how.startsWith("threads") ? 2 : 1,
  };
  const start = performance.now();
  const file = isKept ? await keptFile(path) : await openFits(path);
  const columns = await (await tableOf(file, ext)).read(options);
  if (!isKept) await file.close();
  const ms = performance.now() - start;
  return { ms, bytes: lengthOf(columns), crc: wantsCrc(how) ? crcOf(columns) : 0 };
}

export async function table(how = "", ext = "1", path = ""): Promise<Answer> {
  const read = (): Promise<Answer> => readWhole(how, Number(ext), path);
  const answer = await (how.startsWith("threads") ? onTwoThreads(path, read, true) : read());
  if (how.startsWith("kept")) checkMapped(path);
  return answer;
}

export async function ragged(how = "", name = "", ext = "1", path = ""): Promise<Answer> {
  const start = performance.now();
  const file = await openFits(path);
  const columns = await (await tableOf(file, Number(ext))).read({ columns: [name] });
  await file.close();
  const ms = performance.now() - start;
  return { ms, bytes: lengthOf(columns), crc: wantsCrc(how) ? crcOf(columns) : 0 };
}
