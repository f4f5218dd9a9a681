import { type ColumnOptions, type ColumnValues, FitsTable, makeColumn } from "@fitstream/table";
import {
  ang2pix,
  type FrameEncoder,
  galactic,
  luptitude,
  numbersOf,
  Planck18,
  registerSemanticType,
  SDSS_SOFTENING,
  semanticTypes,
  TensorFrame,
  type TypeChoice,
  unitVectors,
} from "@fitstream/table/frame";
import { describe, expect, it } from "vitest";

type Columns = Record<string, ColumnValues | readonly [ColumnValues, ColumnOptions]>;

function tableOf(columns: Columns): FitsTable {
  return new FitsTable(
    Object.entries(columns).map(([name, given]) => {
      const isPair = Array.isArray(given) && given.length === 2 && ArrayBuffer.isView(given[0]);
      const [values, options] = isPair ? (given as [ColumnValues, ColumnOptions]) : [given, {}];
      return makeColumn(name, values as ColumnValues, options);
    }),
  );
}

/** One feature of a table. */
async function fitted(
  columns: Columns,
  types: Record<string, TypeChoice>,
  options = {},
): Promise<{ frame: TensorFrame; encoder: FrameEncoder }> {
  const table = tableOf(columns);
  const encoder = await TensorFrame.fit(table, { types, columns: [], ...options });
  return { frame: encoder.encode(table), encoder };
}

/** A column of a frame as a list; floats to a few digits. */
function listed(frame: TensorFrame, name: string): (number | bigint)[] {
  const column = frame.column(name);
  const data = column.layout === "dense" ? column.data : column.values;
  return Array.from(data as ArrayLike<number | bigint>);
}

/** Bit i is whether row i has a value. */
const validity = (bits: string): Uint8Array => Uint8Array.of(Number.parseInt(bits, 2));

const nan = Number.NaN;

describe("numerical", () => {
  const x = Float64Array.of(1, nan, 3, -9999, Number.POSITIVE_INFINITY, 8);
  const columns = { x: [x, { validity: validity("11110111") }] } as const;

  it("has NaN for nulls, sentinels and what is not finite, and counts each", async () => {
    const { frame, encoder } = await fitted(columns, { x: "numerical" });
    expect(frame.blocks.get("numerical")).toMatchObject({ shape: [6, 1], dtype: "float32" });
    expect(listed(frame, "x")).toEqual([1, nan, 3, nan, nan, 8]);
    expect(encoder.statistics["x"]?.["value"]).toMatchObject({
      rows: 6,
      nulls: 1,
      nan: 2,
      sentinels: 0,
      numbers: { count: 3, mean: 4 },
    });
    const without = await fitted({ x }, { x: { type: "numerical", sentinels: [8] } });
    expect(without.encoder.statistics["x"]?.["value"]).toMatchObject({ sentinels: 1 });
    expect(listed(without.frame, "x")).toEqual([1, nan, 3, -9999, nan, nan]);
  });

  it.each([
    ["mean", 4],
    ["median", 3],
    ["zeros", 0],
    ["keep", nan],
  ])("fills what is missing by %s", async (missing, value) => {
    const { frame } = await fitted(columns, { x: { type: "numerical", missing } });
    expect(listed(frame, "x")).toEqual([1, value, 3, value, value, 8]);
  });

  it("is scaled by the statistics of the fit", async () => {
    const even = { x: Float64Array.of(1, 2, 3, 4, 5) };
    const standard = await fitted(even, { x: { type: "numerical", scale: "standard" } });
    const robust = await fitted(even, { x: { type: "numerical", scale: "robust" } });
    const std = Math.SQRT2;
    expect(listed(standard.frame, "x")).toEqual([-2, -1, 0, 1, 2].map((v) => Math.fround(v / std)));
    expect(listed(robust.frame, "x")).toEqual([-1, -0.5, 0, 0.5, 1]);
    const other = robust.encoder.encode(tableOf({ x: Float64Array.of(7) }));
    expect(listed(other, "x")).toEqual([2]);
  });

  it("is float64 where asked for", async () => {
    const { frame } = await fitted({ x: [0.1, 0.2] }, { x: "numerical" }, { dtype: "float64" });
    expect(listed(frame, "x")).toEqual([0.1, 0.2]);
  });

  it("refuses 64-bit values that no number holds, and vectors", async () => {
    const wide = { x: BigInt64Array.of(1n, 2n ** 60n) };
    await expect(fitted(wide, { x: "numerical" })).rejects.toMatchObject({
      code: "TABLE_TYPE",
      column: "x",
      row: 1,
    });
    const vectors = { x: [new Float32Array(4), { cellShape: [2] }] } as const;
    await expect(fitted(vectors, { x: "numerical" })).rejects.toThrow(
      /column x:.*found float32 of 2/,
    );
  });
});

describe("categorical", () => {
  const columns = { c: ["b", "a", "b", "c", "b", "a"] };

  it("counts categories, the most frequent first, and has -1 for those it never saw", async () => {
    const { frame, encoder } = await fitted(columns, { c: "categorical" });
    expect(frame.blocks.get("categorical")?.dtype).toBe("int32");
    expect(listed(frame, "c")).toEqual([0, 1, 0, 2, 0, 1]);
    const other = encoder.encode(tableOf({ c: ["zebra", "c"] }));
    expect(listed(other, "c")).toEqual([-1, 2]);
  });

  it("takes whole numbers, logicals and nulls", async () => {
    const { frame } = await fitted(
      {
        n: Int16Array.of(7, 9, 7),
        flag: [true, false, false],
        wide: BigInt64Array.of(2n ** 60n, 2n ** 60n + 1n, 2n ** 60n),
        gaps: [Int32Array.of(1, 2, 2), { validity: validity("110") }],
      },
      { n: "categorical", flag: "categorical", wide: "categorical", gaps: "categorical" },
    );
    expect(frame.columns.get("categorical")).toEqual(["n", "flag", "wide", "gaps"]);
    expect(listed(frame, "n")).toEqual([0, 1, 0]);
    expect(listed(frame, "flag")).toEqual([1, 0, 0]);
    expect(listed(frame, "wide")).toEqual([0, 1, 0]);
    expect(listed(frame, "gaps")).toEqual([-1, 0, 0]);
  });

  it("fills with the most frequent, and keeps as many as asked for", async () => {
    const choice = { type: "categorical", missing: "mostFrequent", limit: 2 };
    expect(listed((await fitted(columns, { c: choice })).frame, "c")).toEqual([0, 1, 0, 0, 0, 1]);
    const some = await fitted(columns, { c: { type: "categorical", limit: 2 } });
    expect(listed(some.frame, "c")).toEqual([0, 1, 0, -1, 0, 1]);
  });
});

describe("multicategorical", () => {
  it("has cells of categories, whatever they come from", async () => {
    const { frame } = await fitted(
      {
        tags: ["a|b", "", "b| c"],
        cells: [Int16Array.of(5, 6, 5), { offsets: Int32Array.of(0, 2, 2, 3) }],
        bits: [Uint8Array.of(1, 0, 0, 1, 1, 0), { cellShape: [2], kind: "bit" }],
        pairs: [Int32Array.of(3, 3, 3, 4, 4, 3), { cellShape: [2] }],
      },
      {
        tags: "multicategorical",
        cells: "multicategorical",
        bits: "multicategorical",
        pairs: "multicategorical",
      },
    );
    const block = frame.blocks.get("multicategorical");
    expect(block).toMatchObject({ layout: "ragged", shape: [3, 4], dtype: "int32" });
    const cell = (name: string): [unknown, unknown] => {
      const column = frame.column(name);
      return column.layout === "ragged" ? [[...column.values], [...column.offsets]] : [0, 0];
    };
    expect(cell("tags")).toEqual([
      [1, 0, 0, 2],
      [0, 2, 2, 4],
    ]);
    expect(cell("cells")).toEqual([
      [0, 1, 0],
      [0, 2, 2, 3],
    ]);
    expect(cell("bits")).toEqual([
      [0, 1, 0],
      [0, 1, 2, 3],
    ]);
    expect(cell("pairs")).toEqual([
      [0, 0, 0, 1, 1, 0],
      [0, 2, 4, 6],
    ]);
  });
});

describe("embedding", () => {
  it("keeps vectors, with NaN for elements that are null", async () => {
    const v = Float32Array.of(1, 2, 3, 4, 5, 6);
    const { frame, encoder } = await fitted(
      { v: [v, { cellShape: [3], validity: validity("11111101") }], w: [v, { cellShape: [3] }] },
      { v: "embedding", w: "embedding" },
    );
    expect(frame.blocks.get("embedding")).toMatchObject({ shape: [2, 6], widths: [3, 3] });
    expect(listed(frame, "v")).toEqual([1, nan, 3, 4, 5, 6]);
    expect(listed(frame, "w")).toEqual([...v]);
    const other = tableOf({
      v: [v, { cellShape: [2] }],
      w: [new Float32Array(9), { cellShape: [3] }],
    });
    expect(() => encoder.encode(other)).toThrow(/column v: .*expected 3, found 2/);
  });
});

describe("id", () => {
  it("stays 64 bits wide and out of the tensors", async () => {
    const ids = BigInt64Array.of(2n ** 62n + 1n, -5n);
    const { frame } = await fitted(
      {
        ids,
        small: Int16Array.of(3, 4),
        text: ["M 31", "M 32"],
        bits: BigUint64Array.of(2n ** 63n, 1n),
      },
      { ids: "id", small: "id", text: "id", bits: "id" },
    );
    expect(listed(frame, "ids")).toEqual([...ids]);
    expect(listed(frame, "small")).toEqual([3n, 4n]);
    expect(listed(frame, "bits")).toEqual([2n ** 63n, 1n]);
    const text = frame.column("text");
    expect(text.layout === "ragged" && Buffer.from(text.values as Uint8Array).toString()).toBe(
      "M 31M 32",
    );
    expect(frame.toTensors()).toEqual({});
  });

  it("cannot be a float", async () => {
    await expect(fitted({ x: [1, 2] }, { x: "id" })).rejects.toThrow(/column x:.*whole numbers/);
  });
});

describe("timestamp and time", () => {
  it("has the parts of dates, -1 where there is none", async () => {
    const dates = ["2014-07-08T09:10:11.5", "2000-02-29", "2001-02-29", ""];
    const { frame, encoder } = await fitted({ dates }, { dates: "timestamp" });
    const block = frame.blocks.get("timestamp");
    expect(block?.layout === "dense" && [...block.data]).toEqual([
      ...[2014, 6, 7, 2, 9, 10, 11],
      ...[2000, 1, 28, 2, 0, 0, 0],
      ...Array(14).fill(-1),
    ]);
    expect(frame.columns.get("timestamp")?.[3]).toBe("dates.weekday");
    expect(encoder.statistics["dates"]?.["seconds"]).toMatchObject({ nan: 2 });
  });

  it("keeps more of a date than one float32 does", async () => {
    const mjd = Float64Array.of(56846.123456789, 60000.987654321, nan);
    const { frame, encoder } = await fitted({ mjd }, { mjd: "time" });
    expect(encoder.statistics["mjd"]?.["mjd"]?.numbers?.min).toBe(mjd[0]);
    const [high, low] = [listed(frame, "mjd"), listed(frame, "mjd.low")] as number[][];
    const days = mjd.map((day) => day - 56846);
    expect(Math.abs((high?.[1] ?? 0) + (low?.[1] ?? 0) - (days[1] ?? 0))).toBeLessThan(1e-10);
    expect(high?.[2]).toBeNaN();
  });

  it("reads Julian dates and texts as the same days, and phases", async () => {
    const days = { mjd: [51544.5, 51544.75], jd: [2451545, 2451545.25] };
    const text = ["2000-01-01T12:00:00", "2000-01-01T18:00:00"];
    const time = { type: "time", period: 1 };
    const { frame } = await fitted(
      { ...days, text },
      { mjd: time, jd: time, text: time },
      { dtype: "float64" },
    );
    for (const name of ["mjd", "jd", "text"]) {
      expect(listed(frame, name)).toEqual([0.5, 0.75]);
      expect(listed(frame, `${name}.cos`)[0]).toBeCloseTo(-1, 12);
      expect(listed(frame, `${name}.sin`)[1]).toBeCloseTo(-1, 12);
    }
  });
});

describe("coordinate", () => {
  const ra = [10.684708, 83.822083, 266.416817, nan];
  const dec = [41.26875, -5.391111, -29.007825, 0];
  const columns = { ra, dec };
  const choice = { type: "coordinate", columns: ["ra", "dec"] };

  it("becomes a unit vector", async () => {
    const { frame, encoder } = await fitted(columns, { ra: "coordinate", dec: "coordinate" });
    expect(frame.columns.get("coordinate")).toEqual(["ra_dec.x", "ra_dec.y", "ra_dec.z"]);
    const block = frame.blocks.get("coordinate");
    expect(block?.layout === "dense" && block.data).toEqual(
      Float32Array.from(unitVectors(ra, dec)),
    );
    expect(encoder.statistics["ra_dec"]?.["coverage"]).toMatchObject({ nan: 1, rows: 4 });
    expect(encoder.statistics["ra_dec"]?.["coverage"]?.categories?.values).toHaveLength(3);
  });

  it("has galactic coordinates and HEALPix indices on request", async () => {
    const sky = { ...choice, galactic: true, healpix: [6, 12] };
    const { frame } = await fitted(columns, { sky }, { dtype: "float64" });
    const { lon, lat } = galactic(ra, dec);
    expect(listed(frame, "sky.l")).toEqual([...lon]);
    expect(listed(frame, "sky.b")).toEqual([...lat]);
    expect(frame.blocks.get("coordinate.healpix")?.dtype).toBe("int32");
    expect(listed(frame, "sky.healpix6")).toEqual([2709, 21439, 28830, -1]);
    const fine = await fitted(columns, { sky: { ...choice, healpix: [3, 29], scheme: "ring" } });
    expect(listed(fine.frame, "sky.healpix29")).toEqual([
      ...(ang2pix(ra, dec, { order: 29, scheme: "ring" }) as BigInt64Array),
    ]);
    expect(listed(fine.frame, "sky.healpix3")[3]).toBe(-1n);
  });

  it("reads radians, hour angles and sexagesimal texts as the same positions", async () => {
    const first = { ra: [10.684708], dec: [41.26875] };
    const { frame, encoder } = await fitted(first, { sky: choice }, { dtype: "float64" });
    const expected = ["x", "y", "z"].map((axis) => Number(listed(frame, `sky.${axis}`)[0]));
    const others: Columns[] = [
      {
        ra: [Float64Array.of((10.684708 * Math.PI) / 180), { unit: "rad" }],
        dec: [Float64Array.of((41.26875 * Math.PI) / 180), { unit: "rad" }],
      },
      { ra: [Float64Array.of(10.684708 / 15), { unit: "hourangle" }], dec: [41.26875] },
      { ra: ["00:42:44.32992"], dec: ["+41:16:07.5"] },
      { ra: ["0h42m44.32992s"], dec: ["41d16m07.5s"] },
      { ra: ["00 42 44.32992"], dec: ["41 16 07.5"] },
    ];
    for (const other of others) {
      const found = encoder.encode(tableOf(other));
      for (const [i, axis] of ["x", "y", "z"].entries()) {
        expect(Number(listed(found, `sky.${axis}`)[0])).toBeCloseTo(expected[i] ?? 0, 12);
      }
    }
    const bad = encoder.encode(
      tableOf({ ra: ["12:61:00", `1${" ".repeat(1e6)}x`], dec: ["x", "0"] }),
    );
    expect(listed(bad, "sky.x")).toEqual([nan, nan]);
  });

  it("refuses other units, and one column alone", async () => {
    const lengths = { ...columns, ra: [Float64Array.from(ra), { unit: "km" }] } as const;
    await expect(fitted(lengths, { sky: choice })).rejects.toMatchObject({
      code: "TABLE_UNIT",
      column: "ra",
    });
    await expect(fitted(columns, { ra: "coordinate" })).rejects.toThrow(
      /column ra: the column alone/,
    );
  });
});

describe("magnitude", () => {
  const columns = {
    mag_r: Float32Array.of(19, 99, 20, -9999),
    mag_g: Float32Array.of(20.5, 21, -99, 22),
    mag_i: Float32Array.of(18.75, 20, 21, 23),
  };

  it("has colours of neighbours in wavelength, and nulls for sentinels", async () => {
    const all = { mag_r: "magnitude", mag_g: "magnitude", mag_i: "magnitude" };
    const { frame, encoder } = await fitted(columns, all);
    expect(frame.columns.get("magnitude")).toEqual([
      "mag_g",
      "mag_r",
      "mag_i",
      "mag.g-r",
      "mag.r-i",
    ]);
    expect(listed(frame, "mag_r")).toEqual([19, nan, 20, nan]);
    expect(listed(frame, "mag.g-r")).toEqual([1.5, nan, nan, nan]);
    expect(encoder.statistics["mag"]?.["mag_r"]).toMatchObject({ sentinels: 2, nulls: 0, nan: 0 });
    expect(encoder.statistics["mag"]?.["mag_g"]).toMatchObject({ sentinels: 1 });
  });

  it("has all colours, fluxes and luptitudes on request", async () => {
    const mags = {
      type: "magnitude",
      columns: ["mag_g", "mag_r", "mag_i"],
      features: ["colour", "flux", "luptitude"],
      colours: "all",
    };
    const { frame } = await fitted(columns, { mags }, { dtype: "float64" });
    expect(frame.columns.get("magnitude")?.slice(0, 3)).toEqual([
      "mags.g-r",
      "mags.g-i",
      "mags.r-i",
    ]);
    expect(Number(listed(frame, "mag_r.flux")[2])).toBeCloseTo(10, 12);
    const expected = luptitude(10 ** (-0.4 * 20), SDSS_SOFTENING.r);
    expect(Number(listed(frame, "mag_r.luptitude")[2])).toBeCloseTo(expected, 10);
  });

  it("needs a softening for luptitudes of other bands", async () => {
    const j = { type: "magnitude", features: ["luptitude"] };
    await expect(fitted({ Jmag: [15, 16] }, { Jmag: j })).rejects.toThrow(/column Jmag.*softening/);
    const { frame } = await fitted({ Jmag: [15, 16] }, { Jmag: { ...j, softening: { j: 1e-8 } } });
    expect(listed(frame, "Jmag.luptitude")).toHaveLength(2);
  });
});

describe("flux", () => {
  const columns = {
    flux_g: Float64Array.of(10, -1, 4, 7),
    flux_ivar_g: Float64Array.of(4, 4, 0, 16),
  };

  it("is masked where its inverse variance is 0, and finite below zero", async () => {
    const { frame, encoder } = await fitted(
      columns,
      { flux_g: "flux", flux_ivar_g: "flux" },
      { dtype: "float64" },
    );
    expect(encoder.features.map(({ columns }) => columns)).toEqual([["flux_g", "flux_ivar_g"]]);
    expect(listed(frame, "flux_g")).toEqual([10, -1, nan, 7]);
    expect(encoder.statistics["flux_g"]?.["flux"]).toMatchObject({ nulls: 1 });
    const magnitudes = listed(frame, "flux_g.luptitude").map(Number);
    expect(magnitudes[1]).toBeGreaterThan(magnitudes[0] ?? 0);
    const softening = 1.042 / Math.sqrt(4);
    expect(magnitudes[0]).toBeCloseTo(22.5 + luptitude(10, softening), 10);
  });

  it("has magnitudes and signal over noise on request", async () => {
    const f = { type: "flux", columns: ["flux_g", "flux_ivar_g"], features: ["magnitude", "snr"] };
    const { frame } = await fitted(columns, { f }, { dtype: "float64" });
    expect(listed(frame, "f.snr")).toEqual([20, -2, nan, 28]);
    expect(listed(frame, "f.magnitude").slice(0, 2)).toEqual([20, nan]);
    const alone = { type: "flux", features: ["snr"] };
    await expect(fitted(columns, { flux_g: alone })).rejects.toThrow(/inverse variances/);
  });
});

describe("redshift", () => {
  const z = [0.5, 0, -0.01, 99, nan];

  it("has distances in the frame's cosmology, and none from 0 down", async () => {
    const { frame, encoder } = await fitted({ z }, { z: "redshift" }, { dtype: "float64" });
    expect(listed(frame, "z")).toEqual([0.5, 0, -0.01, nan, nan]);
    expect(listed(frame, "z.log1p")[2]).toBe(Math.log1p(-0.01));
    const [distance, ...others] = listed(frame, "z.luminosityDistance").map(Number);
    expect(distance).toBeCloseTo(Planck18.luminosityDistance(0.5), 4);
    expect(others).toEqual([nan, nan, nan, nan]);
    expect(encoder.plan.cosmology.name).toBe("Planck18");
    expect(encoder.statistics["z"]?.["z"]).toMatchObject({ sentinels: 1, nan: 1 });
  });

  it("takes other cosmologies by name and by parameters", async () => {
    const only = { type: "redshift", features: ["luminosityDistance"] };
    const distance = async (cosmology: unknown): Promise<number> => {
      const { frame } = await fitted({ z }, { z: only }, { cosmology, dtype: "float64" });
      return Number(listed(frame, "z.luminosityDistance")[0]);
    };
    expect(await distance("Planck15")).toBeCloseTo(2918.3419, 3);
    expect(await distance("WMAP9")).toBeCloseTo(2874.1041, 3);
    expect(await distance({ H0: 67.66, Om0: 1, Tcmb0: 0 })).toBeLessThan(2874);
    await expect(distance("Planck13")).rejects.toThrow(/no such cosmology/);
    const wrong = fitted({ z }, { z: { type: "redshift", features: ["parallax"] } });
    await expect(wrong).rejects.toThrow(/expected z, log1p/);
  });
});

describe("the registry", () => {
  it("takes types of one's own", async () => {
    registerSemanticType({
      name: "parallax",
      defaults: { zero: -0.017 },
      measure: ({ columns: [column], rows }) =>
        column === undefined ? {} : { mas: { rows, ...numbersOf(column) } },
      encode: ({ feature, columns: [column] }) => {
        const mas = column === undefined ? new Float64Array(0) : numbersOf(column).numbers;
        const data = Float32Array.from(mas, (value) => value - Number(feature.options["zero"]));
        return [{ layout: "dense", block: "numerical", names: [feature.name], data }];
      },
    });
    expect(semanticTypes()).toContain("parallax");
    const plx = { type: "parallax", zero: 1 };
    const { frame } = await fitted({ plx: [3, 4], x: [5, 6] }, { plx, x: "numerical" });
    const block = frame.blocks.get("numerical");
    expect(block?.layout === "dense" && [...block.data]).toEqual([2, 5, 3, 6]);
  });

  it("refuses a name twice, unknown types and unknown options", async () => {
    const type = { name: "flux", defaults: {}, measure: () => ({}), encode: () => [] };
    expect(() => registerSemanticType(type)).toThrow(/cannot have this name/);
    await expect(fitted({ x: [1] }, { x: "spectrum" })).rejects.toThrow(/no such semantic type/);
    const typo = fitted({ x: [1] }, { x: { type: "numerical", sentinel: [1] } });
    await expect(typo).rejects.toThrow(
      /column x: .*sentinels, missing, scale, indicator, transform, found sentinel/,
    );
  });
});
