/** FITS files of tables: values, nulls and what is known of the columns, as astropy reads them. */
import { execFileSync } from "node:child_process";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { openFits } from "@fitstream/native";
import { FitsTable, makeColumn, writeTable } from "@fitstream/table";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { pythonWithAstropy } from "../../native/test/helpers/astropy.js";
import { expectSame, plain, randomTable, stringsOf } from "./helpers/random-table.js";

let folder = "";
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "fitstream-table-"));
});
afterAll(() => rm(folder, { recursive: true }));

let files = 0;
const newPath = (): string => join(folder, `${++files}.fits`);

async function read(path: string): Promise<FitsTable> {
  await using file = await openFits(path);
  const hdu = await file.hdu(1);
  if (hdu.kind !== "bintable") throw new Error("not a table");
  return FitsTable.from(await hdu.read());
}

const nullOf = async (table: FitsTable): Promise<bigint | undefined> => {
  const path = newPath();
  await writeTable(path, table);
  const back = await read(path);
  expectSame(back, table);
  return back.schema[0]?.null;
};

describe("writeTable", () => {
  it.each([0, 1, 50])("keeps the values and nulls of %i rows", async (rows) => {
    const path = newPath();
    const random = randomTable(rows, 31);
    // A null string is written as an empty one.
    const isKept = (name: string): boolean => name !== "text_null";
    const kept = random.columns.filter(({ info }) => isKept(info.name));
    const table = new FitsTable(kept, rows);
    await writeTable(path, table);
    expectSame(await read(path), table, true);
  });

  it("keeps what is known of a column, as astropy finds it in the header", async () => {
    const path = newPath();
    const known = {
      unit: "mag",
      display: "I6",
      description: "brightness",
      ucd: "phot.mag",
      null: -99n,
      dataMin: -1.5,
      dataMax: 30,
      legalMin: -5,
      legalMax: 40,
    };
    const table = new FitsTable([
      makeColumn("m", Int16Array.of(1, 2, 3), { ...known, validity: Uint8Array.of(0b101) }),
      makeColumn("v", new Float32Array(18).fill(2), { cellShape: [3, 2] }),
      stringsOf("s", ["a", "", "abc"]),
    ]);
    const header = [{ keyword: "SURVEY", value: "DR1" }];
    await writeTable(path, table, { name: "CAT", header, checksum: true });
    expect((await read(path)).schema[0]).toMatchObject(known);
    const program = `
import sys, json
from astropy.io import fits
from astropy.table import Table
with fits.open(sys.argv[1], checksum=True) as f:
    h = f["CAT"].header
    keys = ["SURVEY", "TUNIT1", "TDISP1", "TNULL1", "TCOMM1", "TUCD1", "TDMIN1", "TLMAX1", "TDIM2", "TFORM3"]
    t = Table.read(f["CAT"])
    print(json.dumps([[h[k] for k in keys], t["m"].tolist(), list(t["v"].shape), [str(s).rstrip() for s in t["s"]]]))`;
    if (pythonWithAstropy === undefined) return;
    const output = execFileSync(pythonWithAstropy, [
      "-W",
      "error::UserWarning",
      "-c",
      program,
      path,
    ]);
    expect(JSON.parse(output.toString())).toEqual([
      ["DR1", "mag", "I6", -99, "brightness", "phot.mag", -1.5, 40, "(2,3)", "3A"],
      [1, null, 3],
      [3, 3, 2],
      ["a", "", "abc"],
    ]);
  });

  it("takes for null what the column has, unless a value equals it", async () => {
    const validity = Uint8Array.of(0b10);
    const ofInt16 = (
      values: number[],
      known: { null?: bigint; validity?: Uint8Array },
    ): FitsTable => new FitsTable([makeColumn("x", Int16Array.from(values), known)]);
    expect(await nullOf(ofInt16([7, 8], { null: -1n }))).toBe(-1n);
    expect(await nullOf(ofInt16([7, 8], { null: 8n }))).toBe(undefined);
    expect(await nullOf(ofInt16([7, 8], { null: -1n, validity }))).toBe(-1n);
    expect(await nullOf(ofInt16([7, 8], { null: 8n, validity }))).toBe(-32768n);
    expect(await nullOf(ofInt16([0, -32768], { validity }))).toBe(32767n);
    expect(await nullOf(ofInt16([7, 8], { null: 2n ** 40n, validity }))).toBe(-32768n);
  });

  it("finds a null in a column that holds both ends of its type, if there is one", async () => {
    const bytes = Uint8Array.from({ length: 256 }, (_, i) => i);
    const validity = new Uint8Array(32).fill(255);
    validity[0] = 0b1111_0111;
    expect(await nullOf(new FitsTable([makeColumn("x", bytes, { validity })]))).toBe(3n);
    const more = Uint8Array.from({ length: 257 }, (_, i) => i);
    const all = new Uint8Array(33).fill(255);
    all[32] = 0;
    const full = new FitsTable([makeColumn("x", more, { validity: all })]);
    await expect(writeTable(newPath(), full)).rejects.toMatchObject({
      code: "TABLE_TYPE",
      column: "x",
    });
  });

  it("writes nulls of unsigned integers and of scaled columns that became floats", async () => {
    const validity = Uint8Array.of(0b01);
    const table = new FitsTable([
      makeColumn("u", Uint16Array.of(5, 6), { validity }),
      makeColumn("k", BigUint64Array.of(2n ** 64n - 1n, 6n), { validity }),
      makeColumn("f", [1.5, 2.5], { null: -1n, validity }),
    ]);
    const path = newPath();
    await writeTable(path, table);
    const shown = (await read(path)).columns.map(
      (column) => (plain(column, true) as { shown: unknown }).shown,
    );
    expect(shown).toEqual([
      ["5", null],
      [String(2n ** 64n - 1n), null],
      ["1.5", null],
    ]);
  });

  it("writes strings that were read as bytes, and keeps the width of others", async () => {
    const [first, second] = [newPath(), newPath()];
    await writeTable(
      first,
      new FitsTable([stringsOf("s", ["abc", "", "d"]), makeColumn("i", Int32Array.of(1, 2, 3))]),
    );
    await using file = await openFits(first);
    const hdu = await file.hdu(1);
    if (hdu.kind !== "bintable") throw new Error("not a table");
    const short = FitsTable.from(await hdu.read({ rows: { first: 1, count: 2 } }));
    await writeTable(second, short);
    expect((await read(second)).schema[0]?.form).toBe("3A");
    const bytes = FitsTable.from(await hdu.read({ strings: "bytes" }));
    await writeTable(second, bytes, { overwrite: true });
    expectSame(await read(second), await read(first));
  });
});
