/** Tables to columns, by our own reader. */
import { crc32 } from "node:zlib";
import {
  type BinTableHdu,
  byteSizeOf,
  bytesOf,
  type Column,
  type Dtype,
  type FitsFile,
  openFits,
  type RaggedMemory,
  type StringColumn,
  type Table,
  type TypedArray,
  viewOf,
} from "@fitstream/native";
import { type Answer, busy, checkMapped, onTwoThreads, slot, wantsCrc } from "./own-slot.js";

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

interface ArrayLength {
  readonly dtype: Dtype;
  readonly length: number;
  /** Of strings. */
  readonly offsets?: number;
}

/** Elements of each column's values, by path: what a caller who gives memory knows beforehand. */
const lengths = new Map<string, readonly ArrayLength[]>();

async function lengthsOf(path: string, ext: number): Promise<readonly ArrayLength[]> {
  const known = lengths.get(path);
  if (known !== undefined) return known;
  await using file = await openFits(path);
  const hdu = await tableOf(file, ext);
  const found = (await hdu.columns()).map(({ dtype, kind, cellShape, stringLength }) => {
    const cell = cellShape.reduce((n, m) => n * m, kind === "complex" ? 2 : 1);
    return kind === "string"
      ? {
          dtype: "uint8" as const,
          length: hdu.rows * cell * (stringLength ?? 0),
          offsets: hdu.rows * cell + 1,
        }
      : { dtype, length: hdu.rows * cell };
  });
  lengths.set(path, found);
  return found;
}

/** Memory for all columns, one after the other in the slot, each at a cache line of its own. */
async function memoryFor(
  columns: readonly ArrayLength[],
): Promise<readonly (TypedArray | RaggedMemory)[]> {
  const lines = (bytes: number): number => Math.ceil(bytes / 64) * 64;
  const bytesOfColumn = ({ dtype, length, offsets = 0 }: ArrayLength): number =>
    lines(length * byteSizeOf(dtype)) + lines(4 * offsets);
  const all = await slot(columns.reduce((n, column) => n + bytesOfColumn(column), 0));
  let at = all.byteOffset;
  return columns.map((column) => {
    const { dtype, length, offsets } = column;
    const values = viewOf(dtype, all.buffer, at, length);
    at += bytesOfColumn(column);
    if (offsets === undefined) return values;
    return { values, offsets: new Int32Array(all.buffer, at - lines(4 * offsets), offsets) };
  });
}

async function readWhole(how: string, ext: number, path: string): Promise<Answer> {
  const isKept = how.startsWith("kept");
  const into = how.startsWith("fresh") ? undefined : await memoryFor(await lengthsOf(path, ext));
  const threads = how.startsWith("threads") ? 2 : 1;
  const start = performance.now();
  const file = isKept ? await keptFile(path) : await openFits(path);
  const columns = await (await tableOf(file, ext)).read({ into, threads });
  if (!isKept) await file.close();
  const ms = performance.now() - start;
  return { ms, bytes: lengthOf(columns), crc: wantsCrc(how) ? crcOf(columns) : 0 };
}

export async function table(how = "", ext = "1", path = ""): Promise<Answer> {
  const read = (): Promise<Answer> => busy(how, () => readWhole(how, Number(ext), path));
  const answer = await (how.startsWith("threads") ? onTwoThreads(path, read, true) : read());
  if (how.startsWith("kept")) checkMapped(path);
  return answer;
}

async function readRagged(
  name: string,
  ext: number,
  path: string,
  into?: readonly RaggedMemory[],
): Promise<{ readonly ms: number; readonly columns: Table }> {
  const start = performance.now();
  const file = await openFits(path);
  const columns = await (await tableOf(file, ext)).read({ columns: [name], into });
  await file.close();
  return { ms: performance.now() - start, columns };
}

/** Of a column's values and offsets, by path: found by reading it once. */
const raggedLengths = new Map<string, ArrayLength>();

async function raggedLength(name: string, ext: number, path: string): Promise<ArrayLength> {
  const known = raggedLengths.get(path);
  if (known !== undefined) return known;
  const { columns: table } = await readRagged(name, ext, path);
  // The one ragged column of the data holds float32.
  const found = { dtype: "float32", length: lengthOf(table) / 4, offsets: table.rows + 1 } as const;
  raggedLengths.set(path, found);
  return found;
}

export async function ragged(how = "", name = "", ext = "1", path = ""): Promise<Answer> {
  const hdu = Number(ext);
  const memory = how.startsWith("pooled")
    ? await memoryFor([await raggedLength(name, hdu, path)])
    : undefined;
  const into = memory?.filter((one): one is RaggedMemory => "offsets" in one);
  const { ms, columns } = await readRagged(name, hdu, path, into);
  return { ms, bytes: lengthOf(columns), crc: wantsCrc(how) ? crcOf(columns) : 0 };
}
