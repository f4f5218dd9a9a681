import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it, vi } from "vitest";
import { classifyObjects } from "../classify-objects/classify-objects.js";
import { Confusion } from "../classify-objects/confusion.js";

let out: string;

beforeAll(async () => {
  out = await mkdtemp(join(tmpdir(), "classify-objects-"));
  vi.spyOn(console, "log").mockImplementation(() => {});
});

afterAll(async () => {
  await rm(out, { recursive: true });
});

describe("classify-objects", () => {
  it("counts what was taken for what", () => {
    const confusion = new Confusion(["a", "b"], [0, 0, 0, 1], [0, 0, 1, 1]);
    expect(confusion.counts).toEqual([
      [2, 1],
      [0, 1],
    ]);
    expect(confusion.accuracy).toBe(0.75);
    expect([confusion.recall(0), confusion.recall(1)]).toEqual([2 / 3, 1]);
    expect([confusion.precision(0), confusion.precision(1)]).toEqual([1, 0.5]);
    expect(confusion.balancedAccuracy).toBeCloseTo(5 / 6, 12);
    expect(new Confusion(["a", "b"], [0], [0]).precision(1)).toBeNaN();
  });

  it("learns: better than a line, which is better than the prior", async () => {
    const { prior, linear, network } = await classifyObjects({
      out,
      objects: 10_000,
      seed: 3,
      epochs: 25,
      help: false,
    });
    expect(prior.balancedAccuracy).toBeCloseTo(1 / 3, 12);
    expect(linear.balancedAccuracy).toBeGreaterThan(0.5);
    expect(network.balancedAccuracy).toBeGreaterThan(linear.balancedAccuracy + 0.02);
    expect(network.accuracy).toBeGreaterThan(prior.accuracy + 0.2);
  });
});
