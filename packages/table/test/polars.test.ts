/** polars data frames of FITS tables and back. */
import { type Column, stringColumn } from "@fitstream/native";
import { FitsTable, makeColumn } from "@fitstream/table";
import { fromPolars, toPolars } from "@fitstream/table/polars";
import pl from "nodejs-polars";
import { describe, expect, it } from "vitest";
import { expectSame, plain, randomTable, stringsOf } from "./helpers/random-table.js";

/** A table as polars has it: its cells have one axis. */
function flat(table: FitsTable): FitsTable {
  const columns = table.columns.map((column): Column => {
    const { info, rows } = column;
    const elements = info.cellShape.reduce((n, axis) => n * axis, 1);
    const cellShape = info.cellShape.length > 0 ? [elements] : [];
    const same = { ...info, cellShape };
    if (column.layout === "string") {
      return stringColumn(same, rows, column.bytes, column.offsets, column.validity);
    }
    if (column.layout === "ragged") return column;
    return { ...column, info: same, shape: [rows, ...cellShape] };
  });
  return new FitsTable(columns, table.rows);
}

const shown = (column: Column): unknown => (plain(column) as { readonly shown: unknown }).shown;

describe("toPolars and fromPolars", () => {
  it.each([0, 1, 75])("keep all values of %i rows", async (rows) => {
    const all = randomTable(rows, 11);
    const isKept = ({ info }: Column): boolean => !["bit", "complex"].includes(info.kind);
    const table = new FitsTable(all.columns.filter(isKept), rows);
    expect((await toPolars(all)).width).toBe(all.columns.length);
    expectSame(await fromPolars(await toPolars(table)), flat(table));
  });
});

describe("toPolars", () => {
  it("gives frames that polars computes with", async () => {
    const frame = await toPolars(
      new FitsTable([
        makeColumn("x", new Float64Array(new SharedArrayBuffer(24)).fill(2)),
        makeColumn("id", BigInt64Array.of(2n ** 62n, 1n, 2n), { validity: Uint8Array.of(0b101) }),
        makeColumn("v", Float32Array.of(1, 2, 3, 4, 5, 6), { cellShape: [2] }),
        makeColumn("z", [1, 2, 3, 4, 5, 6], { kind: "complex" }),
        makeColumn("b", Uint8Array.of(1, 0, 1), { kind: "bit" }),
        stringsOf("s", ["m\xfc", "", "b"], [], Uint8Array.of(0b110)),
      ]),
    );
    expect(Object.values(frame.schema).map(String)).toEqual([
      "DataType(Float64)",
      "DataType(Int64)",
      "DataType(FixedSizeList(DataType(Float32),2))",
      "DataType(FixedSizeList(DataType(Float64),2))",
      "DataType(Bool)",
      "DataType(String)",
    ]);
    expect(frame.getColumn("x").sum()).toBe(6);
    expect(frame.getColumn("id").isNull().toArray()).toEqual([false, true, false]);
    expect(frame.getColumn("s").toArray()).toEqual([null, "", "b"]);
    expect(frame.getColumn("z").toArray()).toEqual([
      [1, 2],
      [3, 4],
      [5, 6],
    ]);
  });

  it("makes NaN null where asked to", async () => {
    const table = new FitsTable([makeColumn("x", [1, Number.NaN])]);
    expect((await toPolars(table)).getColumn("x").nullCount()).toBe(0);
    const frame = await toPolars(table, { nanAsNull: true });
    expect(frame.getColumn("x").toArray()).toEqual([1, null]);
  });

  it("makes names unique", async () => {
    const names = ["", "x", "X"].map((name) => makeColumn(name, [1]));
    expect((await toPolars(new FitsTable(names))).columns).toEqual(["column1", "x", "X_1"]);
  });
});

describe("fromPolars", () => {
  it("takes categories, times and null lists", async () => {
    const back = await fromPolars(
      pl.DataFrame([
        pl.Series("c", ["b", "a", null], pl.Utf8).cast(pl.Categorical),
        pl.Series("t", [new Date(5), null, new Date(7)], pl.Datetime("ms")),
        pl.Series("l", [[1, 2], null, []], pl.List(pl.Int32)),
        pl
          .Series("f", [[1, 2], null, [3, 4]], pl.List(pl.Float64))
          .cast(pl.FixedSizeList(pl.Float64, 2)),
      ]),
    );
    const [c, t, l, f] = back.columns as [Column, Column, Column, Column];
    expect(shown(c)).toEqual(["b", "a", null]);
    expect(c.info.categories).toEqual(["a", "b"]);
    expect(shown(t)).toEqual(["5", null, "7"]);
    expect(t.info.unit).toBe("ms");
    expect(plain(l)).toEqual([["1", "2"], [], []]);
    expect(shown(f)).toEqual(["1", "2", null, null, "3", "4"]);
  });

  it("refuses what FITS tables cannot hold, naming the column", async () => {
    const struct = pl.DataFrame({ a: [1] }).toStruct("odd");
    const lists = pl.Series("odd", [["a"]], pl.List(pl.Utf8));
    const date = pl.Series("odd", [new Date()], pl.Datetime("ms")).cast(pl.Date);
    for (const series of [struct, lists, date, pl.Series("odd", ["日本"])]) {
      await expect(fromPolars(pl.DataFrame([series]))).rejects.toMatchObject({
        code: "TABLE_TYPE",
        column: "odd",
      });
    }
  });
});
