/** SQL over tables and files: DuckDB sees their values, and reads what a query names. */
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { DuckDBInstance } from "@duckdb/node-api";
import { BinTableHdu, type Column, openFits, writeFits } from "@fitstream/native";
import { FitsTable, makeColumn, type FitsTable as Table, writeTable } from "@fitstream/table";
import { registerTable, sql } from "@fitstream/table/duckdb";
import { afterAll, afterEach, beforeAll, describe, expect, it, vi } from "vitest";
import { expectSame, plain, randomTable, stringsOf } from "./helpers/random-table.js";

/** Columns that come back as they are: bits become logicals, pairs arrays of 2. */
function plainColumns(table: Table): Table {
  const kept = table.columns.filter(({ info }) => !["bit", "complex"].includes(info.kind));
  return new FitsTable(kept, table.rows);
}

const rowsOf = (table: Table): unknown =>
  Array.from({ length: table.rows }, (_, row) =>
    table.columns.map((column) => {
      const { shown } = plain(column) as { readonly shown: readonly unknown[] };
      return shown[row];
    }),
  );

describe("tables in memory", () => {
  it.each([0, 1, 77])("come back as they were, of %i rows", async (rows) => {
    const table = plainColumns(randomTable(rows, 3));
    expectSame(await sql({ t: table }, "select * from t", { nanAsNull: false }), table);
    expectSame(await sql({ t: table }, "select * from t"), table, true);
  });

  it("come back over many chunks, also after a filter", async () => {
    const rows = 10_000;
    const x = Float64Array.from({ length: rows }, (_, i) => i);
    const id = BigInt64Array.from({ length: rows }, (_, i) => 2n ** 60n + BigInt(i));
    const validity = new Uint8Array(rows / 8).fill(0b0111_1111);
    const ids = makeColumn("id", id, { validity });
    const t = new FitsTable([makeColumn("x", x), ids]);
    const all = await sql({ t }, "select * from t");
    expectSame(all, t);
    const some = await sql({ t }, "select id, x from t where x % 3 = 0 order by x");
    const wanted = Array.from({ length: Math.ceil(rows / 3) }, (_, i) => 3 * i);
    expect([...some.numbers("x")]).toEqual(wanted);
    const seen = (plain(some.column("id")) as { shown: unknown }).shown;
    expect(seen).toEqual(wanted.map((i) => (i % 8 === 7 ? null : String(id[i]))));
  });

  it("have nulls and NaN as NULL, which aggregates skip", async () => {
    const t = new FitsTable([
      makeColumn("x", [1, Number.NaN, 4]),
      makeColumn("n", Int32Array.of(5, 6, 7), { validity: Uint8Array.of(0b110) }),
    ]);
    const query = "select count(x), avg(x), sum(n), count(n) from t";
    expect(rowsOf(await sql({ t }, query))).toEqual([["2", "2.5", "13", "2"]]);
    const kept = await sql({ t }, "select count(x), avg(x) from t", { nanAsNull: false });
    expect(rowsOf(kept)).toEqual([["3", "NaN"]]);
  });

  it("show bits as booleans, complex numbers as pairs, strings of any bytes", async () => {
    const t = new FitsTable([
      makeColumn("b", Uint8Array.of(1, 0), { kind: "bit" }),
      makeColumn("z", [1, 2, 3, 4], { kind: "complex" }),
      makeColumn("s", ["m\xfcnchen", 'it\'s "x"']),
      makeColumn("r", [1, 2, 3, 4], { kind: "complex", offsets: Int32Array.of(0, 2, 2) }),
    ]);
    const out = await sql(
      { t },
      "select b, z, s, z[2] as im, r[2][1] as r from t where s like 'm%'",
    );
    expect(out.schema.map(({ kind }) => kind)).toEqual([
      "logical",
      "number",
      "string",
      "number",
      "number",
    ]);
    const shown = out.columns.map((column) => (plain(column) as { shown: unknown }).shown);
    expect(shown).toEqual([["1"], ["1", "2"], ["m\xfcnchen"], ["2"], ["3"]]);
  });

  it("may have any names, and their columns the same or none", async () => {
    const t = new FitsTable([
      makeColumn("", [1]),
      makeColumn("x", [2]),
      makeColumn("X", [3]),
      makeColumn('a"; drop', [4]),
    ]);
    const name = `o"; select 'x`;
    const out = await sql({ [name]: t }, `select * from "o""; select 'x"`);
    expect(out.names).toEqual(["column1", "x", "X_1", 'a"; drop']);
    expect(rowsOf(out)).toEqual([["1", "2", "3", "4"]]);
  });

  it("join with each other", async () => {
    const a = new FitsTable([makeColumn("id", Int32Array.of(1, 2, 3)), makeColumn("x", [1, 2, 3])]);
    const b = new FitsTable([makeColumn("id", Int32Array.of(3, 1)), stringsOf("s", ["c", "a"])]);
    const out = await sql({ a, b }, "select a.id, s from a join b using (id) order by a.id desc");
    expect(rowsOf(out)).toEqual([
      ["3", "c"],
      ["1", "a"],
    ]);
  });

  it("are registered on a connection of the caller's", async () => {
    const instance = await DuckDBInstance.create(":memory:");
    const connection = await instance.connect();
    await registerTable(connection, "my table", new FitsTable([makeColumn("x", [1, 2])]));
    await registerTable(connection, "my table", new FitsTable([makeColumn("y", [3, 4])]));
    const reader = await connection.runAndReadAll('select sum(y) from "my table"');
    expect(reader.getRows()).toEqual([[7]]);
    connection.closeSync();
    instance.closeSync();
  });
});

describe("results", () => {
  it("have FITS' types", async () => {
    const out = await sql(
      {},
      `select sum(i) as huge, 1.25 as dec, null as nothing, [1, 2]::int[2] as pair, [3.5::float] as list,
         'x'::enum('y', 'x') as e from (values (1), (2)) v(i)`,
    );
    expect(out.schema.map(({ dtype, kind, cellShape }) => [dtype, kind, cellShape])).toEqual([
      ["int64", "number", []],
      ["float64", "number", []],
      ["int32", "number", []],
      ["int32", "number", [2]],
      ["float32", "number", []],
      ["uint8", "string", []],
    ]);
    expect(out.column("e").info.categories).toEqual(["y", "x"]);
    expect(out.column("list").layout).toBe("ragged");
  });

  it.each([
    ["select date '2020-01-01' as odd", "a type that FITS tables do not"],
    ["select {'a': 1} as odd", "a type that FITS tables do not"],
    ["select 9223372036854775808::hugeint as odd", "does not fit into 64 bits"],
    ["select '日本' as odd", "characters that FITS tables cannot"],
  ])("%s: a typed error", async (query, what) => {
    await expect(sql({}, query)).rejects.toMatchObject({
      code: "TABLE_TYPE",
      column: "odd",
      message: expect.stringContaining(what),
    });
  });

  it("that DuckDB refuses give its message", async () => {
    const t = new FitsTable([makeColumn("mag", [1])]);
    await expect(sql({ t }, "select magg from t")).rejects.toMatchObject({
      code: "TABLE_BAD_ARGUMENT",
      message: expect.stringContaining('Candidate bindings: "mag"'),
    });
    await expect(sql({}, "selec 1")).rejects.toMatchObject({ code: "TABLE_BAD_ARGUMENT" });
    await expect(sql({ t, T: t }, "select 1")).rejects.toMatchObject({
      code: "TABLE_BAD_ARGUMENT",
      message: expect.stringContaining('"T" already exists'),
    });
  });

  it("of columns that DuckDB has no type for give a typed error when they are named", async () => {
    const { info, ...empty } = makeColumn("none", new Float32Array(0));
    const none = { ...empty, info: { ...info, cellShape: [0] }, rows: 1, shape: [1, 0] };
    const t = new FitsTable([makeColumn("x", [1]), none as Column]);
    expect((await sql({ t }, "select x from t")).rows).toBe(1);
    await expect(sql({ t }, "select * from t")).rejects.toMatchObject({
      code: "TABLE_TYPE",
      column: "none",
    });
  });
});

describe("files", () => {
  let folder = "";
  let path = "";
  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), "fitstream-duckdb-"));
    path = join(folder, "it's a cat.fits");
    const columns = (offset: number): FitsTable["columns"] => [
      makeColumn("id", Int32Array.of(1, 2, 3)),
      makeColumn("x", [offset, offset + 1, Number.NaN]),
      makeColumn("unused", [1, 2, 3]),
    ];
    await writeFits(path, [
      { kind: "image" },
      ...[10, 20].map((offset) => ({
        kind: "bintable" as const,
        columns: columns(offset).map((column) => ({
          name: column.info.name,
          values: new FitsTable([column]).numbers(0),
        })),
      })),
    ]);
    await writeTable(join(folder, "other.fits"), new FitsTable([makeColumn("y", [7])]));
  });
  afterAll(() => rm(folder, { recursive: true }));
  afterEach(() => vi.restoreAllMocks());

  const quoted = (text: string): string => `'${text.replaceAll("'", "''")}'`;

  it("are tables by their names, and only the columns that a query names are read", async () => {
    const read = vi.spyOn(BinTableHdu.prototype, "read");
    const out = await sql(
      {},
      `select count(*) as n, avg(x) as x from ${quoted(path)} where id < 3`,
    );
    expect(rowsOf(out)).toEqual([["2", "10.5"]]);
    expect(read.mock.calls.map(([options]) => options?.columns)).toEqual([[0, 1]]);
  });

  it("are functions of their name and the position of an HDU", async () => {
    const query = `select a.x + b.x as s from fits(${quoted(path)}, 2) a
      join fits(${quoted(path)}, 1) b using (id) join fits(${quoted(path)}) c using (id) order by id`;
    expect(rowsOf(await sql({}, query))).toEqual([["30"], ["32"], [null]]);
  });

  it("stand beside tables and HDUs", async () => {
    await using file = await openFits(path);
    const hdu = await file.hdu(2);
    if (hdu.kind !== "bintable") throw new Error("not a table");
    const read = vi.spyOn(hdu, "read");
    const t = new FitsTable([makeColumn("id", Int32Array.of(2))]);
    const query = `with y as (select y from ${quoted(join(folder, "other.fits"))})
      select hdu.x, (select y from y) as y from hdu where id in (select id from t)`;
    expect(rowsOf(await sql({ hdu, t }, query))).toEqual([["21", "7"]]);
    expect(read).toHaveBeenCalledTimes(1);
  });

  describe("of one pattern", () => {
    const part = (name: string): string => join(folder, name);

    beforeAll(async () => {
      const columns = (x: number) => [makeColumn("id", Int32Array.of(x)), makeColumn("x", [x / 2])];
      await writeTable(part("part-1+.fits"), new FitsTable(columns(1)));
      await writeTable(part("part-2+.fits"), new FitsTable(columns(2).toReversed()));
      await writeTable(part("part-30+.fits"), new FitsTable(columns(3)));
      await writeTable(part("part-4.fits"), FitsTable.of({ id: ["four"] }));
    });

    it("are one table, in the order of their names, their columns matched by name", async () => {
      const read = vi.spyOn(BinTableHdu.prototype, "read");
      const query = (name: string): string => `select id, x from ${quoted(part(name))}`;
      const all = [
        ["1", "0.5"],
        ["2", "1"],
        ["3", "1.5"],
      ];
      expect(rowsOf(await sql({}, query("part-*+.fits")))).toEqual(all);
      expect(read).toHaveBeenCalledTimes(3);
      expect(rowsOf(await sql({}, query("part-?+.fits")))).toEqual(all.slice(0, 2));
      const counted = await sql(
        {},
        `select count(*) from fits(${quoted(part("part-*+.fits"))}, 1)`,
      );
      expect(rowsOf(counted)).toEqual([["3"]]);
    });

    it("give way to a file of that very name", async () => {
      await writeTable(part("part-*.fits"), FitsTable.of({ id: [7] }));
      expect(rowsOf(await sql({}, `from ${quoted(part("part-*.fits"))}`))).toEqual([["7"]]);
    });

    it("that are none, or do not fit each other, give typed errors", async () => {
      const query = (name: string): Promise<FitsTable> =>
        sql({}, `select id from ${quoted(part(name))}`);
      await expect(query("no-*.fits")).rejects.toMatchObject({
        code: "TABLE_BAD_ARGUMENT",
        expected: part("no-*.fits"),
      });
      await expect(query("nowhere/*.fits")).rejects.toMatchObject({
        code: "TABLE_BAD_ARGUMENT",
        found: part("nowhere"),
      });
      await expect(query("part-?*.fits")).rejects.toMatchObject({
        code: "TABLE_TYPE",
        column: "id",
      });
    });
  });

  it("yield to a table of the same name", async () => {
    const t = new FitsTable([makeColumn("x", [5])]);
    expect(rowsOf(await sql({ "none.fits": t }, "select x from 'none.fits'"))).toEqual([["5"]]);
  });

  it("that are not there, or have no table, give typed errors", async () => {
    const missing = quoted(join(folder, "none.fits"));
    await expect(sql({}, `select * from ${missing}`)).rejects.toMatchObject({
      code: "FITS_NOT_FOUND",
    });
    await expect(sql({}, `select * from fits(${quoted(path)}, 0)`)).rejects.toMatchObject({
      code: "TABLE_TYPE",
      found: "image",
    });
    await expect(sql({}, "select * from fits(upper('a'), 1)")).rejects.toMatchObject({
      code: "TABLE_BAD_ARGUMENT",
    });
  });

  it("end with the signal", async () => {
    const signal = AbortSignal.abort(new Error("enough"));
    await expect(sql({}, `select * from ${quoted(path)}`, { signal })).rejects.toThrow("enough");
  });
});
