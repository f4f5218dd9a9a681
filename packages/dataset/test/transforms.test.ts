import { readFileSync } from "node:fs";
import {
  allocate,
  byteSizeOf,
  DTYPES,
  type Dtype,
  FitsArgumentError,
  type TypedArray,
  viewOf,
} from "@fitstream/native";
import { describe, expect, it } from "vitest";
import { rngFor } from "../src/random.js";
import { asinh } from "../src/transforms/asinh.js";
import { crop, cropOrigin } from "../src/transforms/crop.js";
import { fill } from "../src/transforms/fill.js";
import { flip } from "../src/transforms/flip.js";
import { percentile } from "../src/transforms/percentile.js";
import { rot90 } from "../src/transforms/rot90.js";
import { standardise } from "../src/transforms/standardise.js";
import {
  applyTransform,
  isRandom,
  outputDtype,
  outputShape,
  type Sample,
  type TransformContext,
  type TransformSpec,
} from "../src/transforms/transform.js";
import { type ZscaleLimitsOptions, zscale, zscaleLimits } from "../src/transforms/zscale.js";

interface Recipe {
  readonly shape: readonly number[];
  readonly dtype?: "float32";
  readonly sky?: number;
  readonly noise?: number;
  readonly slope?: number;
  readonly stars?: readonly (readonly [number, number, number])[];
  readonly bad?: number;
  readonly step?: number;
}

/** A number, or "NaN" or "Infinity". */
type Numbers = readonly (number | string)[];

interface Case {
  readonly name: string;
  readonly seed: number;
  readonly recipe: Recipe;
  readonly zscaleLimits: Readonly<Record<string, Numbers>>;
  readonly zscale: Numbers;
  readonly zscaleUnclipped: Numbers;
  readonly percentile: readonly { low: number; high: number; pixels: Numbers }[];
  readonly asinh: Numbers;
  readonly asinhOf3: Numbers;
  readonly standardise: Numbers;
}

/** Made by astropy and NumPy: see make-transforms.py. */
const reference = JSON.parse(
  readFileSync(new URL("../fixtures/transforms.json", import.meta.url), "utf8"),
) as {
  readonly zscaleOptions: Readonly<Record<string, ZscaleLimitsOptions>>;
  readonly cases: readonly Case[];
  readonly moves: readonly {
    readonly op: "flip" | "rot90";
    readonly shape: readonly number[];
    readonly by: number;
    readonly data: readonly number[];
  }[];
};

function product(shape: readonly number[]): number {
  return shape.reduce((n, m) => n * m, 1);
}

/** Keep in step with `image` of make-transforms.py. */
function image(recipe: Recipe, seed: number): number[] {
  const { shape, sky = 0, noise = 0, slope = 0, stars = [], bad = 0, step = 0 } = recipe;
  const width = shape.at(-1) ?? 1;
  const undefinedValues = [Number.NaN, Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY];
  let state = seed;
  return Array.from({ length: product(shape) }, (_, i) => {
    let total = 0;
    for (let n = 0; n < 4; n++) {
      state = (1664525 * state + 1013904223) % 2 ** 32;
      total += state;
    }
    const [y, x] = [Math.floor(i / width), i % width];
    const t = total / 2 ** 32 - 2;
    let value = sky + noise * (t * (1 + t * t)) + slope * x;
    for (const [starY, starX, flux] of stars) {
      const q = 1 + ((y - starY) * (y - starY) + (x - starX) * (x - starX)) / 4;
      value += flux / (q * q * q);
    }
    if (step > 0) value = Math.floor(value / step) * step;
    return (bad > 0 && i % bad === 0 ? undefinedValues[(i / bad) % 3] : value) ?? value;
  });
}

/** A sample in the middle of shared memory, as in a slot of a pool. */
function sampleOf(dtype: Dtype, shape: readonly number[], values: readonly number[]): Sample {
  const size = byteSizeOf(dtype);
  const memory = new SharedArrayBuffer((values.length + 16) * size);
  const data = viewOf(dtype, memory, 8 * size, values.length);
  for (const [i, x] of values.entries()) {
    data[i] = dtype === "int64" || dtype === "uint64" ? BigInt(x) : x;
  }
  return { data, shape, dtype };
}

function valuesOf(data: TypedArray): number[] {
  return Array.from(data, Number);
}

function count(shape: readonly number[]): number[] {
  return Array.from({ length: product(shape) }, (_, i) => i);
}

function contextOf(id = 0): TransformContext {
  return { rng: rngFor(1, 2, id, 3), id, epoch: 2 };
}

function apply(spec: TransformSpec, sample: Sample, id = 0): number[] {
  return valuesOf(applyTransform(spec, sample, contextOf(id)).data);
}

/** A dozen pixels or so, spread as those of the reference are. */
function probe(values: readonly number[]): number[] {
  const stride = Math.max(1, Math.floor(values.length / 12));
  return values.filter((_, i) => i % stride === 0);
}

/** Expects equal numbers to `relative`, or to `absolute` near 0. */
function expectClose(
  found: readonly number[],
  expected: Numbers,
  relative = 1e-6,
  absolute = 1e-9,
): void {
  expect(found).toHaveLength(expected.length);
  for (const [i, text] of expected.entries()) {
    const [x, y] = [found[i] ?? 0, Number(text)];
    const isClose = Object.is(x, y) || Math.abs(x - y) <= relative * Math.abs(y) + absolute;
    expect(isClose, `${x} at ${i} should be ${y}`).toBe(true);
  }
}

/** Expects what a scaling of the reference image gives, in place, and the memory around untouched. */
function expectPixels(item: Case, spec: TransformSpec, expected: Numbers): void {
  const { recipe, seed } = item;
  const sample = sampleOf(recipe.dtype ?? "float64", recipe.shape, image(recipe, seed));
  const result = applyTransform(spec, sample, contextOf());
  expect(result).toBe(sample);
  expectClose(probe(valuesOf(sample.data)), expected);
  const { buffer, byteOffset, byteLength } = sample.data;
  const around = new Uint8Array(buffer);
  expect(around.subarray(0, byteOffset).every((byte) => byte === 0)).toBe(true);
  expect(around.subarray(byteOffset + byteLength).every((byte) => byte === 0)).toBe(true);
}

describe.each(reference.cases)("on $name", (item) => {
  it.each(Object.entries(reference.zscaleOptions))("finds zscale limits: %s", (name, options) => {
    const { recipe, seed } = item;
    const values = image(recipe, seed);
    const data = recipe.dtype === "float32" ? Float32Array.from(values) : values;
    const { low, high } = zscaleLimits(data, options);
    const expected = item.zscaleLimits[name] ?? [];
    const scale = Math.max(...expected.map((x) => Math.abs(Number(x))));
    expectClose([low, high], expected, 1e-9, 1e-9 * scale);
  });

  it("scales by zscale", () => {
    expectPixels(item, zscale(), item.zscale);
    expectPixels(item, zscale({ clip: false }), item.zscaleUnclipped);
  });

  it.each(item.percentile)("scales by percentiles $low to $high", ({ low, high, pixels }) => {
    expectPixels(item, percentile({ low, high }), pixels);
  });

  it("stretches by asinh", () => {
    expectPixels(item, asinh(), item.asinh);
    expectPixels(item, asinh({ a: 3 }), item.asinhOf3);
  });

  it("standardises", () => {
    expectPixels(item, standardise(), item.standardise);
  });
});

describe("zscale", () => {
  it("gives equal limits for pixels that are equal but for an outlier", () => {
    const pixels = new Float64Array(400).fill(0.1);
    pixels[7] = 99;
    expect(zscaleLimits(pixels)).toEqual({ low: 0.1, high: 0.1 });
    const scaled = apply(zscale(), { data: pixels, shape: [20, 20], dtype: "float64" });
    expect(scaled.filter((x) => x === 0)).toHaveLength(399);
    expect(scaled[7]).toBe(1);
  });

  it("takes pixels of any real type, for pictures", () => {
    const pixels = count([10, 10]);
    const limits = zscaleLimits(Float64Array.from(pixels));
    expect(zscaleLimits(Uint8Array.from(pixels))).toEqual(limits);
    expect(zscaleLimits(pixels)).toEqual(limits);
  });
});

describe("percentile", () => {
  const n = 3001;
  const hash = (i: number) => Math.imul(i + 1, 0x9e3779b1) >>> 0;
  it.each<[string, (i: number) => number]>([
    ["rising", (i) => i],
    ["falling", (i) => -i],
    ["shuffled", hash],
    ["of few values", (i) => hash(i) % 3],
    ["rising and falling", (i) => Math.min(i, n - i)],
    ["periodic", (i) => i % 46],
    ["with a few far away", (i) => (i % 47 === 0 ? 1e30 * i : i % 2)],
  ])("finds percentiles of values that are %s", (_, value) => {
    const values = Array.from({ length: n }, (_, i) => value(i));
    const sorted = values.toSorted((a, b) => a - b);
    for (const [low, high] of [
      [0, 100],
      [0.1, 0.2],
      [10, 50],
      [99, 99.9],
    ] as const) {
      const [first = 0, last = 0] = [low, high].map((q) => sorted[Math.round((q / 100) * (n - 1))]);
      const expected = values.map((x) => (x - first) / (last - first || 1));
      const scaled = apply(
        percentile({ low, high, clip: false }),
        sampleOf("float64", [n], values),
      );
      expectClose(scaled, expected);
    }
  });

  it("is not slow for millions of equal values", { timeout: 5000 }, () => {
    const data = new Float32Array(3_000_000).fill(5);
    const sample: Sample = { data, shape: [3_000_000], dtype: "float32" };
    applyTransform(percentile(), sample, contextOf());
    expect(data.every((x) => x === 0)).toBe(true);
  });
});

describe("standardise", () => {
  it("uses the numbers that are given", () => {
    const values = [1, 2, 6, Number.NaN];
    const of = (spec: TransformSpec) => apply(spec, sampleOf("float64", [4], values));
    const deviation = Math.sqrt(14 / 3);
    expectClose(of(standardise({ mean: 2, std: 4 })), [-0.25, 0, 1, Number.NaN]);
    expectClose(
      of(standardise({ mean: 2 })),
      [-1, 0, 4, Number.NaN].map((x) => x / deviation),
    );
    expectClose(of(standardise({ std: 2 })), [-1, -0.5, 1.5, Number.NaN]);
  });
});

describe("fill", () => {
  it("replaces NaN and infinities and nothing else", () => {
    const values = [0, Number.NaN, -3, Number.POSITIVE_INFINITY, 1e30, Number.NEGATIVE_INFINITY];
    for (const dtype of ["float32", "float64"] as const) {
      const of = (spec: TransformSpec) => apply(spec, sampleOf(dtype, [2, 3], values));
      expectClose(of(fill()), [0, 0, -3, 0, 1e30, 0]);
      expectClose(of(fill({ value: -1 })), [0, -1, -3, -1, 1e30, -1]);
    }
  });
});

describe("samples without information", () => {
  const scalings = { zscale: zscale(), percentile: percentile(), standardise: standardise() };
  describe.each(Object.entries(scalings))("%s", (_, spec) => {
    it.each(["float32", "float64"] as const)("gives 0 for equal pixels of %s", (dtype) => {
      for (const value of [0, 0.1, -7e30, 1e-40]) {
        const values = new Array<number>(1200).fill(value);
        values[5] = Number.NaN;
        const result = apply(spec, sampleOf(dtype, [30, 40], values));
        expect(result[5]).toBeNaN();
        expect(result.filter((x) => x === 0)).toHaveLength(1199);
      }
    });

    it("leaves NaN where there is nothing else, and accepts no pixels at all", () => {
      const nothing = new Array<number>(6).fill(Number.NaN);
      expect(apply(spec, sampleOf("float32", [2, 3], nothing))).toEqual(nothing);
      expect(apply(spec, sampleOf("float32", [0, 3], []))).toEqual([]);
    });
  });
});

describe("flip and rot90", () => {
  it.each(reference.moves)("$op $shape by $by as NumPy does", ({ op, shape, by, data }) => {
    const spec = op === "flip" ? flip({ axis: by, p: 1 }) : rot90({ turns: [by] });
    for (const dtype of DTYPES) {
      const sample = sampleOf(dtype, shape, count(shape));
      expect(applyTransform(spec, sample, contextOf())).toBe(sample);
      expect(valuesOf(sample.data)).toEqual(data);
    }
  });

  it("come back: two flips, or a turn and its opposite", () => {
    const shape = [3, 2, 7, 7];
    const sample = sampleOf("float32", shape, count(shape));
    const there = [flip({ axis: [0, -1], p: 1 }), rot90({ turns: [1] }), rot90({ turns: [6] })];
    const back = [rot90({ turns: [-2] }), rot90({ turns: [-1] }), flip({ axis: [0, 3], p: 1 })];
    for (const spec of there) applyTransform(spec, sample, contextOf());
    expect(valuesOf(sample.data)).not.toEqual(count(shape));
    for (const spec of back) applyTransform(spec, sample, contextOf());
    expect(valuesOf(sample.data)).toEqual(count(shape));
  });

  it("keep 64-bit integers and the bits of NaN exact", () => {
    const integers = BigInt64Array.of(2n ** 63n - 1n, -(2n ** 63n), 0x7ff0000000000001n, 1n);
    const sample: Sample = { data: integers, shape: [2, 2], dtype: "int64" };
    applyTransform(rot90({ turns: [1] }), sample, contextOf());
    expect([...integers]).toEqual([-(2n ** 63n), 1n, 2n ** 63n - 1n, 0x7ff0000000000001n]);
  });

  it.each([
    ["flip", flip(), 4],
    ["rot90", rot90(), 4],
    ["rot90 by even turns", rot90({ turns: [0, 2] }), 2],
    ["flip of one axis", flip({ axis: -1 }), 2],
  ] as const)("%s gives each outcome as often as the others", (_, spec, outcomes) => {
    const seen = new Map<string, number>();
    for (let id = 0; id < 2000; id++) {
      const result = apply(spec, sampleOf("int32", [3, 3], count([3, 3])), id).join();
      seen.set(result, (seen.get(result) ?? 0) + 1);
    }
    expect(seen.size).toBe(outcomes);
    // More than five standard deviations of a binomial distribution.
    for (const n of seen.values()) expect(Math.abs(n - 2000 / outcomes)).toBeLessThan(120);
  });

  it("flip with the probability asked for", () => {
    const isFlipped = (id: number) =>
      apply(flip({ axis: 0, p: 0.1 }), sampleOf("uint8", [2], [0, 1]), id)[0] === 1;
    const flipped = Array.from({ length: 2000 }, (_, id) => isFlipped(id)).filter(Boolean).length;
    expect(Math.abs(flipped - 200)).toBeLessThan(70);
    expect(apply(flip({ p: 0 }), sampleOf("uint8", [1, 2], [0, 1]))).toEqual([0, 1]);
  });
});

/** A box of an array of 0, 1, 2, ..., index by index. */
function box(
  from: readonly number[],
  origin: readonly number[],
  size: readonly number[],
): number[] {
  return count(size).map((i) => {
    let [rest, stride, at] = [i, 1, 0];
    for (let axis = size.length - 1; axis >= 0; axis--) {
      const n = size[axis] ?? 1;
      at += ((rest % n) + (origin[axis] ?? 0)) * stride;
      rest = Math.floor(rest / n);
      stride *= from[axis] ?? 1;
    }
    return at;
  });
}

describe("crop", () => {
  it.each<{ from: number[]; size: number | number[]; origin: number[]; shape: number[] }>([
    { from: [9], size: [4], origin: [2], shape: [4] },
    { from: [5, 8], size: 3, origin: [1, 2], shape: [3, 3] },
    { from: [5, 8], size: [5, 8], origin: [0, 0], shape: [5, 8] },
    { from: [5, 8], size: [1, 8], origin: [2, 0], shape: [1, 8] },
    { from: [3, 6, 6], size: [2, 5], origin: [0, 2, 0], shape: [3, 2, 5] },
    { from: [4, 6, 6], size: [2, 4, 5], origin: [1, 1, 0], shape: [2, 4, 5] },
    { from: [2, 3, 4, 4], size: 2, origin: [0, 0, 1, 1], shape: [2, 3, 2, 2] },
  ])("takes $size from the middle of $from", ({ from, size, origin, shape }) => {
    const spec = crop(size);
    for (const dtype of DTYPES) {
      const sample = sampleOf(dtype, from, count(from));
      const result = applyTransform(spec, sample, contextOf());
      expect(result.dtype).toBe(dtype);
      expect(result.shape).toEqual(shape);
      expect(outputShape(spec, from)).toEqual(shape);
      expect(valuesOf(result.data)).toEqual(box(from, origin, shape));
      expect(result.data.buffer).toBe(sample.data.buffer);
      expect(result.data.byteOffset).toBe(sample.data.byteOffset);
    }
  });

  it("has the origin of its box, for those who read no more than that", () => {
    const [from, spec] = [[3, 9, 8], crop([2, 4], { position: "random" })] as const;
    for (let id = 0; id < 50; id++) {
      const origin = cropOrigin(spec, from, contextOf(id).rng);
      const cropped = apply(spec, sampleOf("float32", from, count(from)), id);
      expect(cropped).toEqual(box(from, origin, [3, 2, 4]));
    }
    expect(cropOrigin(crop([2, 4]), from, contextOf().rng)).toEqual([0, 3, 2]);
    expect(() => cropOrigin(crop(10), from, contextOf().rng)).toThrow(FitsArgumentError);
  });

  it("takes random boxes from everywhere inside", () => {
    const [from, size] = [
      [2, 7, 9],
      [4, 5],
    ] as const;
    const origins = new Map<string, number>();
    for (let id = 0; id < 4000; id++) {
      const result = apply(
        crop(size, { position: "random" }),
        sampleOf("int16", from, count(from)),
        id,
      );
      const first = result[0] ?? -1;
      const origin = [0, Math.floor(first / 9), first % 9];
      expect(result).toEqual(box(from, origin, [2, 4, 5]));
      origins.set(origin.join(), (origins.get(origin.join()) ?? 0) + 1);
    }
    // 4 x 5 places, each expected 200 times.
    expect(origins.size).toBe(20);
    for (const n of origins.values()) expect(Math.abs(n - 200)).toBeLessThan(70);
  });
});

describe("random transforms", () => {
  it.each([crop(3, { position: "random" }), flip(), rot90()])(
    "depend only on their key: %j",
    (spec) => {
      const of = (id: number) => apply(spec, sampleOf("float32", [8, 8], count([8, 8])), id);
      const forwards = Array.from({ length: 50 }, (_, id) => of(id));
      const backwards = Array.from({ length: 50 }, (_, i) => of(49 - i)).reverse();
      expect(backwards).toEqual(forwards);
      expect(new Set(forwards.map(String)).size).toBeGreaterThan(3);
    },
  );

  it("are told from those that give the same for every key", () => {
    const random = [crop(3, { position: "random" }), flip(), rot90(), rot90({ turns: [0, 1] })];
    const fixed = [
      crop(3),
      flip({ p: 0 }),
      flip({ p: 1 }),
      rot90({ turns: [3, -1] }),
      asinh(),
      fill(),
      percentile(),
      standardise(),
      zscale(),
    ];
    expect(random.map(isRandom)).toEqual(random.map(() => true));
    expect(fixed.map(isRandom)).toEqual(fixed.map(() => false));
  });
});

const valueTransforms = [asinh(), fill(), percentile(), standardise(), zscale()] as const;
const moveTransforms = [crop(2), flip(), rot90()] as const;

describe("specs", () => {
  it.each([...valueTransforms, ...moveTransforms])("are frozen plain data: %j", (spec) => {
    expect(Object.isFrozen(spec)).toBe(true);
    expect(Object.values(spec).every((part) => Object.isFrozen(part))).toBe(true);
    expect(structuredClone(spec)).toEqual(spec);
    expect(JSON.parse(JSON.stringify(spec))).toEqual(spec);
  });

  it("do not share arrays with the options they are made of", () => {
    const size = [2, 3];
    const spec = crop(size);
    size[0] = 99;
    expect(spec.size).toEqual([2, 3]);
  });

  it.each<[string, () => TransformSpec]>([
    ["a of asinh", () => asinh({ a: 0 })],
    ["a of asinh", () => asinh({ a: Number.POSITIVE_INFINITY })],
    ["size of crop", () => crop(0)],
    ["size of crop", () => crop([])],
    ["size of crop", () => crop([3, 1.5])],
    ["position of crop", () => crop(3, { position: "middle" as "center" })],
    ["value of fill", () => fill({ value: Number.NaN })],
    ["axis of flip", () => flip({ axis: 0.5 })],
    ["axis of flip", () => flip({ axis: [] })],
    ["p of flip", () => flip({ p: 1.1 })],
    ["low and high of percentile", () => percentile({ low: 60, high: 40 })],
    ["low and high of percentile", () => percentile({ low: -1 })],
    ["low and high of percentile", () => percentile({ high: 101 })],
    ["turns of rot90", () => rot90({ turns: [] })],
    ["turns of rot90", () => rot90({ turns: [0.5] })],
    ["mean of standardise", () => standardise({ mean: Number.NaN })],
    ["std of standardise", () => standardise({ std: 0 })],
    ["contrast of zscale", () => zscale({ contrast: 0 })],
    ["samples of zscale", () => zscale({ samples: 0 })],
    ["maxReject of zscale", () => zscale({ maxReject: 1.5 })],
    ["minPixels of zscale", () => zscale({ minPixels: 2 })],
    ["krej of zscale", () => zscale({ krej: -1 })],
    ["maxIterations of zscale", () => zscale({ maxIterations: 0 })],
  ])("reject an impossible %s", (name, make) => {
    expect(make).toThrow(FitsArgumentError);
    expect(make).toThrow(`${name} is not possible; expected `);
  });
});

describe("samples that do not fit", () => {
  it.each(valueTransforms)("are those of integers for $op", (spec) => {
    for (const dtype of DTYPES) {
      const sample: Sample = { data: allocate(dtype, 4), shape: [2, 2], dtype };
      if (dtype === "float32" || dtype === "float64") {
        expect(outputDtype(spec, dtype)).toBe(dtype);
        continue;
      }
      const message = `${spec.op} of these pixels is not possible; expected dtype float32 or float64, found ${dtype}`;
      expect(() => outputDtype(spec, dtype)).toThrow(message);
      expect(() => applyTransform(spec, sample, contextOf())).toThrow(FitsArgumentError);
      expect(() => applyTransform(spec, sample, contextOf())).toThrow(message);
    }
  });

  it.each(moveTransforms)("are of no dtype for $op", (spec) => {
    for (const dtype of DTYPES) expect(outputDtype(spec, dtype)).toBe(dtype);
  });

  it.each<[TransformSpec, number[]]>([
    [crop(3), [2, 9]],
    [crop(3), [9]],
    [crop([1, 1, 1]), [9, 9]],
    [flip(), [9]],
    [flip({ axis: 2 }), [9, 9]],
    [flip({ axis: -3 }), [9, 9]],
    [rot90(), [8, 9]],
    [rot90({ turns: [0, 1] }), [8, 9]],
    [rot90({ turns: [2] }), [9]],
  ])("%j of shape %j throws", (spec, shape) => {
    const sample = sampleOf("float32", shape, count(shape));
    expect(() => outputShape(spec, shape)).toThrow(FitsArgumentError);
    expect(() => applyTransform(spec, sample, contextOf())).toThrow(FitsArgumentError);
    expect(valuesOf(sample.data)).toEqual(count(shape));
  });

  it.each<[TransformSpec, number[]]>([
    [flip(), [4, 5]],
    [rot90(), [2, 5, 5]],
    [rot90({ turns: [0, 2] }), [2, 5, 3]],
    ...valueTransforms.map((spec): [TransformSpec, number[]] => [spec, [3]]),
  ])("%j keeps shape %j", (spec, shape) => {
    expect(outputShape(spec, shape)).toEqual(shape);
  });

  it("are those with another number of pixels than their shape says", () => {
    const sample: Sample = { data: new Float32Array(5), shape: [2, 3], dtype: "float32" };
    const run = () => applyTransform(flip(), sample, contextOf());
    expect(run).toThrow("a sample of shape [2, 3] is not possible; expected 6 pixels, found 5");
  });
});
