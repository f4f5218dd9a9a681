import { createHash } from "node:crypto";
import { join } from "node:path";
import {
  type BatchedDataset,
  DataLoader,
  Dataset,
  flip,
  type LoaderOptions,
  planSamples,
  rot90,
  sampleAt,
  standardise,
} from "@fitstream/dataset";
import type { NdArray } from "@fitstream/native";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import {
  addToHash,
  epochHash,
  pixel,
  serve,
  temporaryFolder,
  writeImages,
  writeMosaics,
} from "./helpers/survey.js";

type Server = Awaited<ReturnType<typeof serve>>;
type Mosaics = Awaited<ReturnType<typeof writeMosaics>>;

const folder = temporaryFolder();
let server: Server;
let mosaics: Mosaics;

beforeAll(async () => {
  mosaics = await writeMosaics(folder.path, 4, 50);
  server = await serve(folder.path);
});
afterAll(async () => {
  await server[Symbol.asyncDispose]();
  folder[Symbol.dispose]();
});

/** Shuffled, augmented cutouts of plain and compressed mosaics. */
function cutouts(base: string, batch = 48): BatchedDataset<"image" | "label"> {
  const urls = mosaics.names.map((name) => `${base}/${name}`);
  return Dataset.cutouts(urls, { at: mosaics.at, size: 12, index: false })
    .zip({ label: mosaics.label })
    .shuffle({ seed: 5 })
    .map(flip())
    .map(rot90())
    .map(standardise())
    .batch(batch);
}

async function hashOf(base: string, options: LoaderOptions<NdArray>): Promise<string> {
  await using loader = new DataLoader(cutouts(base), options);
  // Awaited before the loader is disposed.
  return await epochHash(loader);
}

describe("the order of an epoch", () => {
  it("is one, for workers 0, 1, 2, 4 x prefetch 1, 4 x local, http", async () => {
    const expected = await hashOf(folder.path, { workers: 0, prefetch: 1 });
    for (const base of [folder.path, server.url]) {
      for (const workers of [0, 1, 2, 4]) {
        for (const prefetch of [1, 4]) {
          const name = `${base} workers ${workers} prefetch ${prefetch}`;
          expect(await hashOf(base, { workers, prefetch }), name).toBe(expected);
        }
      }
    }
  });

  it("differs from epoch to epoch, and is the same in every run", async () => {
    const run = async (): Promise<string[]> => {
      await using loader = new DataLoader(cutouts(folder.path), { workers: 1 });
      return [await epochHash(loader), await epochHash(loader), await epochHash(loader)];
    };
    const hashes = await run();
    expect(new Set(hashes).size).toBe(3);
    expect(await run()).toEqual(hashes);
  });

  it("is what sampleAt says", async () => {
    const dataset = cutouts(folder.path);
    const plan = await planSamples(dataset);
    await using loader = new DataLoader(dataset, { workers: 1 });
    let position = 0;
    for await (using batch of loader) {
      for (const [place, isFull] of batch.mask.entries()) {
        if (isFull === 0) continue;
        const { sample } = sampleAt(plan, 0, position++);
        expect(batch.ids[place]).toBe(plan.source.idOf(sample));
      }
    }
    expect(position).toBe(200);
  });

  it("comes together from 8 ranks, each sample once", async () => {
    const ids: number[] = [];
    const steps = new Set<number>();
    for (let rank = 0; rank < 8; ++rank) {
      await using loader = new DataLoader(cutouts(folder.path), { workers: 0, rank, worldSize: 8 });
      let count = 0;
      for await (using batch of loader) {
        ids.push(...[...batch.ids].filter((_, place) => batch.mask[place] === 1));
        count += 1;
      }
      steps.add(count);
    }
    expect(steps.size).toBe(1);
    expect(ids.sort((a, b) => a - b)).toEqual(Array.from({ length: 200 }, (_, i) => i));
  });

  it("pools of different sizes and debug mode make no difference", async () => {
    const expected = await hashOf(folder.path, { workers: 1 });
    expect(await hashOf(folder.path, { workers: 1, debug: true })).toBe(expected);
    expect(await hashOf(folder.path, { workers: 2, prefetch: 4, memory: 200_000 })).toBe(expected);
  });
});

describe("batches", () => {
  it("hold the right pixels and labels, in native types", async () => {
    using files = temporaryFolder();
    const paths = await writeImages(files.path, 7);
    const dataset = Dataset.images(paths, { index: false })
      .zip({ n: [0, 10, 20, 30, 40, 50, 60] })
      .batch(3);
    await using loader = new DataLoader(dataset, { workers: 1 });
    const seen: number[] = [];
    for await (using batch of loader) {
      const { image, n } = batch.tensors;
      expect(image.shape).toEqual([3, 24, 20]);
      expect(image.data).toBeInstanceOf(Float32Array);
      expect(n.data).toBeInstanceOf(Int32Array);
      for (const [place, isFull] of batch.mask.entries()) {
        const at = place * 24 * 20 + 5 * 20 + 7;
        if (isFull === 0) {
          expect(image.data[at]).toBe(0);
          expect(batch.ids[place]).toBeNaN();
          continue;
        }
        const id = batch.ids[place] ?? -1;
        seen.push(id);
        expect(image.data[at]).toBe(pixel(id, 5, 7));
        expect(n.data[place]).toBe(10 * id);
      }
    }
    expect(seen).toEqual([0, 1, 2, 3, 4, 5, 6]);
  });

  it("read with the stored dtype where that is asked for", async () => {
    const urls = mosaics.names.map((name) => join(folder.path, name));
    const dataset = Dataset.images(urls, { hdu: 2, dtype: "native", index: false }).batch(2);
    await using loader = new DataLoader(dataset, { workers: 0 });
    for await (using batch of loader) expect(batch.tensors.image.data).toBeInstanceOf(Int16Array);
  });

  it("run functions on the main thread after the transforms in the workers", async () => {
    using files = temporaryFolder();
    const paths = await writeImages(files.path, 4);
    const dataset = Dataset.images(paths, { index: false })
      .map(new URL("./helpers/double.mjs", import.meta.url), { options: { factor: 2 } })
      .map((sample, { id }) => {
        sample.data[0] = id;
        return undefined;
      })
      .batch(2);
    await using loader = new DataLoader(dataset, { workers: 1 });
    for await (using batch of loader) {
      for (const place of [0, 1]) {
        const { data } = batch.tensors.image;
        const id = batch.ids[place] ?? -1;
        expect(data[place * 480]).toBe(id);
        expect(data[place * 480 + 1]).toBe(2 * pixel(id, 0, 1));
      }
    }
    expect(await loader.explain()).toContain("main thread: 1 function(s)");
  });

  it("may change shape in a module that declares it", async () => {
    using files = temporaryFolder();
    const paths = await writeImages(files.path, 3);
    const module = new URL("./helpers/double.mjs#rowSums", import.meta.url);
    const dataset = Dataset.images(paths, { index: false })
      .map(module, { shape: [24] })
      .batch(3);
    await using loader = new DataLoader(dataset, { workers: 1 });
    for await (using batch of loader) {
      expect(batch.tensors.image.shape).toEqual([3, 24]);
      const row = Array.from({ length: 20 }, (_, x) => pixel(1, 2, x)).reduce((a, b) => a + b, 0);
      expect(batch.tensors.image.data[24 + 2]).toBe(Math.fround(row));
    }
  });
});

describe("state", () => {
  it("resumes exactly after the step it was taken at, under other workers and ranks", async () => {
    const dataset = cutouts(folder.path, 16);
    const whole = createHash("sha256");
    const states: string[] = [];
    {
      await using loader = new DataLoader(dataset, { workers: 1 });
      for await (using batch of loader) {
        addToHash(whole, batch);
        states.push(JSON.stringify(batch.state()));
        expect(JSON.parse(states.at(-1) ?? "")).toEqual(await loader.state());
      }
    }
    const expected = whole.digest("hex");
    expect(Math.max(...states.map((state) => state.length))).toBeLessThan(1024);
    for (const cut of [1, 5, 12]) {
      const hash = createHash("sha256");
      await using first = new DataLoader(dataset, { workers: 2, prefetch: 4 });
      let step = 0;
      for await (using batch of first) {
        addToHash(hash, batch);
        if (++step === cut) break;
      }
      const resume = JSON.parse(states[cut - 1] ?? "");
      await using second = new DataLoader(dataset, { workers: 0, prefetch: 1, resume });
      for await (using batch of second) addToHash(hash, batch);
      expect(hash.digest("hex")).toBe(expected);
    }
  });

  it("at the end of an epoch means the start of the next", async () => {
    const dataset = cutouts(folder.path);
    await using loader = new DataLoader(dataset, { workers: 0 });
    const first = await epochHash(loader);
    const state = await loader.state();
    expect(state).toMatchObject({ epoch: 1, step: 0 });
    const second = await epochHash(loader);
    await using resumed = new DataLoader(dataset, { workers: 0, resume: state });
    expect(await epochHash(resumed)).toBe(second);
    expect(second).not.toBe(first);
  });

  it("of another dataset is refused", async () => {
    await using loader = new DataLoader(cutouts(folder.path), { workers: 0 });
    const resume = await loader.state();
    await using other = new DataLoader(cutouts(folder.path, 7), { workers: 0, resume });
    await expect(other.warm()).rejects.toMatchObject({ code: "DATASET_STATE_MISMATCH" });
  });

  it("from a local run resumes behind a server", async () => {
    await using local = new DataLoader(cutouts(folder.path, 16), { workers: 0 });
    await using remote = new DataLoader(cutouts(server.url, 16), {
      workers: 1,
      resume: await local.state(),
    });
    expect(await epochHash(remote)).toBe(await epochHash(local));
  });

  it("seeks without reading", async () => {
    const dataset = cutouts(folder.path, 16);
    await using loader = new DataLoader(dataset, { workers: 0 });
    await loader.seek({ epoch: 2, step: 11 });
    const steps: string[] = [];
    for await (using batch of loader) steps.push(`${batch.epoch}.${batch.step}`);
    expect(steps).toEqual(["2.11", "2.12"]);
    expect(loader.stats().batches).toBe(2);
  });
});
