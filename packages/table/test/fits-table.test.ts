import { inspect } from "node:util";
import { countNulls, isFitsError } from "@fitstream/native";
import {
  FitsTable,
  formatTable,
  isNull,
  isTableError,
  makeColumn,
  type TableErrorCode,
} from "@fitstream/table";
import { describe, expect, it } from "vitest";

const nan = Number.NaN;
/** Bits of rows, the first one lowest. */
const bits = (text: string): Uint8Array =>
  Uint8Array.of([...text].reduce((byte, bit, i) => byte | (Number(bit) << i), 0));

const table = new FitsTable([
  makeColumn("ID", BigInt64Array.of(9007199254740993n, 2n, 3n, 4n, 5n)),
  makeColumn("MAG", Float32Array.of(20.5, 18.25, nan, 21, 18.25), { unit: "mag", ucd: "phot.mag" }),
  makeColumn("CLASS", ["STAR", "QSO", "GALAXY", "", "STAR"], { description: "of the spectrum" }),
  makeColumn("GOOD", [true, false, true, true, false]),
  makeColumn("N", Int16Array.of(1, 2, 3, 4, 5), { validity: bits("10111") }),
  makeColumn(
    "POS",
    Float64Array.from({ length: 10 }, (_, i) => i),
    { cellShape: [2] },
  ),
  makeColumn("SPEC", Float32Array.of(1, 2, 3, 4), { offsets: Int32Array.of(0, 1, 1, 3, 3, 4) }),
  makeColumn(
    "Z",
    Float64Array.from({ length: 10 }, (_, i) => -i),
    { kind: "complex" },
  ),
]);

/** What fails, and with which code. */
async function codeOf(work: () => unknown): Promise<TableErrorCode | undefined> {
  try {
    await work();
  } catch (error) {
    if (isTableError(error)) return error.code;
    throw error;
  }
  return undefined;
}

describe("a FitsTable", () => {
  it("knows its rows, columns and what is known of them", () => {
    expect(table.shape).toEqual([5, 8]);
    expect(table.names).toEqual(["ID", "MAG", "CLASS", "GOOD", "N", "POS", "SPEC", "Z"]);
    expect(table.schema[1]).toMatchObject({ name: "MAG", unit: "mag", ucd: "phot.mag" });
    expect(table.column("mag")).toBe(table.column(1));
    expect([table.has("Mag"), table.has("MAGNITUDE")]).toEqual([true, false]);
    expect(table.strings("class")).toEqual(["STAR", "QSO", "GALAXY", "", "STAR"]);
  });

  it("gives rows in JavaScript's own types, null where they are", () => {
    expect(table.row(1)).toEqual({
      ID: 2n,
      MAG: 18.25,
      CLASS: "QSO",
      GOOD: false,
      N: null,
      POS: [2, 3],
      SPEC: [],
      Z: [-2, -3],
    });
    expect(table.row(2)["MAG"]).toBeNull();
    expect([...table].map(({ ID }) => ID)).toEqual([9007199254740993n, 2n, 3n, 4n, 5n]);
    expect(table.toRows()).toHaveLength(5);
    expect(isNull(table.column("MAG"), 2)).toBe(true);
  });

  it("prefers the exact name where names differ in case only", () => {
    const both = FitsTable.of({ a: [1], A: [2] });
    expect([both.numbers("a")[0], both.numbers("A")[0]]).toEqual([1, 2]);
  });

  it("of repeated names keeps all columns, and refuses objects that would lose one", async () => {
    const twice = new FitsTable([makeColumn("x", [1, 2]), makeColumn("x", [3, 4])]);
    expect(twice.columns.map((_, i) => twice.numbers(i)[0])).toEqual([1, 3]);
    expect((await twice.take(Uint32Array.of(1))).numbers(1)[0]).toBe(4);
    for (const verb of [() => twice.row(0), () => twice.toRows(), () => twice.toTensors()]) {
      expect(await codeOf(verb)).toBe("TABLE_DUPLICATE_COLUMN");
    }
    const named = twice.rename(({ name }, i) => `${name}${i}`);
    expect(named.toRows()).toEqual([
      { x0: 1, x1: 3 },
      { x0: 2, x1: 4 },
    ]);
    expect(String(twice)).toContain("x");
    await expect(twice.filter("x > 1")).rejects.toThrowError(/x/);
  });

  it("keeps columns, and copies none, in select, drop, rename, withColumn, withMetadata", () => {
    expect(table.select(["n", "ID"]).columns).toEqual([table.column("N"), table.column("ID")]);
    expect(table.drop(["POS", "spec", "Z"]).names).toEqual(["ID", "MAG", "CLASS", "GOOD", "N"]);
    const renamed = table.rename({ mag: "g", CLASS: "kind" });
    expect(renamed.names.slice(0, 3)).toEqual(["ID", "g", "kind"]);
    expect(renamed.numbers("g")).toBe(table.numbers("MAG"));
    expect(renamed.strings("kind")).toEqual(table.strings("CLASS"));
    const wider = table.withColumn("W", Float64Array.of(1, 2, 3, 4, 5), { unit: "km" });
    expect(wider.schema.at(-1)).toMatchObject({ name: "W", unit: "km" });
    expect(wider.withColumn("w", [5, 4, 3, 2, 1]).numbers("W")).toEqual(
      Float64Array.of(5, 4, 3, 2, 1),
    );
    const told = table.withMetadata("mag", { unit: "ABmag", legalMax: 30 });
    expect(told.schema[1]).toMatchObject({ unit: "ABmag", legalMax: 30, ucd: "phot.mag" });
    expect(told.numbers("MAG")).toBe(table.numbers("MAG"));
    expect(table.schema[1]).toMatchObject({ unit: "mag" });
  });

  it("slices in the memory of the whole", () => {
    const part = table.slice(1, 3);
    expect(part.toRows()).toEqual(table.toRows().slice(1, 4));
    for (const name of ["ID", "MAG", "N", "POS", "Z"]) {
      expect(part.numbers(name).buffer).toBe(table.numbers(name).buffer);
    }
    expect(part.column("N").nulls).toBe(1);
    expect(part.slice(1, 2).column("N").nulls).toBe(0);
    expect(table.head(2).toRows()).toEqual(table.toRows().slice(0, 2));
    expect(table.tail(2).toRows()).toEqual(table.toRows().slice(3));
    expect(table.head(99).rows).toBe(5);
    expect(table.slice(5).rows).toBe(0);
    for (let first = 0; first <= 5; ++first) {
      for (let count = 0; first + count <= 5; ++count) {
        expect(table.slice(first, count).toRows()).toEqual(
          table.toRows().slice(first, first + count),
        );
      }
    }
  });

  it("takes rows by position, in any order", async () => {
    const rows = table.toRows();
    const order = [4, 0, 2, 2, 1];
    const taken = await table.take(Uint32Array.from(order));
    expect(taken.toRows()).toEqual(order.map((i) => rows[i]));
    expect(taken.schema).toEqual(table.schema);
    expect(taken.column("N").nulls).toBe(1);
    expect((await table.take(new Uint32Array(0))).toRows()).toEqual([]);
  });

  it("filters by a mask and by a condition", async () => {
    const rows = table.toRows();
    const byMask = await table.filter(Uint8Array.of(1, 0, 0, 1, 1));
    expect(byMask.toRows()).toEqual([rows[0], rows[3], rows[4]]);
    expect((await table.filter([false, true, false, false, false])).toRows()).toEqual([rows[1]]);
    const bright = await table.filter("mag < 20.6 AND NOT class = 'QSO'");
    expect(bright.numbers("ID")).toEqual(BigInt64Array.of(9007199254740993n, 5n));
    expect((await table.filter("mag IS NULL")).toRows()).toEqual([rows[2]]);
    expect((await table.filter("N != 1")).numbers("ID")).toEqual(BigInt64Array.of(3n, 4n, 5n));
    expect((await table.filter("good")).rows).toBe(3);
    await expect(table.filter("magn < 3")).rejects.toThrowError(/MAG/);
    expect(await codeOf(() => table.filter([true]))).toBe("TABLE_ROWS");
    expect(await codeOf(() => table.filter("mag + 1"))).toBe("TABLE_BAD_ARGUMENT");
  });

  it("calculates columns of others", async () => {
    const wider = await table.withExpression("double", "2 * N", { unit: "count" });
    expect(wider.toRows().map((row) => row["double"])).toEqual([2n, null, 6n, 8n, 10n]);
    expect(wider.schema.at(-1)).toMatchObject({ name: "double", unit: "count", dtype: "int64" });
    const flux = await table.withExpression("f", "pow(10, -0.4 * MAG)");
    expect(flux.numbers("f")[3]).toBeCloseTo(10 ** -8.4, 12);
    const faint = await table.withExpression("faint", "mag > 20");
    expect(faint.toRows().map((row) => row["faint"])).toEqual([true, false, null, true, false]);
    await expect(table.withExpression("x", "CLASS + 1")).rejects.toSatisfy((error) =>
      isFitsError(error, "FITS_BAD_ARGUMENT"),
    );
  });

  it("sorts stably, nulls last or first", async () => {
    const ids = async (...by: Parameters<FitsTable["sort"]>): Promise<number[]> =>
      [...(await table.sort(...by)).numbers("ID")].map((id) => Number(id) % 10);
    expect(await ids("MAG")).toEqual([2, 5, 2, 4, 3]);
    expect(await ids("MAG", { descending: true, nulls: "first" })).toEqual([3, 4, 2, 2, 5]);
    expect(await ids("CLASS")).toEqual([4, 3, 2, 2, 5]);
    expect(await ids([{ column: "CLASS", descending: true }, "ID"])).toEqual([5, 2, 2, 3, 4]);
    expect(await codeOf(() => table.sort("POS"))).toBe("TABLE_TYPE");
    expect(await codeOf(() => table.sort("SPEC"))).toBe("TABLE_TYPE");
  });

  it("groups, nulls as a group of their own", async () => {
    const groups = await table.groupBy("CLASS").agg({
      MAG: ["mean", "count", "min", { quantile: 0.5 }],
      rows: { operation: "count" },
      last: { operation: "last", column: "ID" },
      ID: "sum",
    });
    expect(groups.toRows()).toEqual([
      {
        CLASS: "STAR",
        MAG_mean: 19.375,
        MAG_count: 2,
        MAG_min: 18.25,
        MAG_q50: 19.375,
        rows: 2,
        last: 5n,
        ID_sum: 9007199254740998n,
      },
      {
        CLASS: "QSO",
        MAG_mean: 18.25,
        MAG_count: 1,
        MAG_min: 18.25,
        MAG_q50: 18.25,
        rows: 1,
        last: 2n,
        ID_sum: 2n,
      },
      {
        CLASS: "GALAXY",
        MAG_mean: null,
        MAG_count: 0,
        MAG_min: null,
        MAG_q50: null,
        rows: 1,
        last: 3n,
        ID_sum: 3n,
      },
      {
        CLASS: "",
        MAG_mean: 21,
        MAG_count: 1,
        MAG_min: 21,
        MAG_q50: 21,
        rows: 1,
        last: 4n,
        ID_sum: 4n,
      },
    ]);
    expect(groups.schema[1]).toMatchObject({ unit: "mag", dtype: "float64" });
    expect(groups.schema[3]).toMatchObject({ unit: "mag", dtype: "float32" });
    expect((await table.groupBy("N").count()).toRows().map((row) => row["N"])).toEqual([
      1,
      null,
      3,
      4,
      5,
    ]);
    expect((await table.groupBy(["CLASS", "GOOD"]).mean()).names).toEqual([
      "CLASS",
      "GOOD",
      "ID_mean",
      "MAG_mean",
      "N_mean",
    ]);
    expect(await codeOf(() => table.groupBy("CLASS").agg({ CLASS: "mean" }))).toBe("TABLE_TYPE");
    expect(await codeOf(() => table.groupBy("CLASS").agg({ N: { quantile: 2 } }))).toBe(
      "TABLE_BAD_ARGUMENT",
    );
    const same = { CLASS: { operation: "count", column: "N" } } as const;
    expect(await codeOf(() => table.groupBy("CLASS").agg(same))).toBe("TABLE_DUPLICATE_COLUMN");
    expect(await codeOf(() => table.groupBy("POS").count())).toBe("TABLE_TYPE");
    expect(await codeOf(() => table.groupBy([]))).toBe("TABLE_BAD_ARGUMENT");
  });

  it("joins", async () => {
    const other = FitsTable.of({
      kind: ["QSO", "STAR", "STAR", "NOVA"],
      N: Int16Array.of(10, 20, 30, 40),
    });
    const on = [{ left: "CLASS", right: "kind" }];
    const left = table.select(["ID", "CLASS", "N"]);
    const rowsOf = async (...args: [Parameters<FitsTable["join"]>[2]]): Promise<unknown[]> =>
      (await left.join(other, on, ...args)).toRows().map((row) => Object.values(row));
    expect(await rowsOf("inner")).toEqual([
      [9007199254740993n, "STAR", 1, 20],
      [9007199254740993n, "STAR", 1, 30],
      [2n, "QSO", null, 10],
      [5n, "STAR", 5, 20],
      [5n, "STAR", 5, 30],
    ]);
    expect(await rowsOf("left")).toContainEqual([3n, "GALAXY", 3, null]);
    expect((await rowsOf("outer")).at(-1)).toEqual([null, "NOVA", null, 40]);
    expect(await rowsOf("semi")).toEqual([
      [9007199254740993n, "STAR", 1],
      [2n, "QSO", null],
      [5n, "STAR", 5],
    ]);
    expect(await rowsOf("anti")).toEqual([
      [3n, "GALAXY", 3],
      [4n, "", 4],
    ]);
    expect((await left.join(other, on)).names).toEqual(["ID", "CLASS", "N", "N_right"]);
    expect(await codeOf(() => left.join(other, [{ left: "ID", right: "kind" }]))).toBe(
      "TABLE_TYPE",
    );
    expect(await codeOf(() => left.join(other, "CLASS"))).toBe("TABLE_NO_COLUMN");
    expect(await codeOf(() => left.join(other, on, "left", { suffix: "" }))).toBe(
      "TABLE_DUPLICATE_COLUMN",
    );
  });

  it("is put below another one", async () => {
    const twice = FitsTable.concat([table, table.slice(1)]);
    expect(twice.toRows()).toEqual([...table.toRows(), ...table.toRows().slice(1)]);
    const { validity } = twice.column("N");
    expect(validity === undefined ? 0 : countNulls(validity, 9)).toBe(2);
    expect(FitsTable.concat([]).shape).toEqual([0, 0]);
    const other = FitsTable.of({ MAG: [1] });
    const one = FitsTable.of({ MAG: Float32Array.of(1) });
    expect(await codeOf(() => FitsTable.concat([one, other]))).toBe("TABLE_TYPE");
    expect(await codeOf(() => FitsTable.concat([table, one]))).toBe("TABLE_NO_COLUMN");
  });

  it("draws the same rows for the same seed, each once", async () => {
    const many = FitsTable.of({ i: Float64Array.from({ length: 1000 }, (_, i) => i) });
    const drawn = await many.sample(300, 7);
    expect(drawn.numbers("i")).toEqual((await many.sample(300, 7)).numbers("i"));
    expect(drawn.numbers("i")).not.toEqual((await many.sample(300, 8)).numbers("i"));
    expect(new Set<number | bigint>(drawn.numbers("i")).size).toBe(300);
    expect((await many.sample(1000, 1)).numbers("i")).toEqual(many.numbers("i"));
    // Uniform: the mean of 300 of 1000 has a deviation of 14.
    const mean = [...drawn.numbers("i")].reduce<number>((sum, i) => sum + Number(i), 0) / 300;
    expect(Math.abs(mean - 499.5)).toBeLessThan(60);
    expect(await codeOf(() => many.sample(1001))).toBe("TABLE_BAD_ARGUMENT");
  });

  it("is split by what its rows are, not by where they stand", async () => {
    const ids = BigInt64Array.from({ length: 2000 }, (_, i) => BigInt(i) * 7919n - 5n);
    const many = new FitsTable([
      makeColumn("id", ids),
      makeColumn(
        "name",
        Array.from(ids, (id) => `J${id}`),
      ),
      makeColumn("small", Int32Array.from(ids, Number)),
    ]);
    const fractions = { train: 0.7, validation: 0.1, test: 0.2 };
    const idsOf = (part: FitsTable): readonly unknown[] => part.toRows().map(({ id }) => id);
    for (const by of ["id", "name"]) {
      const parts = await many.split(fractions, { by });
      expect(Object.keys(parts)).toEqual(["train", "validation", "test"]);
      const all = Object.values(parts).flatMap((part) => idsOf(part));
      expect(new Set(all).size).toBe(2000);
      expect(parts.train.rows).toBeGreaterThan(1300);
      expect(parts.train.rows).toBeLessThan(1500);
      expect(parts.validation.rows).toBeGreaterThan(150);
      const turned = await (await many.sort("id", { descending: true })).split(fractions, { by });
      expect(idsOf(turned.test).toReversed()).toEqual(idsOf(parts.test));
    }
    // Integers of any width are the same value.
    const narrow = await many.split(fractions, { by: "small" });
    expect(idsOf(narrow.test)).toEqual(idsOf((await many.split(fractions, { by: "id" })).test));
    const seeded = await many.split(fractions, { by: "id", seed: 1 });
    expect(idsOf(seeded.test)).not.toEqual(idsOf(narrow.test));
    expect((await many.split({ all: 1, none: 0 })).none.rows).toBe(0);
    expect(await codeOf(() => many.split({ a: 0.5, b: 0.6 }))).toBe("TABLE_BAD_ARGUMENT");
    expect(await codeOf(() => table.split({ a: 1 }, { by: "POS" }))).toBe("TABLE_TYPE");
  });

  it("takes sentinels for nulls", () => {
    const raw = new FitsTable([
      makeColumn("g", Float32Array.of(20, -999.9, 99, 21)),
      makeColumn("n", Int16Array.of(1, -9999, 3, 4), { validity: bits("1101") }),
      makeColumn("id", BigInt64Array.of(-9999n, 2n, 99n, 4n)),
      makeColumn("word", ["a", "N/A", "b", ""]),
    ]);
    const honest = raw.withNulls(["g", "n", "id", "word"], [-999.9, 99, -9999, "N/A"]);
    expect(honest.toRows().map((row) => Object.values(row))).toEqual([
      [20, 1, null, "a"],
      [null, null, 2n, null],
      [null, null, null, "b"],
      [21, 4, 4n, ""],
    ]);
    expect(honest.numbers("g")[1]).toBeNaN();
    expect(raw.numbers("g")[1]).toBe(Math.fround(-999.9));
    expect(raw.withNulls(["g"], [7]).column("g")).toBe(raw.column("g"));
  });

  it("gives floats of any column of numbers", async () => {
    expect(table.floats("N")).toEqual(Float64Array.of(1, nan, 3, 4, 5));
    expect(table.floats("MAG")[2]).toBeNaN();
    const exact = FitsTable.of({ x: [1, 2] });
    expect(exact.floats("x")).toBe(exact.numbers("x"));
    expect(await codeOf(() => table.floats("ID"))).toBe("TABLE_TYPE");
    expect(await codeOf(() => table.floats("POS"))).toBe("TABLE_TYPE");
    expect(await codeOf(() => table.floats("CLASS"))).toBe("TABLE_TYPE");
  });

  it("finds distinct rows", async () => {
    expect((await table.unique(["CLASS"])).strings("CLASS")).toEqual(["STAR", "QSO", "GALAXY", ""]);
    const twice = FitsTable.concat([table, table]).select(["ID", "MAG", "N"]);
    expect((await twice.unique()).toRows()).toEqual(table.select(["ID", "MAG", "N"]).toRows());
  });

  it("describes its columns of numbers", async () => {
    const description = await table.describe();
    expect(description.strings("column")).toEqual(["ID", "MAG", "N"]);
    expect(description.row(1)).toMatchObject({ unit: "mag", count: 4, nulls: 1, min: 18.25 });
    expect(description.row(2)).toMatchObject({ count: 4, nulls: 1, mean: 3.25, median: 3.5 });
    expect((await table.select(["CLASS"]).describe()).shape).toEqual([0, 11]);
    expect(await table.percentile("N", 25)).toBe(2.5);
    expect(await table.slice(0, 0).percentile("N", 25)).toBeNaN();
  });

  it("converts units, with the limits", async () => {
    const sky = new FitsTable([
      makeColumn("RA", Float64Array.of(0, 90, 180), { unit: "deg", legalMax: 360 }),
      makeColumn("PM", Float32Array.of(1, 2, 3), { unit: "mas/yr" }),
      makeColumn("N", Int16Array.of(1, 2, 3), { unit: "km", validity: bits("101") }),
    ]);
    const turned = sky.convertUnits("ra", "rad").convertUnits("PM", "arcsec yr-1");
    expect(turned.numbers("RA")[2]).toBeCloseTo(Math.PI, 15);
    expect(turned.schema[0]).toMatchObject({ unit: "rad", legalMax: 2 * Math.PI });
    expect(turned.numbers("PM")).toEqual(Float32Array.of(1e-3, 2e-3, 3e-3));
    const far = sky.convertUnits("N", "m");
    expect(far.schema[2]).toMatchObject({ dtype: "float64", unit: "m" });
    expect(far.toRows().map((row) => row["N"])).toEqual([1000, null, 3000]);
    expect(await codeOf(() => sky.convertUnits("RA", "m"))).toBe("TABLE_UNIT");
    expect(await codeOf(() => table.convertUnits("CLASS", "m"))).toBe("TABLE_TYPE");
  });

  it("becomes tensors, in its own memory where nothing changes", async () => {
    const tensors = table.toTensors({ columns: ["ID", "MAG", "POS", "GOOD"] });
    expect(tensors["MAG"]).toEqual({ dtype: "float32", shape: [5], data: table.numbers("MAG") });
    expect(tensors["MAG"]?.data).toBe(table.numbers("MAG"));
    expect(tensors["POS"]?.shape).toEqual([5, 2]);
    expect(tensors["ID"]?.dtype).toBe("int64");
    expect(table.toTensors({ columns: ["MAG"], dtype: "float64" })["MAG"]?.data[0]).toBe(20.5);
    const filled = table.toTensors({ columns: ["N", "MAG"], fill: { N: -1, MAG: 99 } });
    expect(filled["N"]?.data).toEqual(Int16Array.of(1, -1, 3, 4, 5));
    expect(filled["MAG"]?.data[2]).toBe(99);
    expect(table.toTensors({ columns: ["N"], dtype: "float32" })["N"]?.data).toEqual(
      Float32Array.of(1, nan, 3, 4, 5),
    );
    const rounded = { columns: ["ID"], dtype: "float32" } as const;
    expect(await codeOf(() => table.toTensors(rounded))).toBe("TABLE_TYPE");
    expect(table.toTensors({ ...rounded, lossy: true })["ID"]?.data[0]).toBe(9007199254740992);
    expect(await codeOf(() => table.toTensors({ columns: ["N"] }))).toBe("TABLE_TYPE");
    // Integers would come out as others, or not at all.
    for (const [name, dtype] of [
      ["MAG", "int64"],
      ["ID", "int32"],
      ["N", "uint8"],
    ] as const) {
      const wrapped = { columns: [name], dtype, lossy: true };
      expect(await codeOf(() => table.toTensors(wrapped))).toBe("TABLE_TYPE");
    }
    expect(await codeOf(() => table.toTensors({ columns: ["CLASS"] }))).toBe("TABLE_TYPE");
    expect(await codeOf(() => table.toTensors({ columns: ["SPEC"] }))).toBe("TABLE_TYPE");
    const device = { upload: (arrays: object): readonly string[] => Object.keys(arrays) };
    expect(table.to(device, { columns: ["ID", "POS"] })).toEqual(["ID", "POS"]);
  });

  it("shows itself", () => {
    const text = String(table.select(["ID", "MAG", "CLASS", "N"]));
    expect(text.split("\n")).toEqual([
      "FitsTable: 5 rows, 4 columns",
      "              ID      MAG   CLASS      N",
      "                      mag",
      "           int64  float32  string  int16",
      "----------------  -------  ------  -----",
      "9007199254740993     20.5    STAR      1",
      "               2    18.25     QSO   null",
      "               3     null  GALAXY      3",
      "               4       21              4",
      "               5    18.25    STAR      5",
    ]);
    expect(inspect(table)).toBe(String(table));
    const long = FitsTable.of({ x: Float64Array.from({ length: 1000 }, (_, i) => i) });
    expect(String(long).split("\n")).toHaveLength(15);
    const small = FitsTable.of({ x: [0.0000017381087, 123456.789] });
    expect(formatTable(small, { digits: 3 }).split("\n").slice(-2)).toEqual(["1.74e-6", " 123000"]);
    const hostile = FitsTable.of({ "<b>": ["\u001b[31m<script>alert(1)</script>"] });
    const shown = hostile as unknown as Record<symbol, () => Record<string, string>>;
    const html = shown[Symbol.for("Jupyter.display")]?.()["text/html"] ?? "";
    expect(html).not.toContain("<script>");
    expect(html).not.toContain("<b>");
    expect(String(hostile)).not.toContain("\u001b");
    expect(String(new FitsTable([]))).toBe("FitsTable: 0 rows, 0 columns");
  });

  it("stops when it is told to", async () => {
    const x = Float64Array.from({ length: 200_000 }, (_, i) => (i * 7919) % 200_003);
    const many = FitsTable.of({ x, y: x });
    const verbs: readonly ((signal: AbortSignal) => Promise<unknown>)[] = [
      (signal) => many.sort("x", { signal }),
      (signal) => many.filter("x > 3", { signal }),
      (signal) => many.take(new Uint32Array(10), { signal }),
      (signal) => many.groupBy("x").agg({ y: "mean" }, { signal }),
      (signal) => many.join(many, "x", "inner", { signal }),
      (signal) => many.unique(["x"], { signal }),
      (signal) => many.describe({ signal }),
    ];
    for (const verb of verbs) {
      const aborted = AbortSignal.abort(new Error("enough"));
      await expect(verb(aborted)).rejects.toThrowError("enough");
    }
  });

  it("says what is wrong", async () => {
    expect(await codeOf(() => table.column("MAGG"))).toBe("TABLE_NO_COLUMN");
    expect(() => table.column("MAGG")).toThrowError(/did you mean MAG\?/);
    expect(await codeOf(() => table.column(8))).toBe("TABLE_NO_COLUMN");
    expect(await codeOf(() => table.rename({ MAG: "ID" }))).toBe("TABLE_DUPLICATE_COLUMN");
    expect(await codeOf(() => table.slice(3, 3))).toBe("TABLE_BAD_ARGUMENT");
    expect(await codeOf(() => table.row(5))).toBe("TABLE_BAD_ARGUMENT");
    expect(await codeOf(() => table.numbers("CLASS"))).toBe("TABLE_TYPE");
    expect(await codeOf(() => table.strings("MAG"))).toBe("TABLE_TYPE");
    expect(await codeOf(() => table.withColumn("W", [1]))).toBe("TABLE_ROWS");
    expect(await codeOf(() => makeColumn("W", [1, 2, 3], { cellShape: [2] }))).toBe("TABLE_ROWS");
    expect(await codeOf(() => makeColumn("W", ["\u03b1"]))).toBe("TABLE_TYPE");
    await expect(table.take(Uint32Array.of(5))).rejects.toSatisfy((error) =>
      isFitsError(error, "FITS_OUT_OF_BOUNDS"),
    );
  });
});
