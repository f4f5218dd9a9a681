/** What is done with a catalogue, by our own tables. */
import { crc32 } from "node:zlib";
import { bytesOf, openFits, type TypedArray } from "@fitstream/native";
import { FitsTable } from "@fitstream/table";
import { toArrow } from "@fitstream/table/arrow";
import { sql } from "@fitstream/table/duckdb";
import { type Answer, wantsCrc } from "./own-slot.js";

async function readTable(path: string, ext: number, where?: string): Promise<FitsTable> {
  await using file = await openFits(path);
  const hdu = await file.hdu(ext);
  if (hdu.kind !== "bintable") throw new Error(`HDU ${ext} is no binary table`);
  return FitsTable.from(await hdu.read({ where }));
}

/** Columns that stay in memory from call to call. */
const kept = new Map<string, FitsTable>();

async function keptTable(path: string, ext: number): Promise<FitsTable> {
  const table = kept.get(path) ?? (await readTable(path, ext));
  kept.set(path, table);
  return table;
}

const masks = new Map<string, Uint8Array>();

/** Rows with x < 0.01, of a table in memory. */
async function maskOf(path: string, ext: number): Promise<Uint8Array> {
  const table = await keptTable(path, ext);
  const x = table.numbers("x") as Float64Array;
  const mask = masks.get(path) ?? Uint8Array.from(x, (value) => Number(value < 0.01));
  masks.set(path, mask);
  return mask;
}

async function masked(path: string, ext: number): Promise<FitsTable> {
  return (await keptTable(path, ext)).filter(await maskOf(path, ext));
}

async function grouped(table: FitsTable): Promise<FitsTable> {
  const means = await table.groupBy("k").agg({ x: "mean" });
  // As the peers: the keys only, since sums in another order differ in their last bits.
  return means.select(["k"]);
}

type Work = (path: string, ext: number) => Promise<readonly TypedArray[]>;

function arraysOf(table: FitsTable): readonly TypedArray[] {
  return table.names.map((name) => table.numbers(name));
}

const works: Readonly<Record<string, Work>> = {
  where: async (path, ext) => arraysOf(await readTable(path, ext, "x < 0.01")),
  mask: async (path, ext) => arraysOf(await masked(path, ext)),
  sort: async (path, ext) => arraysOf(await (await keptTable(path, ext)).sort("x")),
  group: async (path, ext) => arraysOf(await grouped(await keptTable(path, ext))),
  arrow: async (path, ext) => {
    const arrow = await toArrow(await keptTable(path, ext));
    return arrow.schema.fields.map((_, i) => arrow.getChildAt(i)?.data[0]?.values);
  },
  sql: async (path) => {
    const result = await sql({}, `select count(*) as n, avg(x) as mean from '${path}'`);
    return [Float64Array.from([...result].flatMap((row) => Object.values(row).map(Number)))];
  },
};
const keepsTable = new Set(["mask", "sort", "group", "arrow"]);

export async function catalogue(how = "", ext = "1", path = ""): Promise<Answer> {
  const verb = how.split("+")[0] ?? "";
  const work = works[verb];
  if (work === undefined) throw new Error("no such work");
  if (keepsTable.has(verb)) await keptTable(path, Number(ext));
  if (verb === "mask") await maskOf(path, Number(ext));
  const start = performance.now();
  const arrays = await work(path, Number(ext));
  const ms = performance.now() - start;
  const bytes = arrays.reduce((n, { byteLength }) => n + byteLength, 0);
  const crc = wantsCrc(how) ? arrays.reduce((sum, array) => crc32(bytesOf(array), sum), 0) : 0;
  return { ms, bytes, crc };
}
