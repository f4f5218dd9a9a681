import { existsSync } from "node:fs";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it, vi } from "vitest";
import { linearRegression } from "../photometric-redshifts/linear-regression.js";
import { redshiftMetrics } from "../photometric-redshifts/metrics.js";
import { photometricRedshifts } from "../photometric-redshifts/photometric-redshifts.js";

let out: string;

beforeAll(async () => {
  out = await mkdtemp(join(tmpdir(), "photometric-redshifts-"));
  vi.spyOn(console, "log").mockImplementation(() => {});
});

afterAll(async () => {
  await rm(out, { recursive: true });
});

describe("photometric-redshifts", () => {
  it("counts as astronomers do", () => {
    // dz of 0.1, -0.1, 0, 0.2 and 0.
    const { bias, nmad, outliers, rms } = redshiftMetrics([0.1, 0.8, 1, 1.4, 3], [0, 1, 1, 1, 3]);
    expect(bias).toBeCloseTo(0.04, 12);
    expect(nmad).toBeCloseTo(1.4826 * 0.1, 12);
    expect(outliers).toBe(0.2);
    expect(rms).toBeCloseTo(Math.sqrt(0.06 / 5), 12);
  });

  it("finds the linear function that there is", () => {
    const data = Float32Array.of(0, 1, 1, 0, 1, 1, 2, 5);
    const predict = linearRegression({ data, shape: [4, 2] }, [5, 3, 6, 19]);
    const [one, other] = predict({ data: Float32Array.of(4, 0, 0, 4), shape: [2, 2] });
    // 2 + x + 3 y
    expect([one, other]).toEqual([expect.closeTo(6, 3), expect.closeTo(14, 3)]);
  });

  it("learns: better than a line, which is better than the mean", async () => {
    const { mean, linear, network } = await photometricRedshifts({
      out,
      objects: 10_000,
      seed: 3,
      epochs: 25,
      help: false,
    });
    expect(network.nmad).toBeLessThan(0.85 * linear.nmad);
    expect(network.rms).toBeLessThan(linear.rms);
    expect(linear.rms).toBeLessThan(0.8 * mean.rms);
    expect(Math.abs(network.bias)).toBeLessThan(0.02);
    expect(existsSync(join(out, "photometric-redshifts.png"))).toBe(true);
  });
});
