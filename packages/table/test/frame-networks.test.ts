import { type ColumnOptions, type ColumnValues, FitsTable, makeColumn } from "@fitstream/table";
import {
  type FitOptions,
  FrameEncoder,
  FrameStatistics,
  TensorFrame,
  type TypeChoice,
} from "@fitstream/table/frame";
import { describe, expect, it } from "vitest";
import { noise } from "./helpers/catalogues.js";

const nan = Number.NaN;
const rows = 400;

/** Numbers between 0 and 1, every tenth missing where wanted. */
function draw(seed: number, of: (u: number) => number, hasGaps = false): Float64Array {
  const random = noise(seed);
  return Float64Array.from({ length: rows }, (_, i) => {
    const value = of(random.next().value);
    return hasGaps && (i + seed) % 10 === 0 ? nan : value;
  });
}

/** A column of each type of floats. */
const catalogue = new FitsTable([
  makeColumn(
    "ra",
    draw(1, (u) => 150 + u),
    { unit: "deg" },
  ),
  makeColumn(
    "dec",
    draw(2, (u) => 2 + u, true),
    { unit: "deg" },
  ),
  makeColumn(
    "mag_g",
    draw(3, (u) => 20 + u, true),
    { unit: "mag" },
  ),
  makeColumn(
    "mag_r",
    draw(4, (u) => 19 + 2 * u, true),
    { unit: "mag" },
  ),
  makeColumn(
    "flux_g",
    draw(5, (u) => 10 * u - 1, true),
    { unit: "nanomaggy" },
  ),
  makeColumn(
    "mjd",
    draw(6, (u) => 55000 + 900 * u, true),
    { unit: "d" },
  ),
  makeColumn(
    "redshift",
    draw(7, (u) => 0.1 + u, true),
  ),
  makeColumn(
    "size",
    draw(8, (u) => u ** 3, true),
  ),
  makeColumn(
    "spectrum",
    Float32Array.from({ length: 3 * rows }, (_, i) => (i % 50 ? i % 7 : nan)),
    {
      cellShape: [3],
    },
  ),
  makeColumn(
    "class",
    Array.from({ length: rows }, (_, i) => (i % 3 ? "STAR" : "QSO")),
  ),
]);

const defaults = {
  coordinate: { galactic: true, healpix: [4] },
  time: { period: 30 },
  magnitude: { features: ["magnitude", "colour", "flux", "luptitude"] },
  flux: { features: ["flux", "luptitude"], softening: 2 },
};

async function fitted(options: FitOptions = {}, table = catalogue): Promise<FrameEncoder> {
  return TensorFrame.fit(table, { dtype: "float64", defaults, ...options });
}

/** The columns of a matrix by name. */
function columnsOf(frame: TensorFrame): Map<string, Float64Array> {
  const { data, shape, names } = frame.toMatrix({ dtype: "float64" });
  const [count, width] = shape;
  return new Map(
    names.map((name, at) => {
      return [name, Float64Array.from({ length: count }, (_, i) => data[i * width + at] ?? nan)];
    }),
  );
}

const there = (values: Float64Array): Float64Array => values.filter((v) => !Number.isNaN(v));
const meanOf = (values: Float64Array): number =>
  values.reduce((sum, value) => sum + value, 0) / values.length;
const stdOf = (values: Float64Array): number =>
  Math.sqrt(meanOf(values.map((value) => (value - meanOf(values)) ** 2)));
const quantileOf = (values: Float64Array, q: number): number =>
  values.toSorted()[Math.ceil(q * values.length) - 1] ?? nan;

/** The same numbers to rounding, and NaN at the same places. */
function expectClose(found: Float64Array | undefined, expected: Float64Array): void {
  expect(found).toHaveLength(expected.length);
  const isSame = (value: number, i: number): boolean => {
    const other = found?.[i] ?? nan;
    return Number.isNaN(value) ? Number.isNaN(other) : Math.abs(value - other) < 1e-9;
  };
  expect(expected.findIndex((value, i) => !isSame(value, i))).toBe(-1);
}

/** One column of numbers, fitted and encoded. */
async function single(
  values: ColumnValues,
  choice: TypeChoice,
  told: ColumnOptions = {},
): Promise<{ readonly encoder: FrameEncoder; readonly columns: Map<string, Float64Array> }> {
  const table = new FitsTable([makeColumn("x", values, told)]);
  const encoder = await TensorFrame.fit(table, { types: { x: choice }, dtype: "float64" });
  return { encoder, columns: columnsOf(encoder.encode(table)) };
}

describe("scaled floats", () => {
  it("have mean 0 and standard deviation 1, of every type, what is derived too", async () => {
    const encoder = await fitted({ floats: { scale: "standard" } });
    const columns = columnsOf(encoder.encode(catalogue));
    const derived = ["mag.g-r", "mag_g.luptitude", "flux_g.luptitude", "ra_dec.l", "mjd.sin"];
    const of = ["redshift.distanceModulus", "redshift.log1p", "size", "mjd", "ra_dec.x"];
    expect([...columns.keys()]).toEqual(expect.arrayContaining([...derived, ...of]));
    for (const [name, values] of columns) {
      if (name.startsWith("spectrum")) continue;
      expect(meanOf(there(values)), name).toBeCloseTo(0, 8);
      expect(stdOf(there(values)), name).toBeCloseTo(1, 8);
    }
    const spectrum = there(
      Float64Array.from(
        [...columns].flatMap(([name, v]) => (name[0] === "s" && name[1] === "p" ? [...v] : [])),
      ),
    );
    expect([meanOf(spectrum), stdOf(spectrum)]).toEqual([
      expect.closeTo(0, 8),
      expect.closeTo(1, 8),
    ]);
  });

  it("have median 0 and quartiles 1 apart", async () => {
    const encoder = await fitted({ floats: { scale: "robust" } });
    for (const [name, values] of columnsOf(encoder.encode(catalogue))) {
      if (name.startsWith("spectrum")) continue;
      const quartiles = [0.25, 0.75].map((q) => quantileOf(there(values), q));
      expect(quantileOf(there(values), 0.5), name).toBeCloseTo(0, 8);
      expect((quartiles[1] ?? 0) - (quartiles[0] ?? 0), name).toBeCloseTo(1, 8);
    }
  });

  it("are scaled by the train part, and its statistics are saved", async () => {
    const train = await catalogue.take(Uint32Array.from({ length: 100 }, (_, i) => i));
    const encoder = await fitted({ floats: { scale: "standard" } }, train);
    const colour = encoder.statistics["mag"]?.["g-r"]?.numbers;
    const raw = columnsOf((await fitted({}, train)).encode(catalogue)).get("mag.g-r");
    expect(colour?.mean).toBeCloseTo(
      meanOf(there(raw?.slice(0, 100) ?? raw ?? new Float64Array())),
    );
    const restored = FrameEncoder.fromJSON(JSON.parse(JSON.stringify(encoder)));
    const found = columnsOf(restored.encode(catalogue)).get("mag.g-r");
    const { mean = nan, std = nan } = colour ?? {};
    expect(found).toEqual(raw?.map((value) => (value - mean) / std));
  });

  it("merge over workers as those of one", async () => {
    const floats = { scale: "standard" } as const;
    const plan = FrameStatistics.plan(catalogue, { dtype: "float64", defaults, floats });
    const total = FrameStatistics.from(JSON.parse(JSON.stringify(plan)));
    for (const part of [catalogue.slice(0, 150), catalogue.slice(150)]) {
      const worker = FrameStatistics.from(JSON.parse(JSON.stringify(plan)));
      worker.add(part);
      total.merge(FrameStatistics.from(JSON.parse(JSON.stringify(worker))));
    }
    const one = (await fitted({ floats })).encode(catalogue).toMatrix({ dtype: "float64" });
    const two = new FrameEncoder(total).encode(catalogue).toMatrix({ dtype: "float64" });
    expectClose(two.data, one.data);
  });

  it("are the luptitudes whose softening the fit found, by median and quartiles", async () => {
    const flux = draw(9, (u) => 10 * u - 1);
    const choice = { type: "flux", features: ["luptitude"] };
    for (const scale of ["standard", "robust"]) {
      const { columns } = await single(flux, { ...choice, scale });
      const [values = new Float64Array()] = columns.values();
      // Above and below the middle change places: with an even count they are neighbours.
      const [low, middle, high] = [0.25, 0.5, 0.75].map((q) => quantileOf(values, q));
      expect(middle).toBeCloseTo(0, 1);
      expect((high ?? 0) - (low ?? 0)).toBeCloseTo(scale === "robust" ? 1 : 1.349, 1);
    }
  });

  it("are zeros where a column is constant, and stay as they are without any value", async () => {
    const scaled = { type: "numerical", scale: "standard" };
    expect((await single([3, 3, 3], scaled)).columns.get("x")).toEqual(Float64Array.of(0, 0, 0));
    const { encoder } = await single([nan, nan], { ...scaled, missing: "mean" });
    const table = FitsTable.of({ x: [5, nan] });
    expect(encoder.encode(table).toMatrix().data).toEqual(Float32Array.of(5, 0));
  });

  it("make one column of a time, in float32 too", async () => {
    const encoder = await fitted({ dtype: "float32", floats: { scale: "standard" } });
    expect(encoder.encode(catalogue).columns.get("time")).toEqual(["mjd", "mjd.sin", "mjd.cos"]);
  });

  it("are refused by unknown ways", async () => {
    const wrong = { code: "TABLE_BAD_ARGUMENT", column: "x" };
    for (const option of [{ scale: "minmax" }, { missing: "mode" }, { indicator: "yes" }]) {
      const choice = { type: "numerical", ...option };
      await expect(single([1, 2], choice)).rejects.toMatchObject(wrong);
    }
    const floats = { scaling: "standard" } as FitOptions["floats"];
    await expect(fitted({ floats })).rejects.toThrow(/missing, ?scale, ?indicator, found scaling/);
  });
});

describe("missing floats", () => {
  it.each(["mean", "median", "zeros"] as const)("become %s in each column", async (missing) => {
    const columns = columnsOf((await fitted({ floats: { missing } })).encode(catalogue));
    const raw = columnsOf((await fitted()).encode(catalogue));
    const expected = {
      mean: meanOf,
      median: (v: Float64Array) => quantileOf(v, 0.5),
      zeros: () => 0,
    };
    for (const name of ["mag_g", "mag.g-r", "redshift.log1p", "ra_dec.z", "flux_g.luptitude"]) {
      const before = raw.get(name) ?? new Float64Array();
      const value = expected[missing](there(before));
      const found = columns.get(name);
      expect(there(before).length).toBeLessThan(rows);
      expectClose(
        found,
        before.map((known) => (Number.isNaN(known) ? value : known)),
      );
    }
    const gone = [...columns].filter(([, values]) => there(values).length < rows);
    expect(gone.map(([name]) => name)).toEqual([]);
  });

  it("become zeros that are zeros, of times and scaled numbers too", async () => {
    for (const [scale, dtype] of [
      ["none", "float64"],
      ["none", "float32"],
      ["standard", "float32"],
    ] as const) {
      const encoder = await fitted({ dtype, floats: { missing: "zeros", scale } });
      const columns = columnsOf(encoder.encode(catalogue));
      const names =
        dtype === "float32" && scale === "none" ? ["mjd", "mjd.low"] : ["mjd", "mag.g-r"];
      for (const name of names) {
        const gap = (
          catalogue.numbers(name === "mag.g-r" ? "mag_g" : "mjd") as Float64Array
        ).findIndex(Number.isNaN);
        expect(columns.get(name)?.[gap], name).toBe(0);
      }
    }
  });

  it("are the mean date of times", async () => {
    const mjd = Float64Array.of(55000.5, nan, 55002.5);
    const { columns } = await single(mjd, { type: "time", missing: "mean" });
    expect(columns.get("x")).toEqual(Float64Array.of(0.5, 1.5, 2.5));
  });

  it("are told by a column of 0 and 1 for each input", async () => {
    const floats = { missing: "mean", scale: "standard", indicator: true } as const;
    const frame = (await fitted({ floats })).encode(catalogue);
    const told = [...frame.columns].filter(([block]) => block.endsWith(".missing"));
    expect(Object.fromEntries(told)).toEqual({
      "coordinate.missing": ["ra_dec.missing"],
      "magnitude.missing": ["mag_g.missing", "mag_r.missing"],
      "flux.missing": ["flux_g.missing"],
      "time.missing": ["mjd.missing"],
      "redshift.missing": ["redshift.missing"],
      "numerical.missing": ["size.missing"],
      "embedding.missing": ["spectrum.missing"],
    });
    const columns = columnsOf(frame);
    for (const name of ["mag_g", "mag_r", "flux_g", "mjd", "redshift", "size"]) {
      const values = catalogue.numbers(name);
      const expected = Float64Array.from(values as Float64Array, (v) => Number(Number.isNaN(v)));
      expect(columns.get(`${name}.missing`), name).toEqual(expected);
    }
    const spectra = catalogue.numbers("spectrum");
    const holes = Float64Array.from({ length: rows }, (_, row) =>
      Number(spectra.slice(3 * row, 3 * row + 3).some((value) => Number.isNaN(value))),
    );
    expect(columns.get("spectrum.missing")).toEqual(holes);
    // Filled by the mean, then scaled by it.
    const gap = (catalogue.numbers("mag_g") as Float64Array).findIndex(Number.isNaN);
    expect(columns.get("mag.g-r")?.[gap]).toBe(0);
  });

  it("are sentinels, too", async () => {
    const { columns } = await single([1, -9999, 3], { type: "numerical", indicator: true });
    expect(columns.get("x.missing")).toEqual(Float64Array.of(0, 1, 0));
  });
});

describe("a target", () => {
  const z = catalogue.numbers("redshift") as Float64Array;

  it("is transformed, and predictions are turned back", async () => {
    const encoder = await fitted({ target: { column: "redshift", transform: "log1p" } });
    const { target } = encoder.encode(catalogue);
    expect(target?.data).toEqual(z.map(Math.log1p));
    const decoded = encoder.decodeTarget(target?.data as Float64Array);
    expectClose(decoded, z);
    const restored = FrameEncoder.fromJSON(JSON.parse(JSON.stringify(encoder)));
    expect(restored.decodeTarget([Math.log(2)])[0]).toBeCloseTo(1, 12);
    expect(restored.targetStatistics?.numbers?.mean).toBeCloseTo(meanOf(there(z)), 12);
  });

  it("is neither filled nor scaled as features are", async () => {
    const floats = { scale: "standard", missing: "mean", indicator: true } as const;
    for (const types of [{}, { redshift: { type: "numerical" } }]) {
      const encoder = await fitted({ target: "redshift", floats, types });
      expect(encoder.encode(catalogue).target?.data).toEqual(z);
      expect(encoder.decodeTarget([0.5, nan])).toEqual(Float64Array.of(0.5, nan));
    }
  });

  it("is turned back where it was scaled on purpose", async () => {
    const redshift = { type: "numerical", scale: "standard", indicator: true };
    const target = { column: "redshift", transform: "log1p" } as const;
    const encoder = await fitted({ target, types: { redshift } });
    const encoded = encoder.encode(catalogue).target;
    expect(encoded?.shape).toEqual([rows, 1]);
    expect(stdOf(there(encoded?.data as Float64Array))).toBeCloseTo(1, 8);
    const decoded = encoder.decodeTarget(encoded?.data as Float64Array);
    expectClose(decoded, z);
  });

  it("tells its statistics by one name, whatever it is", async () => {
    const classes = (await fitted({ target: "class" })).targetStatistics;
    expect(classes?.categories?.values).toEqual(["QSO", "STAR"]);
    const types = { redshift: { type: "redshift", features: ["log1p"] } };
    const chosen = (await fitted({ target: "redshift", types })).targetStatistics;
    expect(chosen?.numbers?.mean).toBeCloseTo(meanOf(there(z)), 12);
  });

  it("is not turned back, or transformed, where it is no number", async () => {
    const encoder = await fitted({ target: "class" });
    expect(() => encoder.decodeTarget([0])).toThrow(/column class: .*found categorical/);
    const none = await fitted();
    expect(() => none.decodeTarget([0])).toThrow(
      expect.objectContaining({ code: "TABLE_BAD_ARGUMENT" }),
    );
    const target = { column: "class", transform: "log1p" } as const;
    await expect(fitted({ target })).rejects.toThrow(/column class: only targets that are numbers/);
    const wrong = { column: "redshift", transform: "log" as "log1p" };
    await expect(fitted({ target: wrong })).rejects.toThrow(/transform.*found log/);
  });
});

describe("a matrix", () => {
  it("has all floats side by side, and nothing else", async () => {
    const frame = (await fitted({ dtype: "float32" })).encode(catalogue);
    const { data, dtype, shape, names } = frame.toMatrix();
    expect(dtype).toBe("float32");
    expect(data).toBeInstanceOf(Float32Array);
    expect(shape).toEqual([rows, names.length]);
    expect(data).toHaveLength(rows * names.length);
    expect(names.slice(0, 3)).toEqual(["ra_dec.x", "ra_dec.y", "ra_dec.z"]);
    expect(names.slice(-3)).toEqual(["spectrum[0]", "spectrum[1]", "spectrum[2]"]);
    expect(names.filter((name) => /class|healpix/.test(name))).toEqual([]);
    const mags = frame.blocks.get("magnitude");
    const at = names.indexOf("mag.g-r");
    const place = frame.columns.get("magnitude")?.indexOf("mag.g-r") ?? nan;
    const width = mags?.shape[1] ?? nan;
    expect(data[7 * names.length + at]).toBe(
      mags?.layout === "dense" ? mags.data[7 * width + place] : undefined,
    );
  });

  it("has the columns and the dtype that are asked for", async () => {
    const frame = (await fitted()).encode(catalogue);
    const some = frame.toMatrix({ columns: ["size", "mag.g-r", "spectrum"], dtype: "float64" });
    expect(some.names).toEqual(["size", "mag.g-r", "spectrum[0]", "spectrum[1]", "spectrum[2]"]);
    expect(some.data.filter((_, i) => i % 5 === 0)).toEqual(catalogue.numbers("size"));
    expect(frame.toMatrix({ columns: ["size"] }).data).toEqual(
      Float32Array.from(catalogue.numbers("size") as Float64Array),
    );
    expect(frame.toMatrix({ columns: [] })).toMatchObject({ shape: [rows, 0], names: [] });
    expect(() => frame.toMatrix({ columns: ["class"] })).toThrow(/no floats.*found class/);
    expect(() => frame.toMatrix({ columns: ["nothing"] })).toThrow(/no such column/);
  });

  it("is no memory of the frame", async () => {
    const frame = (await fitted({ columns: ["size"] })).encode(catalogue);
    const { data } = frame.toMatrix({ dtype: "float64" });
    data[0] = 42;
    expect(frame.toMatrix().data[0]).not.toBe(42);
  });
});
