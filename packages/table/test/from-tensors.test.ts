import { FitsTable, makeColumn } from "@fitstream/table";
import { describe, expect, it } from "vitest";

const tensor = {
  mag: { data: Float32Array.of(19.5, Number.NaN), shape: [2], dtype: "float32" },
  id: { data: BigInt64Array.of(7n, 8n), shape: [2], dtype: "int64" },
  spectrum: { data: Float64Array.of(1, 2, 3, 4, 5, 6), shape: [2, 3], dtype: "float64" },
} as const;

describe("a table of tensors", () => {
  it("has their memory, with the first axis as rows", () => {
    const table = FitsTable.fromTensors(tensor);
    expect(table.shape).toEqual([2, 3]);
    expect(table.numbers("mag")).toBe(tensor.mag.data);
    expect(table.row(1)).toMatchObject({ mag: null, id: 8n });
    expect(table.column("spectrum")).toMatchObject({ shape: [2, 3], info: { cellShape: [3] } });
    expect(table.toTensors()).toEqual(tensor);
  });

  it("knows what a schema tells: units, logicals, complex pairs", () => {
    const known = new FitsTable([
      makeColumn("MAG", Float64Array.of(1), { unit: "mag", ucd: "phot.mag" }),
      makeColumn("flag", [true]),
      makeColumn("pair", Float32Array.of(1, 2), { kind: "complex" }),
      makeColumn("name", ["M31"]),
    ]);
    const flag = { data: Uint8Array.of(1, 0), shape: [2], dtype: "uint8" } as const;
    const pair = { data: Float32Array.of(1, 2, 3, 4), shape: [2, 2], dtype: "float32" } as const;
    const tensors = { mag: tensor.mag, flag, pair, name: tensor.id };
    const table = FitsTable.fromTensors(tensors, known.schema);
    const told = table.schema.map(({ name, kind, unit, ucd, dtype }) => [
      name,
      kind,
      unit,
      ucd,
      dtype,
    ]);
    expect(told).toEqual([
      ["mag", "number", "mag", "phot.mag", "float32"],
      ["flag", "logical", "", "", "uint8"],
      ["pair", "complex", "", "", "float32"],
      // Text is no tensor: these are its codes.
      ["name", "number", "", "", "int64"],
    ]);
    expect(table.column("pair").info.cellShape).toEqual([]);
    expect(table.row(0)["flag"]).toBe(true);
  });

  it("has cells of different length where offsets are beside the values", () => {
    const tensors = {
      n: { data: Int16Array.of(1, 2, 3), shape: [3], dtype: "int16" },
      "n.offsets": { data: Int32Array.of(0, 2, 3), shape: [3], dtype: "int32" },
      mag: tensor.mag,
    } as const;
    const table = FitsTable.fromTensors(tensors);
    expect(table.names).toEqual(["n", "mag"]);
    expect(table.column("n")).toMatchObject({
      layout: "ragged",
      rows: 2,
      info: { isVariable: true, cellShape: [] },
    });
  });

  it("refuses tensors that are not what they say", () => {
    const of = (change: object) => () =>
      FitsTable.fromTensors({ mag: { ...tensor.mag, ...change } });
    const wrong = expect.objectContaining({ code: "TABLE_TYPE", column: "mag" });
    expect(of({ shape: [3] })).toThrow(wrong);
    expect(of({ shape: [] })).toThrow(wrong);
    expect(of({ dtype: "float64" })).toThrow(/of float64, found 2 values of float32/);
    const other = { data: Float32Array.of(1), shape: [1], dtype: "float32" } as const;
    expect(() => FitsTable.fromTensors({ ...tensor, other })).toThrow(
      expect.objectContaining({ code: "TABLE_ROWS", column: "other" }),
    );
    const offsets = { data: Float32Array.of(0, 2), shape: [2], dtype: "float32" } as const;
    expect(() => FitsTable.fromTensors({ mag: tensor.mag, "mag.offsets": offsets })).toThrow(
      expect.objectContaining({ code: "TABLE_TYPE", column: "mag.offsets" }),
    );
  });
});
