/** Sort, gather, group and join through the wrappers; cpp/test compares the kernels with references. */
import { spawnSync } from "node:child_process";
import {
  aggregate,
  argsort,
  DTYPES,
  FitsArgumentError,
  factorize,
  gatherRagged,
  gatherRows,
  joinRows,
  type KeyColumn,
  NO_ROW,
  selectRows,
  type TypedArray,
  viewOf,
} from "@fitstream/native";
import { describe, expect, it } from "vitest";
import { pythonWithAstropy } from "./helpers/astropy.js";
import { failureOf } from "./helpers/failures.js";

const numbers = (data: TypedArray, validity?: Uint8Array): KeyColumn => ({
  kind: "number",
  data,
  validity,
});

function strings(texts: readonly string[], validity?: Uint8Array): KeyColumn {
  const bytes = texts.map((text) => Buffer.from(text));
  const offsets = new Int32Array(texts.length + 1);
  bytes.forEach(({ length }, i) => {
    offsets[i + 1] = (offsets[i] ?? 0) + length;
  });
  return { kind: "string", data: new Uint8Array(Buffer.concat(bytes)), offsets, validity };
}

const listed = (array: Iterable<number | bigint>): string[] => Array.from(array, String);

describe("argsort", () => {
  it("puts nulls and NaN last, or first, also where values descend", async () => {
    const column = numbers(Float64Array.of(2, Number.NaN, -0, 0, 9, 1), Uint8Array.of(0b101111));
    const order = async (key: object): Promise<number[]> =>
      Array.from(await argsort([{ column, ...key }], 6));
    expect(await order({})).toEqual([2, 3, 5, 0, 1, 4]);
    expect(await order({ descending: true })).toEqual([0, 5, 2, 3, 1, 4]);
    expect(await order({ nulls: "first" })).toEqual([1, 4, 2, 3, 5, 0]);
    expect(await order({ nulls: "first", descending: true })).toEqual([1, 4, 0, 5, 2, 3]);
  });

  it("takes every dtype, in shared memory too", async () => {
    for (const dtype of DTYPES) {
      const data = viewOf(dtype, new SharedArrayBuffer(24), 0, 3);
      data[1] = (typeof data[1] === "bigint" ? 5n : 5) as never;
      data[2] = (typeof data[2] === "bigint" ? 3n : 3) as never;
      expect(Array.from(await argsort([{ column: numbers(data) }], 3))).toEqual([0, 2, 1]);
    }
  });

  it("sorts by several keys, strings by their bytes", async () => {
    const names = strings(["b", "ab", "", "b", "a\0"]);
    const ids = numbers(BigInt64Array.of(1n, 2n, 3n, -(2n ** 62n), 5n));
    const keys = [{ column: names, descending: true }, { column: ids }];
    expect(Array.from(await argsort(keys, 5))).toEqual([3, 0, 1, 4, 2]);
  });

  it("gives the same order for any number of threads", async () => {
    const data = Int32Array.from({ length: 300_000 }, (_, i) => (i * 7919) % 1000);
    const one = await argsort([{ column: numbers(data) }], data.length, { threads: 1 });
    const four = await argsort([{ column: numbers(data) }], data.length, { threads: 4 });
    expect(Buffer.compare(Buffer.from(one.buffer), Buffer.from(four.buffer))).toBe(0);
  });

  it("sorts no rows", async () => {
    const keys = [{ column: numbers(new Float32Array(0)) }, { column: strings([]) }];
    expect(await argsort(keys, 0)).toEqual(new Uint32Array(0));
  });

  it("says what does not fit", async () => {
    const column = numbers(Float64Array.of(1, 2));
    const short = await failureOf(() => argsort([{ column }], 3));
    expect(short).toBeInstanceOf(FitsArgumentError);
    expect(short).toMatchObject({ code: "FITS_BAD_ARGUMENT", expected: "24 bytes", found: "16" });
    const many = await failureOf(() => argsort([], 2 ** 32 - 1));
    expect(many.code).toBe("FITS_LIMIT");
    const bare: KeyColumn = { kind: "string", data: Uint8Array.of(65) };
    expect((await failureOf(() => argsort([{ column: bare }], 1))).code).toBe("FITS_BAD_ARGUMENT");
  });

  it("ends with the signal's reason", async () => {
    const column = numbers(Float64Array.from({ length: 2_000_000 }, (_, i) => Math.sin(i)));
    const rows = 2_000_000;
    const controller = new AbortController();
    const sorting = argsort([{ column }], rows, { signal: controller.signal });
    controller.abort(new Error("enough"));
    await expect(sorting).rejects.toThrow("enough");
    await expect(argsort([{ column }], rows, { signal: controller.signal })).rejects.toThrow(
      "enough",
    );
  });
});

describe("gather", () => {
  it("takes rows in any order, and nulls for no row", async () => {
    const indices = Uint32Array.of(2, NO_ROW, 0, 0);
    const ids = await gatherRows({ data: BigUint64Array.of(7n, 8n, 9n), rowLength: 1 }, indices);
    expect(ids).toEqual({
      data: BigUint64Array.of(9n, 0n, 7n, 7n),
      rowLength: 1,
      validity: Uint8Array.of(0b1101),
    });
    const pairs = { data: Float32Array.of(1, 2, 3, 4, 5, 6), rowLength: 2 };
    const vectors = await gatherRows(pairs, indices);
    expect(Array.from(vectors.data)).toEqual([5, 6, Number.NaN, Number.NaN, 1, 2, 1, 2]);
    expect(vectors.validity).toEqual(Uint8Array.of(0b11110011));
    expect((await gatherRows(pairs, Uint32Array.of(1))).validity).toBeUndefined();
  });

  it("takes strings and complex cells of different length", async () => {
    const { data, offsets = new Int32Array(1) } = strings(["one", "", "three"]);
    const text = { data, offsets, itemLength: 1, rowValidity: Uint8Array.of(0b101) };
    const taken = await gatherRagged(text, Uint32Array.of(2, 1, NO_ROW, 0));
    expect(Buffer.from(taken.data as Uint8Array).toString()).toBe("threeone");
    expect(taken.offsets).toEqual(Int32Array.of(0, 5, 5, 5, 8));
    expect(taken.rowValidity).toEqual(Uint8Array.of(0b1001));
    const complex = {
      data: Float64Array.of(1, -1, 2, -2, 3, -3),
      offsets: Int32Array.of(0, 1, 3),
      itemLength: 2,
      validity: Uint8Array.of(0b101),
    };
    expect(await gatherRagged(complex, Uint32Array.of(1, 0))).toEqual({
      data: Float64Array.of(2, -2, 3, -3, 1, -1),
      offsets: Int32Array.of(0, 2, 3),
      itemLength: 2,
      validity: Uint8Array.of(0b110),
      rowValidity: undefined,
    });
  });

  it("refuses rows that are not there, and data that are no rows", async () => {
    const source = { data: Int16Array.of(1, 2, 3), rowLength: 1 };
    const beyond = await failureOf(() => gatherRows(source, Uint32Array.of(0, 3)));
    expect(beyond).toMatchObject({ code: "FITS_OUT_OF_BOUNDS", expected: "rows below 3" });
    const odd = await failureOf(() => gatherRows({ ...source, rowLength: 2 }, Uint32Array.of(0)));
    expect(odd.code).toBe("FITS_BAD_ARGUMENT");
    const ragged = { data: source.data, offsets: Int32Array.of(0, 4), itemLength: 1 };
    const outside = await failureOf(() => gatherRagged(ragged, Uint32Array.of(0)));
    expect(outside.code).toBe("FITS_BAD_ARGUMENT");
  });

  it("gathers nothing", async () => {
    const none = await gatherRows({ data: new Float64Array(0), rowLength: 1 }, new Uint32Array(0));
    expect(none.data).toEqual(new Float64Array(0));
    const ragged = { data: new Uint8Array(0), offsets: new Int32Array(1), itemLength: 1 };
    expect((await gatherRagged(ragged, new Uint32Array(0))).offsets).toEqual(new Int32Array(1));
  });

  it("selects rows by a mask", async () => {
    const mask = Uint8Array.from({ length: 20 }, (_, i) => (i % 3 === 0 ? i + 1 : 0));
    expect(Array.from(await selectRows(mask))).toEqual([0, 3, 6, 9, 12, 15, 18]);
    expect(await selectRows(new Uint8Array(0))).toEqual(new Uint32Array(0));
  });
});

describe("factorize and aggregate", () => {
  it("groups nulls together, and zeros of both signs", async () => {
    const flux = numbers(Float32Array.of(0, Number.NaN, -0, 5, 1), Uint8Array.of(0b10111));
    expect(await factorize([flux], 5)).toEqual({
      groups: 3,
      codes: Uint32Array.of(0, 1, 0, 1, 2),
      firsts: Uint32Array.of(0, 1, 4),
    });
    const names = strings(["a", "a", "b", "a", "a"]);
    expect((await factorize([flux, names], 5)).codes).toEqual(Uint32Array.of(0, 1, 2, 1, 3));
    const empty = await factorize([numbers(new Uint8Array(0)), strings([])], 0);
    expect(empty).toEqual({ groups: 0, codes: new Uint32Array(0), firsts: new Uint32Array(0) });
  });

  it("gives a result of its own kind for each statistic", async () => {
    const values = numbers(BigInt64Array.of(2n ** 62n, -3n, 4n, 9n), Uint8Array.of(0b0111));
    const grouped = { rows: 4, codes: Uint32Array.of(0, 1, 1, 2), groups: 3 };
    const [count, sum, mean, std, min, last, median, upper] = await aggregate(values, grouped, [
      "count",
      "sum",
      "mean",
      "std",
      "min",
      "last",
      "median",
      { quantile: 0.75 },
    ]);
    expect(count.data).toEqual(Uint32Array.of(1, 2, 0));
    expect(sum).toEqual({
      data: BigInt64Array.of(2n ** 62n, 1n, 0n),
      validity: Uint8Array.of(0b011),
    });
    expect(Array.from(mean.data)).toEqual([2 ** 62, 0.5, Number.NaN]);
    expect(std.validity).toEqual(Uint8Array.of(0b010));
    expect(std.data[1]).toBeCloseTo(7 / Math.SQRT2, 14);
    expect(min.rows).toEqual(Uint32Array.of(0, 1, NO_ROW));
    expect(last.rows).toEqual(Uint32Array.of(0, 2, NO_ROW));
    expect(median.data[1]).toBe(0.5);
    expect(upper.data[1]).toBe(2.25);
  });

  it("takes rows without codes as one group, also when there are none", async () => {
    const [count, max] = await aggregate(strings(["b", "c", "c"]), { rows: 3 }, ["count", "max"]);
    expect(count.data).toEqual(Uint32Array.of(3));
    expect(max.rows).toEqual(Uint32Array.of(1));
    const [mean] = await aggregate(numbers(new Float64Array(0)), { rows: 0 }, ["mean"]);
    expect(mean.validity).toEqual(Uint8Array.of(0));
  });

  it("says what cannot be computed", async () => {
    const codeOf = async (work: () => unknown): Promise<string> => (await failureOf(work)).code;
    const two = numbers(BigUint64Array.of(2n ** 63n, 2n ** 63n));
    expect(await codeOf(() => aggregate(two, { rows: 2 }, ["sum"]))).toBe("FITS_LIMIT");
    const words = strings(["a"]);
    expect(await codeOf(() => aggregate(words, { rows: 1 }, ["mean"]))).toBe("FITS_BAD_ARGUMENT");
    const q = [{ quantile: 1.5 }];
    expect(await codeOf(() => aggregate(two, { rows: 2 }, q))).toBe("FITS_BAD_ARGUMENT");
    const grouped = { rows: 2, codes: Uint32Array.of(0, 1), groups: 1 };
    expect(await codeOf(() => aggregate(two, grouped, ["count"]))).toBe("FITS_OUT_OF_BOUNDS");
    expect(await codeOf(() => factorize([], 2))).toBe("FITS_BAD_ARGUMENT");
    const unknown = ["mode"] as unknown as ["count"];
    expect(await codeOf(() => aggregate(two, { rows: 2 }, unknown))).toBe("FITS_BAD_ARGUMENT");
  });

  it.skipIf(pythonWithAstropy === undefined)(
    "agrees with numpy to the last bit but for the order of sums",
    async () => {
      const script = `
import json, sys
import numpy as np
x = np.random.default_rng(5).normal(size=1001) * np.exp(np.random.default_rng(6).normal(size=1001))
qs = [0, 0.1, 0.25, 0.5, 0.77, 1]
out = [x.sum(), x.mean(), x.std(ddof=1), np.median(x[:-1])] + [np.quantile(x, q) for q in qs]
json.dump({"x": x.tolist(), "order": np.argsort(x, kind="stable").tolist(), "out": [float(v) for v in out]}, sys.stdout)
`;
      const { stdout } = spawnSync(pythonWithAstropy ?? "", ["-c", script], { encoding: "utf8" });
      const { x, order, out } = JSON.parse(stdout) as Record<"x" | "order" | "out", number[]>;
      const column = numbers(Float64Array.from(x));
      expect(Array.from(await argsort([{ column }], x.length))).toEqual(order);
      const quantiles = [0, 0.1, 0.25, 0.5, 0.77, 1].map((quantile) => ({ quantile }));
      const found = await aggregate(column, { rows: 1001 }, ["sum", "mean", "std", ...quantiles]);
      const values = found.map((f) => ("data" in f ? Number(f.data[0]) : Number.NaN));
      const [sum = 0, mean = 0, std = 0, median, ...rest] = out;
      expect(values[0]).toBeCloseTo(sum, 10);
      expect(values[1]).toBeCloseTo(mean, 13);
      expect(values[2]).toBeCloseTo(std, 12);
      expect(values.slice(3)).toEqual(rest);
      const even = numbers(Float64Array.from(x.slice(0, -1)));
      const [half] = await aggregate(even, { rows: 1000 }, ["median"]);
      expect(half.data[0]).toBe(median);
    },
  );
});

describe("joinRows", () => {
  const left = { keys: [numbers(Int32Array.of(3, 1, 1, -2))], rows: 4 };
  const right = { keys: [numbers(BigUint64Array.of(1n, 2n ** 64n - 2n, 3n, 1n))], rows: 4 };

  it("pairs rows of equal keys, integers by value", async () => {
    const pairs = async (
      how: "inner" | "left" | "outer" | "semi" | "anti",
    ): Promise<string[][]> => {
      const rows = await joinRows(left, right, how);
      return [listed(rows.left), listed(rows.right)];
    };
    const none = String(NO_ROW);
    expect(await pairs("inner")).toEqual([
      ["0", "1", "1", "2", "2"],
      ["2", "0", "3", "0", "3"],
    ]);
    expect(await pairs("left")).toEqual([
      ["0", "1", "1", "2", "2", "3"],
      ["2", "0", "3", "0", "3", none],
    ]);
    expect(await pairs("outer")).toEqual([
      ["0", "1", "1", "2", "2", "3", none],
      ["2", "0", "3", "0", "3", none, "1"],
    ]);
    expect(await pairs("semi")).toEqual([["0", "1", "2"], []]);
    expect(await pairs("anti")).toEqual([["3"], []]);
  });

  it("pairs nulls with nothing", async () => {
    const keys = [strings(["", "x"], Uint8Array.of(0b10))];
    const rows = await joinRows({ keys, rows: 2 }, { keys, rows: 2 }, "inner");
    expect(rows).toEqual({ left: Uint32Array.of(1), right: Uint32Array.of(1) });
  });

  it("refuses keys of two kinds, and results that are too long", async () => {
    const floats = { keys: [numbers(Float64Array.of(1))], rows: 1 };
    expect(await failureOf(() => joinRows(left, floats, "inner"))).toMatchObject({
      code: "FITS_BAD_ARGUMENT",
      expected: "integers",
      found: "floats",
    });
    const limit = await failureOf(() => joinRows(left, right, "inner", { maxRows: 4 }));
    expect(limit).toMatchObject({ code: "FITS_LIMIT", found: "5" });
  });

  it("ends with the signal's reason", async () => {
    const rows = 1_000_000;
    const keys = [numbers(Float64Array.from({ length: rows }, (_, i) => i))];
    const controller = new AbortController();
    const { signal } = controller;
    const joining = joinRows({ keys, rows }, { keys, rows }, "inner", { signal });
    controller.abort(new Error("enough"));
    await expect(joining).rejects.toThrow("enough");
  });
});
