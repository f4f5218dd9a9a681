/** Catalogues in many small files. */
import { join } from "node:path";
import { type ColumnToWrite, writeFits } from "@fitstream/native";

/** Ids that no double holds. */
export const firstId = 2n ** 60n;

/** Values of row `i` of all rows, over all files. */
export const valuesOf = (i: number) => ({
  id: firstId + BigInt(i),
  flux: Math.fround(i / 3),
  mag: 10 + (i % 97) / 7,
  colours: [i, i + 0.25, i + 0.5].map(Math.fround),
  spectrum: Array.from({ length: i % 4 }, (_, k) => i * 10 + k),
  isStar: i % 3 === 0,
  kind: i % 5,
});

/** The columns of some rows. */
export function columnsOf(first: number, rows: number): ColumnToWrite[] {
  const all = Array.from({ length: rows }, (_, i) => valuesOf(first + i));
  const offsets = new Int32Array(rows + 1);
  for (const [i, { spectrum }] of all.entries())
    offsets[i + 1] = (offsets[i] ?? 0) + spectrum.length;
  return [
    { name: "ID", values: BigInt64Array.from(all, ({ id }) => id) },
    { name: "FLUX", values: Float32Array.from(all, ({ flux }) => flux), unit: "Jy" },
    { name: "MAG", values: Float64Array.from(all, ({ mag }) => mag) },
    {
      name: "COLOURS",
      values: Float32Array.from(all.flatMap(({ colours }) => colours)),
      repeat: 3,
    },
    { name: "SPECTRUM", values: Int32Array.from(all.flatMap(({ spectrum }) => spectrum)), offsets },
    { name: "STAR", values: Uint8Array.from(all, ({ isStar }) => Number(isStar)), kind: "logical" },
    { name: "KIND", values: Int16Array.from(all, ({ kind }) => kind) },
    { name: "NAME", values: all.map(({ id }) => `obj${id}`) },
  ];
}

/** How many rows file `n` has: different numbers, now and then none. */
export const rowsOfFile = (n: number): number => (n * 7) % 23;

/** `count` files, `000.fits` and so on, with rows that count on from file to file. */
export async function writeCatalogues(folder: string, count: number): Promise<readonly string[]> {
  const paths: string[] = [];
  let first = 0;
  for (let n = 0; n < count; ++n) {
    const path = join(folder, `${String(n).padStart(3, "0")}.fits`);
    const rows = rowsOfFile(n);
    // The order of the columns is another one in every file.
    const columns = columnsOf(first, rows);
    const turned = [...columns.slice(n % columns.length), ...columns.slice(0, n % columns.length)];
    await writeFits(path, [{ kind: "image" }, { kind: "bintable", columns: turned }]);
    paths.push(path);
    first += rows;
  }
  return paths;
}
