import { spawnSync } from "node:child_process";
import { createHash } from "node:crypto";
import { fileURLToPath } from "node:url";
import { inspect } from "node:util";
import { FitsTable, makeColumn } from "@fitstream/table";
import { FrameEncoder, TensorFrame } from "@fitstream/table/frame";
import { beforeAll, describe, expect, it } from "vitest";
import { catalogue, gaia, sdss } from "./helpers/catalogues.js";

function digestOf(frame: TensorFrame): string {
  const hash = createHash("sha256");
  for (const { data, shape } of Object.values(frame.toTensors())) {
    hash.update(JSON.stringify(shape)).update(data);
  }
  return hash.digest("hex");
}

/** Rows of a table, by way of an index. */
function rowsOf(table: FitsTable, begin: number, end: number): FitsTable {
  return new FitsTable(
    table.columns.map((column) => {
      const values =
        column.layout === "string"
          ? column.toArray().slice(begin, end)
          : column.data.slice(begin, end);
      return makeColumn(column.info.name, values, {
        unit: column.info.unit,
        kind: column.info.kind,
      });
    }),
  );
}

let train: FitsTable;
let encoder: FrameEncoder;
let frame: TensorFrame;

beforeAll(async () => {
  train = sdss(300);
  encoder = await TensorFrame.fit(train, { target: "class", types: { mjd: "ignore" } });
  frame = encoder.encode(train);
});

describe("a fit", () => {
  it("makes a block for each semantic type", () => {
    expect(Object.fromEntries(frame.columns)).toEqual({
      id: ["objID", "specObjID", "fiberID"],
      coordinate: ["ra_dec.x", "ra_dec.y", "ra_dec.z"],
      magnitude: [
        ...["psfMag_u", "psfMag_g", "psfMag_r", "psfmag.u-g", "psfmag.g-r"],
        ...["modelMag_g", "modelMag_r", "modelmag.g-r"],
      ],
      numerical: ["psfMagErr_r", "extinction_r", "petroR50_r", "zErr", "plate"],
      redshift: [
        "z",
        ...[
          "log1p",
          "comovingDistance",
          "luminosityDistance",
          "distanceModulus",
          "lookbackTime",
        ].map((name) => `z.${name}`),
      ],
      categorical: ["zWarning", "clean"],
      flux: ["psfFlux_r", "psfFlux_r.luptitude"],
    });
  });

  it("keeps the target apart, its categories by value", () => {
    expect(frame.target).toMatchObject({
      name: "class",
      categories: ["GALAXY", "QSO", "STAR"],
      dtype: "int32",
      shape: [300, 1],
    });
    const classes = train.column("class");
    const expected = classes.layout === "string" ? classes.toArray() : [];
    const { target } = frame;
    const found = Array.from(target?.data as Int32Array, (i) => target?.categories?.[i]);
    expect(found).toEqual(expected);
    expect([...frame.columns.values()].flat()).not.toContain("class");
  });

  it("predicts a redshift as a number", async () => {
    const fitted = await TensorFrame.fit(train, { target: "z" });
    const { target } = fitted.encode(train);
    expect(target?.data).toEqual(train.numbers("z"));
    expect(target?.categories).toBeUndefined();
  });

  it("tells what it found of the target", async () => {
    const classes = encoder.targetStatistics?.categories;
    expect(classes?.values).toEqual(encoder.encode(train).target?.categories);
    expect(classes?.counts.reduce((a, b) => a + b, 0)).toBe(train.rows);
    const fitted = await TensorFrame.fit(train, { target: "z" });
    const z = train.numbers("z") as Float64Array;
    const mean = z.reduce((a, b) => a + b, 0) / z.length;
    expect(fitted.targetStatistics?.numbers?.mean).toBeCloseTo(mean, 12);
    expect((await TensorFrame.fit(train)).targetStatistics).toBeUndefined();
  });

  it("does without the target where there is none to learn from", () => {
    const others = train.columns.filter(({ info }) => info.name !== "class");
    const without = encoder.encode(new FitsTable(others));
    expect(without.target).toBeUndefined();
    expect(without.blocks.get("redshift")).toEqual(frame.blocks.get("redshift"));
  });

  it("is the same in one pass over parts", async () => {
    const parts = [rowsOf(train, 0, 50), rowsOf(train, 50, 51), rowsOf(train, 51, 300)];
    async function* stream(): AsyncGenerator<FitsTable> {
      yield* parts;
    }
    const types = { mjd: "ignore", plate: "numerical", zWarning: "categorical" };
    for (const tables of [parts, stream()]) {
      const fitted = await TensorFrame.fit(tables, { target: "class", types });
      const [one, some] = [encoder.statistics["plate"], fitted.statistics["plate"]];
      expect(some?.["value"]?.numbers?.quantiles).toEqual(one?.["value"]?.numbers?.quantiles);
      expect(fitted.statistics["zWarning"]).toEqual(encoder.statistics["zWarning"]);
    }
    await expect(TensorFrame.fit([])).rejects.toThrow(/nothing to fit/);
  });

  it("takes the columns it is given", async () => {
    const some = await TensorFrame.fit(train, {
      columns: ["Z", "plate"],
      types: { clean: "categorical" },
    });
    expect(some.features.map(({ name }) => name)).toEqual(["z", "plate", "clean"]);
    const explained = some.features.map(({ type, reason }) => `${type}: ${reason}`);
    expect(explained[0]).toBe("redshift: the name z");
    expect(explained[2]).toBe("categorical: your choice");
    expect(String(some)).toMatch(/^feature +type +columns +why\nz +redshift +z +the name z\n/);
  });

  it("takes what belongs to a column that is not there for a number", async () => {
    const lonely = catalogue([["flux_ivar_g", "float32", "1/nanomaggy^2"]]);
    const [feature] = (await TensorFrame.fit(lonely)).features;
    expect(feature).toMatchObject({ type: "numerical", reason: "a flux with nothing beside it" });
    const half = await TensorFrame.fit(train, { columns: ["ra"] });
    expect(half.encode(train).columns.get("numerical")).toEqual(["ra"]);
  });

  it("has options for all features of a type", async () => {
    const defaults = { magnitude: { features: ["magnitude"] }, coordinate: { galactic: true } };
    const fitted = await TensorFrame.fit(train, { defaults });
    const { columns } = fitted.encode(train);
    expect(columns.get("magnitude")).toHaveLength(5);
    expect(columns.get("coordinate")).toContain("ra_dec.b");
  });

  it("refuses what makes no sense", async () => {
    await expect(TensorFrame.fit(train, { target: "klass" })).rejects.toMatchObject({
      code: "TABLE_NO_COLUMN",
    });
    await expect(TensorFrame.fit(train, { types: { nothing: "id" } })).rejects.toThrow(/nothing/);
    const wide = TensorFrame.fit(train, { dtype: "float16" as "float32" });
    await expect(wide).rejects.toThrow(/float32 or float64/);
    const twice = new FitsTable([...train.columns, makeColumn("z", new Float32Array(300))]);
    await expect(TensorFrame.fit(twice)).rejects.toMatchObject({
      code: "TABLE_DUPLICATE_COLUMN",
      column: "z",
    });
  });
});

describe("an encoder", () => {
  it("encodes rows the same whatever other rows there are", () => {
    const parts = [rowsOf(train, 0, 7), rowsOf(train, 7, 200), rowsOf(train, 200, 300)];
    const joined = TensorFrame.concat(parts.map((part) => encoder.encode(part)));
    expect(joined.equals(frame)).toBe(true);
  });

  it("gives identical encodings after it was saved, in another process", async () => {
    const test = gaia(100);
    const fitted = await TensorFrame.fit(gaia(500), {
      types: { parallax: { type: "numerical", scale: "standard", missing: "median" } },
      defaults: { coordinate: { healpix: [8], galactic: true } },
      columns: ["ra", "dec", "phot_g_mean_flux", "phot_g_mean_mag", "phot_bp_mean_mag"],
    });
    const used = fitted.features.flatMap(({ columns }) => columns);
    const columns = used.map((name) => [
      name,
      [...test.numbers(name)],
      test.column(name).info.unit,
    ]);
    const helper = fileURLToPath(new URL("helpers/encode.mjs", import.meta.url));
    const { stdout, stderr } = spawnSync(process.execPath, [helper], {
      input: JSON.stringify({ state: fitted, columns }),
      encoding: "utf8",
    });
    expect(stderr).toBe("");
    expect(stdout).toBe(digestOf(fitted.encode(test)));
  });

  it("is the same after JSON", () => {
    const again = FrameEncoder.fromJSON(JSON.parse(JSON.stringify(encoder)));
    expect(again.encode(train).equals(frame)).toBe(true);
    expect(JSON.stringify(again)).toBe(JSON.stringify(encoder));
  });

  it.each([
    ["a newer version", { version: 3 }, /expected 2, found 3/],
    ["the version before", { version: 1 }, /fit it again; expected 2, found 1/],
    ["another thing", { format: "frame" }, /no saved frame/],
    ["features that are none", { plan: { dtype: "float32", features: [{ name: 1 }] } }, /damaged/],
    ["no statistics", { statistics: { z: { z: { rows: "many" } } } }, /statistics/],
    ["no plan", { plan: null }, /damaged/],
  ])("refuses a state of %s", (_, change, message) => {
    const state = { ...JSON.parse(JSON.stringify(encoder)), ...change };
    const read = (): unknown => FrameEncoder.fromJSON(state);
    expect(read).toThrow(message);
    expect(read).toThrow(expect.objectContaining({ code: "TABLE_BAD_STATE" }));
  });

  it("refuses options of another kind, from files and from users", async () => {
    for (const value of [undefined, 5, "none", ["many"]]) {
      const state = JSON.parse(JSON.stringify(encoder));
      const feature = state.plan.features.find(({ options }: { options: object }) => {
        return "sentinels" in options;
      });
      feature.options.sentinels = value;
      expect(() => FrameEncoder.fromJSON(state)).toThrow(
        expect.objectContaining({ code: "TABLE_BAD_STATE" }),
      );
    }
    const table = FitsTable.of({ x: [1, 2, 3.5] });
    const types = { x: { type: "numerical", sentinels: 5 } };
    await expect(TensorFrame.fit(table, { types })).rejects.toMatchObject({
      code: "TABLE_BAD_ARGUMENT",
    });
  });

  it("refuses states with unknown types and broken cosmologies", () => {
    const state = JSON.parse(JSON.stringify(encoder));
    const [first] = state.plan.features;
    first.type = "spectrum";
    expect(() => FrameEncoder.fromJSON(state)).toThrow(/not registered.*found spectrum/);
    first.type = "id";
    state.plan.cosmology = { H0: 70 };
    expect(() => FrameEncoder.fromJSON(state)).toThrow(/cosmology of the saved frame/);
    expect(() => FrameEncoder.fromJSON("{}")).toThrow(/no saved frame/);
  });

  it("takes the same unit in another spelling", async () => {
    const fitted = await TensorFrame.fit(catalogue([["speed", "float32", "km/s"]]));
    const same = catalogue([["speed", "float32", "km s-1"]]);
    expect(fitted.encode(same).rows).toBe(200);
    const other = catalogue([["speed", "float32", "m/s"]]);
    expect(() => fitted.encode(other)).toThrow(/expected km\/s, found m\/s/);
  });

  it("names the column that another table lacks, or has in another unit", async () => {
    expect(() => encoder.encode(gaia(3))).toThrow(/no such column.*found objID/);
    const one = catalogue([["size", "float32", "arcsec"]]);
    const fitted = await TensorFrame.fit(one);
    const other = catalogue([["size", "float32", "deg"]]);
    expect(() => fitted.encode(other)).toThrow(
      expect.objectContaining({
        code: "TABLE_UNIT",
        column: "size",
        expected: "arcsec",
        found: "deg",
      }),
    );
  });
});

describe("a frame", () => {
  it("takes rows, in any order", () => {
    const some = frame.take([5, 0, 5]);
    expect(some.rows).toBe(3);
    const all = frame.column("z");
    const found = some.column("z");
    if (all.layout !== "dense" || found.layout !== "dense") throw new Error("z is dense");
    expect([...found.data]).toEqual([all.data[5], all.data[0], all.data[5]]);
    expect(some.target?.data[1]).toBe(frame.target?.data[0]);
    expect(() => frame.take([300])).toThrow(/0 to 299, found 300/);
    expect(() => frame.take([0.5])).toThrow(/no such row/);
  });

  it("is sliced as arrays are", () => {
    expect(
      frame.slice(10, 20).equals(frame.take(Array.from({ length: 10 }, (_, i) => 10 + i))),
    ).toBe(true);
    expect(frame.slice(-5).rows).toBe(5);
    expect(frame.slice(20, 10).rows).toBe(0);
    expect(frame.slice(-1000, 1000).equals(frame)).toBe(true);
    expect(frame.slice(0, 0).equals(frame)).toBe(false);
  });

  it("selects columns and whole blocks", () => {
    const some = frame.select(["magnitude", "z.log1p", "z", "objID"]);
    expect(Object.fromEntries(some.columns)).toMatchObject({
      redshift: ["z.log1p", "z"],
      id: ["objID"],
    });
    expect(some.blocks.get("redshift")?.shape).toEqual([300, 2]);
    expect(some.column("z")).toEqual(frame.column("z"));
    expect(some.target).toBe(frame.target);
    expect(() => frame.select(["zz"])).toThrow(/no such column/);
  });

  it("keeps cells of different length through its verbs", async () => {
    const tags = ["a|b", "", "b", "c|a|b"];
    const more = makeColumn("n", Int16Array.of(1, 2, 3), { offsets: Int32Array.of(0, 1, 1, 3, 3) });
    const table = new FitsTable([makeColumn("tags", tags), more]);
    const types = { tags: "multicategorical", n: "multicategorical" };
    const ragged = (await TensorFrame.fit(table, { types })).encode(table);
    const parts = [ragged.slice(0, 1), ragged.slice(1, 3), ragged.slice(3)];
    expect(TensorFrame.concat(parts).equals(ragged)).toBe(true);
    const turned = ragged.take([3, 2, 1, 0]);
    expect(turned.equals(ragged)).toBe(false);
    expect(turned.take([3, 2, 1, 0]).equals(ragged)).toBe(true);
    const column = turned.select(["n"]).column("n");
    expect(column.layout === "ragged" && [[...column.values], [...column.offsets]]).toEqual([
      [1, 2, 0],
      [0, 0, 2, 2, 3],
    ]);
    expect(Object.keys(ragged.toTensors())).toEqual([
      "multicategorical.values",
      "multicategorical.offsets",
    ]);
  });

  it("joins frames of the same columns only", () => {
    expect(TensorFrame.concat([frame, frame]).rows).toBe(600);
    expect(() => TensorFrame.concat([frame, frame.select(["z"])])).toThrow(/same columns/);
    expect(() => TensorFrame.concat([])).toThrow(/one frame or more/);
  });

  it("gives tensors as batches have them, without ids", () => {
    const tensors = frame.toTensors();
    expect(Object.keys(tensors)).not.toContain("id");
    expect(tensors["magnitude"]).toMatchObject({ shape: [300, 8], dtype: "float32" });
    expect(tensors["magnitude"]?.data).toBeInstanceOf(Float32Array);
    expect(tensors["target"]).toMatchObject({ shape: [300], dtype: "int32" });
  });

  it("describes itself", () => {
    const z = frame.describe().find(({ name }) => name === "z");
    const known = encoder.statistics["z"]?.["z"]?.numbers;
    expect(z).toMatchObject({ block: "redshift", dtype: "float32", width: 1, missing: 0 });
    expect(z?.mean).toBeCloseTo(known?.mean ?? 0, 6);
    expect(z?.max).toBeCloseTo(known?.max ?? 0, 6);
    const text = String(frame);
    expect(text).toMatch(/^TensorFrame of 300 rows \(.*magnitude 8.*target class\)\ncolumn +block/);
    expect(inspect(frame)).toBe(text);
  });

  it("has no rows of a table without rows", async () => {
    const empty = sdss(0);
    const fitted = await TensorFrame.fit(empty);
    const none = fitted.encode(empty);
    expect(none.rows).toBe(0);
    expect(none.blocks.get("magnitude")?.shape).toEqual([0, 8]);
    expect(encoder.encode(empty).blocks.get("coordinate")?.shape).toEqual([0, 3]);
  });
});
