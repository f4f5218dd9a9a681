import { execFile } from "node:child_process";
import { copyFileSync, truncateSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import { type Batch, DataLoader, Dataset } from "@fitstream/dataset";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { serve, temporaryFolder, writeImages } from "./helpers/survey.js";

const execute = promisify(execFile);
const folder = temporaryFolder();
let paths: readonly string[] = [];
let server: Awaited<ReturnType<typeof serve>>;

beforeAll(async () => {
  paths = await writeImages(folder.path, 40);
  server = await serve(folder.path);
});
afterAll(async () => {
  await server[Symbol.asyncDispose]();
  folder[Symbol.dispose]();
});

async function runScript(
  name: string,
  ...args: readonly string[]
): Promise<Record<string, unknown>> {
  const script = fileURLToPath(new URL(`./helpers/${name}`, import.meta.url));
  const started = performance.now();
  // The timeout is the test: a process that something keeps alive is killed, which rejects.
  const { stdout } = await execute(process.execPath, ["--expose-gc", script, ...args], {
    timeout: 60_000,
  });
  return { ...JSON.parse(stdout), elapsedMs: performance.now() - started };
}

describe("an iteration that ends early", () => {
  const ways = ["break", "throw", "abort", "dispose", "drop", "close-while-waiting"];
  for (const way of ways) {
    for (const workers of ["0", "2"]) {
      it(`by ${way} leaves nothing open, with ${workers} workers`, async () => {
        const report = await runScript("lifecycle.mjs", way, folder.path, workers);
        expect(report["elapsedMs"]).toBeLessThan(10_000);
        if (way !== "drop") {
          expect(report["resources"]).toEqual([]);
          expect(report["pool"]).toMatchObject({ leases: 0, waiting: 0 });
        }
        if (way === "throw") expect(report["error"]).toBe("mine");
        if (way === "abort") {
          expect(report["error"]).toBe("enough");
          expect(report["rejectedMs"]).toBeLessThan(200);
          expect(report["closedMs"]).toBeLessThan(200);
        }
      });
    }
  }

  it("over http by abort leaves nothing open", async () => {
    const report = await runScript("lifecycle.mjs", "abort", folder.path, "1", server.url);
    expect(report["error"]).toBe("enough");
    expect(report["rejectedMs"]).toBeLessThan(200);
  });
});

describe("1,000 steps", () => {
  for (const device of ["cpu", "tfjs"]) {
    it(`on ${device} keep memory and tensors flat`, async () => {
      const report = await runScript("soak.mjs", folder.path, device);
      const samples = report["samples"] as { rss: number; held: number; tensors: number }[];
      const [after, end] = [samples[5], samples.at(-1)];
      expect(samples.length).toBe(20);
      expect(Math.max(...samples.map(({ held }) => held))).toBeLessThanOrEqual(
        Number(report["memory"]),
      );
      expect(new Set(samples.map(({ tensors }) => tensors)).size).toBe(1);
      // A leaked batch of 61 KB a step would be 43 MB over these 700 steps.
      expect((end?.rss ?? 0) - (after?.rss ?? 0)).toBeLessThan(20e6);
    }, 120_000);
  }
});

describe("a loader", () => {
  const dataset = () => Dataset.images(paths, { index: false }).batch(4);

  it("refuses two iterations at once, and allows the next after the first", async () => {
    await using loader = new DataLoader(dataset(), { workers: 0 });
    const first = loader[Symbol.asyncIterator]();
    expect(() => loader[Symbol.asyncIterator]()).toThrow(/iterated already/);
    await first.return?.();
    for await (using batch of loader) expect(batch.epoch).toBe(1);
  });

  it("rejects iterations after it was closed", async () => {
    const loader = new DataLoader(dataset(), { workers: 0 });
    await loader.close();
    await expect(loader[Symbol.asyncIterator]().next()).rejects.toMatchObject({
      code: "DATASET_CLOSED",
    });
  });

  it("rejects with the reason when its signal was aborted before", async () => {
    const signal = AbortSignal.abort(new Error("never mind"));
    const loader = new DataLoader(dataset(), { workers: 0, signal });
    await expect(loader[Symbol.asyncIterator]().next()).rejects.toThrow("never mind");
  });

  it("may be closed while its threads start", async () => {
    for (let i = 0; i < 8; ++i) {
      const loader = new DataLoader(dataset(), { workers: 2 });
      for await (using batch of loader) {
        expect(batch.step).toBe(0);
        break;
      }
      await loader.close();
    }
  });

  it("hands small batches over one by one until one fails, however many are made in one go", async () => {
    const broken = join(folder.path, "broken.fits");
    copyFileSync(paths[0] ?? "", broken);
    const urls = paths.with(31, broken);
    for (const workers of [0, 1]) {
      const batches = Dataset.images(urls, { index: false }).repeat(20).batch(4);
      await using loader = new DataLoader(batches, { workers });
      expect(await loader.explain()).toMatch(/up to \d{3} batches ahead/);
      // The file is cut off after it was indexed: its headers are fine.
      truncateSync(broken, 2880 + 100);
      let steps = 0;
      const epoch = async (): Promise<void> => {
        for await (using batch of loader) {
          expect(batch.step).toBe(steps++);
          expect(batch.mask).toEqual(new Uint8Array(4).fill(1));
        }
      };
      await expect(epoch()).rejects.toMatchObject({ path: broken });
      // Image 31 is in the eighth batch, and comes again and again.
      expect(steps).toBe(7);
      copyFileSync(paths[0] ?? "", broken);
    }
  });

  it("makes do with memory for a single batch, where more would be made in one go", async () => {
    const batchBytes = 4 * 24 * 20 * 4;
    await using loader = new DataLoader(dataset(), { workers: 0, memory: batchBytes + 4096 + 64 });
    for (let epoch = 0; epoch < 3; ++epoch) {
      let steps = 0;
      for await (using batch of loader) expect(batch.step).toBe(steps++);
      expect(steps).toBe(10);
    }
  });

  it("says so when the caller holds all memory", async () => {
    const batchBytes = 4 * 24 * 20 * 4;
    const memory = 2 * (batchBytes + 4096);
    await using loader = new DataLoader(dataset(), { workers: 0, memory });
    const held: Batch[] = [];
    await expect(
      (async () => {
        for await (const batch of loader) held.push(batch);
      })(),
    ).rejects.toMatchObject({ code: "POOL_EXHAUSTED" });
    expect(held.length).toBeGreaterThan(0);
    for (const batch of held) batch.release();
  }, 30_000);

  it("goes on when a held batch is released while it waits", async () => {
    const memory = 4 * 24 * 20 * 4 + 4096 + 64;
    await using loader = new DataLoader(dataset(), { workers: 0, memory, prefetch: 1 });
    let steps = 0;
    for await (const batch of loader) {
      setTimeout(() => batch.release(), 5);
      steps += 1;
    }
    expect(steps).toBe(10);
  });

  it("refuses the use of a released batch", async () => {
    await using loader = new DataLoader(dataset(), { workers: 0 });
    for await (const batch of loader) {
      batch.release();
      expect(() => batch.tensors).toThrow(/after its release/);
      expect(() => batch.release()).toThrow(/released twice/);
      break;
    }
  });

  it("names leaked batches when it is closed in debug mode", async () => {
    const loader = new DataLoader(dataset(), { workers: 0, debug: true });
    for await (const _batch of loader) break;
    await expect(loader.close()).rejects.toMatchObject({ code: "POOL_LEAK" });
  });

  it("says what limits it", async () => {
    await using loader = new DataLoader(dataset(), { workers: 0 });
    expect(loader.stats().bottleneck).toContain("nothing");
    for await (using _batch of loader) await new Promise((resolve) => setTimeout(resolve, 30));
    const stats = loader.stats();
    expect(stats).toMatchObject({ batches: 10, samples: 40 });
    expect(stats.bottleneck).toMatch(/^the consumer/);
  });
});
