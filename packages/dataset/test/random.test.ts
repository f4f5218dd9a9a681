import { FitsArgumentError } from "@fitstream/native";
import { describe, expect, it } from "vitest";
import { philox, type Rng, rngFor } from "../src/random.js";

function take<T>(n: number, draw: () => T): T[] {
  return Array.from({ length: n }, draw);
}

function mean(values: readonly number[]): number {
  return values.reduce((sum, x) => sum + x, 0) / values.length;
}

function correlation(a: readonly number[], b: readonly number[]): number {
  const [meanA, meanB] = [mean(a), mean(b)];
  const deviations = a.map((x, i) => [x - meanA, (b[i] ?? 0) - meanB] as const);
  const xy = mean(deviations.map(([x, y]) => x * y));
  const xx = mean(deviations.map(([x]) => x * x));
  const yy = mean(deviations.map(([, y]) => y * y));
  return xy / Math.sqrt(xx * yy);
}

/** Pearson's statistic of counts that should be equal; its mean is their number less one. */
function chiSquare(counts: readonly number[]): number {
  const expected = mean(counts);
  return counts.reduce((sum, n) => sum + (n - expected) ** 2 / expected, 0);
}

describe("philox", () => {
  // The known answers of the paper's own library, Random123.
  it.each([
    {
      counter: [0, 0, 0, 0],
      key: [0, 0],
      expected: [0x6627e8d5, 0xe169c58d, 0xbc57ac4c, 0x9b00dbd8],
    },
    {
      counter: [0xffffffff, 0xffffffff, 0xffffffff, 0xffffffff],
      key: [0xffffffff, 0xffffffff],
      expected: [0x408f276d, 0x41c83b0e, 0xa20bc7c6, 0x6d5451fd],
    },
    {
      counter: [0x243f6a88, 0x85a308d3, 0x13198a2e, 0x03707344],
      key: [0xa4093822, 0x299f31d0],
      expected: [0xd16cfe09, 0x94fdcceb, 0x5001e420, 0x24126ea1],
    },
  ] as const)("gives the known answer at $counter", ({ counter, key, expected }) => {
    const [block, ...upper] = counter;
    const out = new Uint32Array(4);
    philox(block, { counter: upper, key }, out);
    expect([...out]).toEqual(expected);
  });
});

describe("rngFor", () => {
  // Made by another implementation of Philox, with big integers.
  it("gives streams that never change", () => {
    const words = (rng: Rng) => take(5, () => rng.uint32());
    expect(words(rngFor(0, 0, 0, 0))).toEqual([
      1713891541, 3781805453, 3159862348, 2600524760, 4175744164,
    ]);
    expect(words(rngFor(2 ** 53 - 1, 2 ** 32 - 1, 2 ** 53 - 1, 2047))).toEqual([
      3151037907, 2553569806, 3264527788, 2446869849, 3033079738,
    ]);
    expect(words(rngFor(1234567890123, 7, 9876543210, 3))).toEqual([
      2392085480, 3937347891, 3509652173, 2549871099, 3592284303,
    ]);
    const rng = rngFor(42, 1, 2, 3);
    expect([rng.uniform(), rng.int(10), rng.normal(), rng.bool(0.5)]).toEqual([
      0.6478643966162739,
      7,
      1.6474358492539474,
      false,
    ]);
  });

  it("gives the same numbers for the same key, whatever else was drawn", () => {
    const alone = rngFor(5, 6, 7, 8);
    const first = take(100, () => alone.normal());
    const [again, neighbour] = [rngFor(5, 6, 7, 8), rngFor(5, 6, 8, 8)];
    const mixed = take(100, () => [again.normal(), neighbour.normal()] as const);
    expect(mixed.map(([x]) => x)).toEqual(first);
    expect(mixed.map(([, x]) => x)).not.toEqual(first);
  });

  it("uses all bits of seed, epoch, id and op", () => {
    const starts = new Set<string>();
    const add = (seed: number, epoch: number, id: number, op: number) => {
      const rng = rngFor(seed, epoch, id, op);
      starts.add(take(4, () => rng.uint32()).join());
    };
    for (let bit = 0; bit < 53; bit++) add(2 ** bit, 0, 0, 0);
    for (let bit = 0; bit < 32; bit++) add(0, 2 ** bit, 0, 0);
    for (let bit = 0; bit < 53; bit++) add(0, 0, 2 ** bit, 0);
    for (let bit = 0; bit < 11; bit++) add(0, 0, 0, 2 ** bit);
    expect(starts.size).toBe(53 + 32 + 53 + 11);
  });

  it.each([
    ["seeds", (n: number) => rngFor(n, 0, 0, 0)],
    ["epochs", (n: number) => rngFor(1, n, 0, 0)],
    ["ids", (n: number) => rngFor(1, 0, n, 0)],
    ["ops", (n: number) => rngFor(1, 0, 0, n)],
  ] as const)("has streams of consecutive %s that do not correlate", (_, stream) => {
    const streams = Array.from({ length: 40 }, (_, n) => {
      const rng = stream(n);
      return take(2000, () => rng.uniform());
    });
    for (let n = 1; n < streams.length; n++) {
      // 4.5 standard deviations of a correlation of 2000 pairs.
      expect(Math.abs(correlation(streams[n - 1] ?? [], streams[n] ?? []))).toBeLessThan(0.1);
    }
  });

  it("spreads the first numbers of consecutive ids evenly, alone and in pairs", () => {
    const firsts = Array.from({ length: 40_000 }, (_, id) => rngFor(9, 0, id, 0).int(16));
    const counts = new Array<number>(16).fill(0);
    const pairs = new Array<number>(256).fill(0);
    firsts.forEach((n, id) => {
      counts[n] = (counts[n] ?? 0) + 1;
      const pair = n * 16 + (firsts[id - 1] ?? 0);
      pairs[pair] = (pairs[pair] ?? 0) + 1;
    });
    // The upper 0.01% of the distributions with 15 and 255 degrees of freedom.
    expect(chiSquare(counts)).toBeLessThan(44.3);
    expect(chiSquare(pairs)).toBeLessThan(348);
  });

  it.each([
    ["seed", [-1, 0, 0, 0]],
    ["seed", [2 ** 53, 0, 0, 0]],
    ["seed", [0.5, 0, 0, 0]],
    ["epoch", [0, 2 ** 32, 0, 0]],
    ["id", [0, 0, Number.NaN, 0]],
    ["op", [0, 0, 0, 2048]],
  ] as const)("rejects a %s that cannot be: %j", (name, [seed, epoch, id, op]) => {
    const make = () => rngFor(seed, epoch, id, op);
    expect(make).toThrow(FitsArgumentError);
    expect(make).toThrow(`${name} is not possible`);
  });
});

describe("Rng", () => {
  it("draws uniform numbers in [0, 1) with the moments of their distribution", () => {
    const rng = rngFor(3, 1, 4, 1);
    const values = take(100_000, () => rng.uniform());
    expect(values.every((x) => x >= 0 && x < 1)).toBe(true);
    expect(mean(values)).toBeCloseTo(1 / 2, 2);
    expect(mean(values.map((x) => x * x))).toBeCloseTo(1 / 3, 2);
    expect(Math.abs(correlation(values.slice(1), values.slice(0, -1)))).toBeLessThan(0.015);
  });

  it.each([
    { n: 2, most: 15.2 },
    { n: 7, most: 27.9 },
    { n: 100, most: 160 },
  ])("draws every integer below $n as often as the others", ({ n, most }) => {
    const rng = rngFor(2, 7, 1, 8);
    const counts = new Array<number>(n).fill(0);
    for (let i = 0; i < 70_000; i++) {
      const k = rng.int(n);
      counts[k] = (counts[k] ?? 0) + 1;
    }
    // `most` cuts off the upper 0.01% of the chi-square distribution with n - 1 degrees of freedom.
    expect(counts).toHaveLength(n);
    expect(chiSquare(counts)).toBeLessThan(most);
  });

  it("draws integers of large ranges without favouring small ones", () => {
    // The remainder of a 32-bit word would fall below 2^30 in two of four cases, not one of three.
    const rng = rngFor(8, 0, 0, 0);
    const n = 3 * 2 ** 30;
    const small = take(30_000, () => rng.int(n)).filter((k) => k < 2 ** 30).length;
    expect(small / 30_000).toBeCloseTo(1 / 3, 1);
    expect(take(1000, () => rng.int(2 ** 32)).some((k) => k >= 2 ** 31)).toBe(true);
    expect(take(10, () => rng.int(1))).toEqual(new Array(10).fill(0));
  });

  it.each([0, -1, 1.5, 2 ** 32 + 1, Number.NaN])("rejects integers below %d", (n) => {
    expect(() => rngFor(0, 0, 0, 0).int(n)).toThrow(FitsArgumentError);
  });

  it("draws normal numbers with the moments and tails of their distribution", () => {
    const rng = rngFor(1, 6, 1, 8);
    const values = take(200_000, () => rng.normal());
    const moment = (power: number) => mean(values.map((x) => x ** power));
    expect(Math.abs(moment(1))).toBeLessThan(0.01);
    expect(moment(2)).toBeCloseTo(1, 1.5);
    expect(Math.abs(moment(3))).toBeLessThan(0.04);
    expect(Math.abs(moment(4) - 3)).toBeLessThan(0.1);
    const beyond = (limit: number) =>
      values.filter((x) => Math.abs(x) > limit).length / values.length;
    expect(Math.abs(beyond(1) - 0.3173)).toBeLessThan(0.005);
    expect(Math.abs(beyond(3) - 0.0027)).toBeLessThan(0.0006);
  });

  it("is true with the probability asked for", () => {
    const rng = rngFor(0, 5, 7, 7);
    const part = (p: number) => mean(take(20_000, () => Number(rng.bool(p))));
    expect(part(0)).toBe(0);
    expect(part(1)).toBe(1);
    expect(part(0.2)).toBeCloseTo(0.2, 1.5);
  });
});
