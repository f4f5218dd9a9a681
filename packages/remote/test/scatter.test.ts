import { expect, it } from "vitest";
import { Scatter } from "../src/scatter.js";
import { bytesAt, bytesOf } from "./helpers/server.js";

const ranges = [
  { offset: 500, length: 100 },
  { offset: 0, length: 50 },
  { offset: 10, length: 700 },
  { offset: 505, length: 3 },
  { offset: 60, length: 0 },
  { offset: 999, length: 1 },
];
const total = ranges.reduce((sum, { length }) => sum + length, 0);

it.each([1, 7, 64, 999, 1000])("brings pieces of %i bytes to their places, in any order", (n) => {
  const target = new Uint8Array(total);
  const scatter = new Scatter(ranges, target);
  const starts = Array.from({ length: Math.ceil(1000 / n) }, (_, i) => i * n).reverse();
  const copied = starts.map((at) => scatter.write(at, bytesAt(at, Math.min(n, 1000 - at))));
  expect(Buffer.from(target).equals(bytesOf(ranges))).toBe(true);
  expect(copied.reduce((a, b) => a + b, 0)).toBe(total);
});

it("takes nothing of bytes that no range wants", () => {
  const target = new Uint8Array(total);
  expect(new Scatter(ranges, target).write(800, bytesAt(800, 199))).toBe(0);
  expect(target.every((byte) => byte === 0)).toBe(true);
});
