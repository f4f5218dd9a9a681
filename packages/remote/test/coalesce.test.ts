import { describe, expect, it } from "vitest";
import { coalesce, pagesOf } from "../src/coalesce.js";

const kiB = 1024;
const page = 64 * kiB;
const limits = { maxGapPages: 1, maxSpanPages: 32 };

/** 64 rows of 256 bytes, `stride` bytes from one to the next. */
const rows = (stride: number) =>
  Array.from({ length: 64 }, (_, row) => ({ offset: 1000 + row * stride, length: 256 }));

describe("pagesOf", () => {
  it("names each page once, in rising order, whatever the order and overlap of the ranges", () => {
    const ranges = [
      { offset: 5 * page, length: 1 },
      { offset: page - 1, length: 2 },
      { offset: 0, length: 10 },
      { offset: 10, length: 2 * page },
    ];
    expect(pagesOf(ranges, page)).toEqual([0, 1, 2, 5]);
  });

  it("ends before the page that a range ends at", () => {
    expect(pagesOf([{ offset: page, length: page }], page)).toEqual([1]);
  });

  it("has no page for an empty range", () => {
    expect(pagesOf([{ offset: 10 * page, length: 0 }], page)).toEqual([]);
  });
});

describe("coalesce", () => {
  it("makes one request of a cutout whose rows are 16 KiB apart", () => {
    const spans = coalesce(pagesOf(rows(16 * kiB), page), limits);
    expect(spans).toEqual([{ first: 0, count: 16 }]);
  });

  it("fetches only the rows' pages when they are 1 MiB apart", () => {
    const spans = coalesce(pagesOf(rows(1024 * kiB), page), limits);
    expect(spans).toHaveLength(64);
    expect(spans.every(({ first, count }, row) => count === 1 && first === row * 16)).toBe(true);
  });

  it("bridges a gap of the limit, and none beyond it", () => {
    expect(coalesce([0, 2], limits)).toEqual([{ first: 0, count: 3 }]);
    expect(coalesce([0, 3], limits)).toEqual([
      { first: 0, count: 1 },
      { first: 3, count: 1 },
    ]);
    expect(coalesce([0, 1, 3], { ...limits, maxGapPages: 0 })).toEqual([
      { first: 0, count: 2 },
      { first: 3, count: 1 },
    ]);
  });

  it("cuts long spans into pieces that differ by a page at most", () => {
    const pages = Array.from({ length: 100 }, (_, i) => i + 7);
    const spans = coalesce(pages, limits);
    expect(spans).toHaveLength(4);
    expect(spans.map(({ count }) => count)).toEqual([25, 25, 25, 25]);
    expect(spans.map(({ first }) => first)).toEqual([7, 32, 57, 82]);
  });

  it("covers every page once, within the limits, for many random sets", () => {
    let seed = 1;
    const random = (): number => {
      seed = (seed * 48271) % 2147483647;
      return seed / 2147483647;
    };
    for (let round = 0; round < 200; ++round) {
      const pages = Array.from({ length: 300 }, (_, i) => i).filter(() => random() < 0.3);
      const some = { maxGapPages: round % 5, maxSpanPages: 1 + (round % 7) };
      const spans = coalesce(pages, some);
      const covered = spans.flatMap(({ first, count }) =>
        Array.from({ length: count }, (_, i) => first + i),
      );
      expect(covered).toEqual([...new Set(covered)].sort((a, b) => a - b));
      expect(pages.every((p) => covered.includes(p))).toBe(true);
      expect(spans.every(({ count }) => count >= 1 && count <= some.maxSpanPages)).toBe(true);
    }
  });

  it("asks for nothing when nothing is missing", () => {
    expect(coalesce([], limits)).toEqual([]);
  });
});
