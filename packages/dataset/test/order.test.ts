import { describe, expect, it } from "vitest";
import { positionsOf, stepsOf, type TailPolicy } from "../src/order/batches.js";
import { Permutation } from "../src/order/permutation.js";
import { shuffler } from "../src/order/shuffle.js";

const key = (seed: number, epoch = 0) => ({ seed, epoch, id: 0, op: 0 });

function all(permutation: Permutation): number[] {
  return Array.from({ length: permutation.length }, (_, i) => permutation.at(i));
}

function isPermutation(values: readonly number[]): boolean {
  const seen = new Set(values);
  return seen.size === values.length && values.every((v) => v >= 0 && v < values.length);
}

describe("Permutation", () => {
  it("takes every number exactly once, whatever the length", () => {
    for (const length of [1, 2, 3, 4, 5, 7, 8, 9, 31, 32, 33, 100, 255, 256, 257, 1000, 4097]) {
      for (const seed of [0, 1, 2 ** 40 + 7]) {
        expect(isPermutation(all(new Permutation(length, key(seed))))).toBe(true);
      }
    }
  });

  it("stays within 2^52 without losing a bit", () => {
    const length = 2 ** 52 - 3;
    const permutation = new Permutation(length, key(5));
    const seen = new Set<number>();
    for (let i = 0; i < 2000; ++i) {
      const x = permutation.at(length - 1 - i);
      expect(Number.isSafeInteger(x) && x >= 0 && x < length).toBe(true);
      seen.add(x);
    }
    expect(seen.size).toBe(2000);
  });

  it("keeps its order for ever: saved states rely on it", () => {
    expect(all(new Permutation(16, key(1)))).toMatchInlineSnapshot(`
      [
        2,
        10,
        13,
        4,
        15,
        7,
        5,
        9,
        11,
        0,
        1,
        14,
        3,
        8,
        12,
        6,
      ]
    `);
    const large = new Permutation(1e12, key(9, 3));
    expect([large.at(0), large.at(1), large.at(999_999_999_999)]).toMatchInlineSnapshot(`
      [
        561583817709,
        640231193175,
        917639864689,
      ]
    `);
  });

  it("sends each number to each place about equally often", () => {
    const length = 10;
    const keys = 4000;
    const counts = Array.from({ length }, () => new Array<number>(length).fill(0));
    for (let seed = 0; seed < keys; ++seed) {
      const permutation = new Permutation(length, key(seed));
      for (let i = 0; i < length; ++i) {
        const row = counts[i] ?? [];
        const x = permutation.at(i);
        row[x] = (row[x] ?? 0) + 1;
      }
    }
    const expected = keys / length;
    const chi2 = counts.flat().reduce((sum, n) => sum + (n - expected) ** 2 / expected, 0);
    // 81 degrees of freedom: 99.99 % of true shuffles stay below 135.
    expect(chi2).toBeLessThan(135);
  });

  it("uses memory that does not depend on the length", () => {
    const before = process.memoryUsage().heapUsed;
    const permutation = new Permutation(1e9, key(1));
    let sum = 0;
    for (let i = 0; i < 10_000; ++i) sum += permutation.at(i * 99_991);
    expect(sum).toBeGreaterThan(0);
    expect(process.memoryUsage().heapUsed - before).toBeLessThan(20e6);
  });
});

describe("shuffler", () => {
  it("is a permutation for every block, window and odd length", () => {
    for (const length of [1, 2, 10, 97, 256, 1000]) {
      for (const block of [1, 3, 16, 5000]) {
        for (const window of [1, 4, 1000]) {
          const shuffle = shuffler(length, { seed: 4, block, window }, 0);
          const values = Array.from({ length }, (_, i) => shuffle(2)(i));
          expect(isPermutation(values), `${length} ${block} ${window}`).toBe(true);
        }
      }
    }
  });

  it("gives another order in every epoch and for every seed", () => {
    const orders = [0, 1].flatMap((seed) =>
      [0, 1, 2].map((epoch) => {
        const shuffle = shuffler(50, { seed, block: 1, window: 1 }, 0);
        return Array.from({ length: 50 }, (_, i) => shuffle(epoch)(i)).join();
      }),
    );
    expect(new Set(orders).size).toBe(6);
  });

  it("reads few files at a time when blocks stay together", () => {
    const shuffle = shuffler(10_000, { seed: 1, block: 100, window: 4 }, 0);
    for (let start = 0; start < 10_000; start += 400) {
      const blocks = new Set(
        Array.from({ length: 400 }, (_, i) => Math.floor(shuffle(0)(start + i) / 100)),
      );
      expect(blocks.size).toBeLessThanOrEqual(4);
    }
  });
});

describe("batches", () => {
  const tails: readonly TailPolicy[] = ["drop", "pad", "wrap"];

  it("gives every rank the same number of steps and places", () => {
    for (const tail of tails) {
      for (const worldSize of [1, 2, 3, 7, 8]) {
        const batches = { samples: 1003, size: 32, tail };
        const lengths = new Set<number>();
        for (let rank = 0; rank < worldSize; ++rank) {
          lengths.add(positionsOf(batches, 0, { rank, worldSize }).length);
        }
        expect(lengths.size).toBe(1);
        expect(stepsOf(batches)).toBe(tail === "drop" ? 31 : 32);
      }
    }
  });

  it("pad: the ranks together take every sample exactly once", () => {
    const batches = { samples: 1003, size: 30, tail: "pad" as const };
    for (const worldSize of [1, 2, 4, 7, 8]) {
      const seen: number[] = [];
      for (let step = 0; step < stepsOf(batches); ++step) {
        for (let rank = 0; rank < worldSize; ++rank) {
          seen.push(
            ...positionsOf(batches, step, { rank, worldSize }).filter((p) => p !== undefined),
          );
        }
      }
      expect(seen.length).toBe(1003);
      expect(new Set(seen).size).toBe(1003);
    }
  });

  it("drop leaves the rest out, wrap starts over", () => {
    const one = { rank: 0, worldSize: 1 };
    expect(stepsOf({ samples: 10, size: 4, tail: "drop" })).toBe(2);
    expect(positionsOf({ samples: 10, size: 4, tail: "wrap" }, 2, one)).toEqual([8, 9, 0, 1]);
    expect(positionsOf({ samples: 10, size: 4, tail: "pad" }, 2, one)).toEqual([
      8,
      9,
      undefined,
      undefined,
    ]);
  });
});
