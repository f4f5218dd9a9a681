/** Arrow tables of FITS tables and back: the same values, and where it can be the same memory. */
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { type Column, openFits } from "@fitstream/native";
import { FitsTable, makeColumn, writeTable } from "@fitstream/table";
import { fromArrow, toArrow } from "@fitstream/table/arrow";
import * as arrow from "apache-arrow";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { expectSame, plain, randomTable, stringsOf } from "./helpers/random-table.js";

const column = (table: arrow.Table, name: string): arrow.Data =>
  table.getChild(name)?.data[0] as arrow.Data;

describe("toArrow", () => {
  it.each([ArrayBuffer, SharedArrayBuffer])("shares numbers on an %O", async (Memory) => {
    for (const Values of [Float64Array, BigInt64Array, Uint16Array]) {
      const values = new Values(new Memory(8 * 16) as ArrayBuffer, 0, 16);
      const validity = new Uint8Array(new Memory(2)).fill(0b1010_1010);
      const table = await toArrow(new FitsTable([makeColumn("x", values, { validity })]));
      const { values: seen, nullBitmap, nullCount } = column(table, "x");
      expect(seen.buffer).toBe(values.buffer);
      expect(nullBitmap.buffer).toBe(validity.buffer);
      expect(nullCount).toBe(8);
    }
  });

  it("shares cells, lists, complex numbers and ASCII strings", async () => {
    const values = new Float32Array(12);
    const offsets = Int32Array.of(0, 2, 2, 6);
    const text = stringsOf("text", ["a", "", "bc"]);
    const table = await toArrow(
      new FitsTable([
        makeColumn("cells", values, { cellShape: [2, 2] }),
        makeColumn("ragged", values.subarray(0, 6), { offsets }),
        makeColumn("complex", values.subarray(0, 6), { kind: "complex" }),
        text,
      ]),
    );
    const leaf = (data: arrow.Data): arrow.Data =>
      data.children[0] ? leaf(data.children[0]) : data;
    for (const name of ["cells", "ragged", "complex"]) {
      expect(leaf(column(table, name)).values.buffer).toBe(values.buffer);
    }
    expect(column(table, "ragged").valueOffsets.buffer).toBe(offsets.buffer);
    expect(String(table.schema.fields[0]?.type)).toBe(
      "FixedSizeList[2]<FixedSizeList[2]<Float32>>",
    );
    if (text.layout !== "string") throw new Error("not strings");
    expect(column(table, "text").values.buffer).toBe(text.bytes.buffer);
    expect(column(table, "text").valueOffsets).toBe(text.offsets);
  });

  it("gives what Arrow shows as these values", async () => {
    const table = await toArrow(
      new FitsTable([
        makeColumn("x", [1, Number.NaN, 3]),
        makeColumn("n", Int16Array.of(1, 2, 3), { validity: Uint8Array.of(0b101) }),
        makeColumn("b", [true, false, true]),
        makeColumn("s", ["caf\xe9", "", "b"]),
        makeColumn("v", Float32Array.of(1, 2, 3, 4, 5, 6), { cellShape: [2] }),
        makeColumn("r", Int32Array.of(1, 2, 3), { offsets: Int32Array.of(0, 2, 2, 3) }),
      ]),
    );
    expect(JSON.parse(JSON.stringify(table.toArray()))).toEqual([
      { x: 1, n: 1, b: true, s: "café", v: [1, 2], r: [1, 2] },
      { x: null, n: null, b: false, s: "", v: [3, 4], r: [] },
      { x: 3, n: 3, b: true, s: "b", v: [5, 6], r: [3] },
    ]);
    expect(table.getChild("x")?.get(1)).toBeNaN();
  });

  it("makes NaN null where asked to", async () => {
    const fits = new FitsTable([
      makeColumn("x", [1, Number.NaN, 3, Number.NaN], { validity: Uint8Array.of(0b0110) }),
      makeColumn("z", [1, 2, Number.NaN, 3, 4, Number.NaN, 5, 6], { kind: "complex" }),
    ]);
    const table = await toArrow(fits, { nanAsNull: true });
    expect([...(table.getChild("x") ?? [])]).toEqual([null, null, 3, null]);
    expect(table.getChild("z")?.nullCount).toBe(2);
  });

  it("tells unit, format, UCD, null value and limits in the fields' metadata", async () => {
    const options = {
      unit: "mag",
      display: "F6.3",
      description: "brightness",
      ucd: "phot.mag",
      null: -99n,
      dataMin: -1.5,
      dataMax: 30,
      legalMin: -5,
      legalMax: 40,
      categories: ["a", "b"],
    };
    const fits = new FitsTable([makeColumn("m", Int16Array.of(1, 2), options)]);
    const table = await toArrow(fits);
    const stated = Object.fromEntries(table.schema.fields[0]?.metadata ?? []);
    expect(stated).toMatchObject({ TUNIT: "mag", TDISP: "F6.3", TUCD: "phot.mag", TNULL: "-99" });
    const [info] = (await fromArrow(table)).schema;
    expect(info).toMatchObject(options);
  });
});

describe("fromArrow", () => {
  it.each([0, 1, 64, 301])("gives back what toArrow took, of %i rows", async (rows) => {
    const fits = randomTable(rows, rows + 1);
    for (const table of [
      await toArrow(fits),
      arrow.tableFromIPC(arrow.tableToIPC(await toArrow(fits))),
    ]) {
      const back = await fromArrow(table);
      expect(back.rows).toBe(rows);
      expectSame(back, fits);
      for (const [i, info] of back.schema.entries()) {
        const given = fits.schema[i];
        const { unit, display, ucd, kind, dtype } = given ?? {};
        expect(info).toMatchObject({ unit, display, ucd, kind, dtype, index: i });
      }
    }
  });

  it("joins chunks, and takes slices that begin in the middle of a byte", async () => {
    const fits = randomTable(50, 5);
    const whole = await toArrow(fits);
    const parts = [whole.slice(0, 13), whole.slice(13, 14), whole.slice(14)];
    const joined = await fromArrow(parts[0]?.concat(...parts.slice(1)) ?? whole);
    expectSame(joined, fits);
  });

  it("shares memory", async () => {
    const values = Float64Array.of(1, 2, 3);
    const back = await fromArrow(arrow.tableFromArrays({ x: values }));
    expect(back.numbers("x").buffer).toBe(values.buffer);
  });

  it("takes dictionaries, timestamps, half floats and large strings", async () => {
    const type = new arrow.Dictionary(new arrow.Utf8(), new arrow.Int16());
    const table = new arrow.Table({
      d: arrow.vectorFromArray(["x", "y", null, "x"], type),
      t: arrow.vectorFromArray([0, 1000, 2000, null], new arrow.TimestampMillisecond()),
      h: arrow.vectorFromArray([1.5, -2, 0, 1], new arrow.Float16()),
      l: arrow.vectorFromArray(["a", "bc", "", "d"], new arrow.LargeUtf8()),
    });
    const back = await fromArrow(table);
    const [d, t, h, l] = back.columns;
    expect(plain(d as never)).toMatchObject({ shown: ["x", "y", null, "x"] });
    expect(d?.info.categories).toEqual(["x", "y"]);
    expect(plain(t as never)).toMatchObject({ shown: ["0", "1000", "2000", null] });
    expect(t?.info).toMatchObject({ unit: "ms", dtype: "int64" });
    expect(back.numbers("h")).toEqual(Float32Array.of(1.5, -2, 0, 1));
    expect(plain(l as never)).toMatchObject({ shown: ["a", "bc", "", "d"] });
    expect(h?.info.dtype).toBe("float32");
  });

  it("keeps the rows of cells without elements", async () => {
    const { info, ...empty } = makeColumn("none", new Float32Array(0));
    const none = { ...empty, info: { ...info, cellShape: [0] }, rows: 3, shape: [3, 0] } as Column;
    const back = await fromArrow(await toArrow(new FitsTable([none])));
    expect(back.column(0)).toEqual(none);
  });

  it("makes null lists empty cells, whatever lies under them", async () => {
    const child = arrow.makeData({ type: new arrow.Int32(), data: Int32Array.of(1, 2, 3, 4, 5) });
    const data = arrow.makeData({
      type: new arrow.List(arrow.Field.new("item", new arrow.Int32())),
      valueOffsets: Int32Array.of(0, 2, 3, 5),
      nullBitmap: Uint8Array.of(0b101),
      nullCount: 1,
      length: 3,
      child,
    });
    const back = await fromArrow(new arrow.Table({ r: new arrow.Vector([data]) }));
    expect(plain(back.column("r"))).toEqual([["1", "2"], [], ["4", "5"]]);
  });

  it("refuses arrays whose offsets or values are damaged", async () => {
    const bytes = new TextEncoder().encode("abc");
    const text = (...offsets: number[]): arrow.Data =>
      new arrow.Data(new arrow.Utf8(), 0, 2, 0, [Int32Array.from(offsets), bytes]);
    const list = (...offsets: number[]): arrow.Data => {
      const child = arrow.makeData({ type: new arrow.Int8(), data: new Int8Array(3) });
      const type = new arrow.List(arrow.Field.new("item", new arrow.Int8()));
      return new arrow.Data(type, 0, 2, 0, { 0: Int32Array.from(offsets) }, [child]);
    };
    const short = new arrow.Data(new arrow.Int16(), 0, 2, 0, { 1: new Int16Array(1) });
    for (const make of [text, list]) {
      expect(
        (await fromArrow(new arrow.Table({ x: new arrow.Vector([make(0, 1, 3)]) }))).rows,
      ).toBe(2);
    }
    for (const data of [
      text(0, 1, 4),
      text(0, 2, 1),
      text(-1, 1, 2),
      list(0, 1, 4),
      list(2, 1, 3),
      short,
    ]) {
      await expect(
        fromArrow(new arrow.Table({ odd: new arrow.Vector([data]) })),
      ).rejects.toMatchObject({ code: "TABLE_TYPE", column: "odd" });
    }
  });

  it("refuses what FITS tables cannot hold, naming the column", async () => {
    const struct = arrow.vectorFromArray([{ a: 1 }]);
    const lists = arrow.vectorFromArray(
      [["a"]],
      new arrow.List(arrow.Field.new("i", new arrow.Utf8())),
    );
    const wide = arrow.vectorFromArray(["日本"], new arrow.Utf8());
    for (const vector of [
      struct,
      lists,
      wide,
      arrow.vectorFromArray([new Date()], new arrow.DateDay()),
    ]) {
      await expect(fromArrow(new arrow.Table({ odd: vector } as never))).rejects.toMatchObject({
        code: "TABLE_TYPE",
        column: "odd",
      });
    }
  });
});

describe("FITS to Arrow IPC to FITS", () => {
  let folder = "";
  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), "fitstream-arrow-"));
  });
  afterAll(() => rm(folder, { recursive: true }));

  const readBack = async (path: string): Promise<FitsTable> => {
    await using file = await openFits(path);
    const hdu = await file.hdu(1);
    if (hdu.kind !== "bintable") throw new Error("not a table");
    return FitsTable.from(await hdu.read());
  };

  it.each([0, 1, 40])("keeps values, units and order of %i rows", async (rows) => {
    // Bits and FITS strings have no nulls.
    const given = new FitsTable(
      randomTable(rows, 9).columns.filter(({ info }) => info.name !== "text_null"),
      rows,
    );
    const [first, second] = [join(folder, `a${rows}.fits`), join(folder, `b${rows}.fits`)];
    await writeTable(first, given);
    const read = await readBack(first);
    const ipc = arrow.tableToIPC(await toArrow(read));
    await writeTable(second, await fromArrow(arrow.tableFromIPC(ipc)));
    const again = await readBack(second);
    expectSame(again, read);
    expect(again.schema).toEqual(read.schema);
    expectSame(read, given, true);
  });
});
