/** Parquet files of FITS tables, as DuckDB and hyparquet read them. */
import { mkdtemp, readdir, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { Column } from "@fitstream/native";
import { FitsTable, makeColumn } from "@fitstream/table";
import { sql } from "@fitstream/table/duckdb";
import { writeParquet } from "@fitstream/table/parquet";
import { asyncBufferFromFile, parquetMetadataAsync, parquetReadObjects } from "hyparquet";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { expectSame, randomTable } from "./helpers/random-table.js";

let folder = "";
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "fitstream-parquet-"));
});
afterAll(() => rm(folder, { recursive: true }));

describe("writeParquet", () => {
  it.each([0, 1, 130])("writes all values of %i rows", async (rows) => {
    const path = join(folder, `${rows}.parquet`);
    const all = randomTable(rows, 21);
    await writeParquet(path, all, { rowGroupRows: 50 });
    const isSame = ({ info, layout }: Column): boolean =>
      !["bit", "complex"].includes(info.kind) &&
      (layout === "ragged" || info.cellShape.length === 0);
    const table = new FitsTable(all.columns.filter(isSame), rows);
    const names = table.names.map((name) => `"${name}"`).join();
    expectSame(await sql({}, `select ${names} from read_parquet('${path}')`), table);
    const query = (name: string, type: string): string =>
      `select ${name}::${type} as ${name} from read_parquet('${path}')`;
    for (const [name, type] of [
      ["int64_cells", "bigint[3][2]"],
      ["text_cells", "varchar[2]"],
      ["logical_cells", "boolean[3]"],
    ] as const) {
      expectSame(await sql({}, query(name, type)), new FitsTable([all.column(name)], rows));
    }
  });

  it("writes what hyparquet reads, with units in the metadata", async () => {
    const path = join(folder, "small.parquet");
    const table = new FitsTable([
      makeColumn("ra", [10.5, Number.NaN], { unit: "deg", ucd: "pos.eq.ra" }),
      makeColumn("z", [1, 2, 3, 4], { kind: "complex", validity: Uint8Array.of(0b10) }),
      makeColumn("s", ["m\xfc", ""]),
      makeColumn("v", Int16Array.of(1, 2, 3, 4), { cellShape: [2] }),
      makeColumn("b", Uint8Array.of(1, 0), { kind: "bit" }),
    ]);
    await writeParquet(path, table);
    const file = await asyncBufferFromFile(path);
    expect(await parquetReadObjects({ file })).toEqual([
      { ra: 10.5, z: undefined, s: "mü", v: [1, 2], b: true },
      { ra: Number.NaN, z: [3, 4], s: "", v: [3, 4], b: false },
    ]);
    const { key_value_metadata: stated } = await parquetMetadataAsync(file);
    const known = JSON.parse(stated?.find(({ key }) => key === "FITS")?.value ?? "{}");
    expect(known.ra).toEqual({ TUNIT: "deg", TUCD: "pos.eq.ra", "fitstream.kind": "number" });
  });

  it("replaces a file only where asked to, and leaves nothing else behind", async () => {
    const path = join(folder, "twice.parquet");
    const table = new FitsTable([makeColumn("x", [1])]);
    const before = (await readdir(folder)).length;
    await writeParquet(path, table);
    await expect(writeParquet(path, table)).rejects.toMatchObject({ code: "TABLE_BAD_ARGUMENT" });
    await writeParquet(path, new FitsTable([makeColumn("x", [2])]), { overwrite: true });
    const signal = AbortSignal.abort(new Error("enough"));
    await expect(writeParquet(join(folder, "no"), table, { signal })).rejects.toThrow("enough");
    expect((await sql({}, `select x from '${path}'`)).numbers("x")).toEqual(Float64Array.of(2));
    expect(await readdir(folder)).toHaveLength(before + 1);
  });
});
