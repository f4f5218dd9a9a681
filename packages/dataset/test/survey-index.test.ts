import { existsSync, linkSync, mkdirSync, readFileSync, utimesSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { Dataset, type IndexProgress, planSamples } from "@fitstream/dataset";
import { writeFits } from "@fitstream/native";
import { afterAll, beforeEach, describe, expect, it } from "vitest";
import { imageHdu, serve, temporaryFolder, writeImages } from "./helpers/survey.js";

const folder = temporaryFolder();
const index = join(folder.path, "index", "survey.json");
let paths: readonly string[] = [];

beforeEach(async () => {
  const survey = join(folder.path, `survey${Math.random()}`);
  mkdirSync(survey);
  paths = await writeImages(survey, 20);
  writeFileSync(join(folder.path, "x"), "");
  if (existsSync(index)) writeFileSync(index, "{}");
});
afterAll(() => folder[Symbol.dispose]());

/** Plans a dataset; returns how many files were scanned for it. */
async function scanned(urls: readonly string[], keywords: readonly string[] = []): Promise<number> {
  let last: IndexProgress = { done: 0, total: 0, scanned: -1 };
  await planSamples(Dataset.images(urls, { index, keywords }), {
    onProgress: (progress) => {
      last = progress;
    },
  });
  expect(last.done).toBe(last.total);
  return last.scanned;
}

describe("the index of a survey", () => {
  it("is made once, and then reused", async () => {
    expect(await scanned(paths)).toBe(20);
    expect(await scanned(paths)).toBe(0);
    expect(JSON.parse(readFileSync(index, "utf8"))).toMatchObject({ fitstreamIndex: 1 });
  });

  it("scans again what changed in size or time, and what is new", async () => {
    await scanned(paths);
    await writeFits(paths[3] ?? "", [imageHdu(3), imageHdu(99)], { overwrite: true });
    const later = new Date(Date.now() + 60_000);
    utimesSync(paths[5] ?? "", later, later);
    expect(await scanned(paths)).toBe(2);
    const more = join(folder.path, "more.fits");
    await writeFits(more, [imageHdu(7)], { overwrite: true });
    expect(await scanned([...paths, more])).toBe(1);
  });

  it("is made anew when it is damaged, or lacks keywords", async () => {
    await scanned(paths);
    writeFileSync(index, readFileSync(index, "utf8").slice(0, 100));
    expect(await scanned(paths)).toBe(20);
    expect(await scanned(paths, ["FILTER"])).toBe(20);
    expect(await scanned(paths, ["FILTER"])).toBe(0);
  });

  it("asks a server once a file when nothing changed", async () => {
    await using server = await serve(folder.path);
    const urls = paths.map((path) => server.url + path.slice(folder.path.length));
    expect(await scanned(urls)).toBe(20);
    const before = server.requests();
    expect(await scanned(urls)).toBe(0);
    expect(server.requests() - before).toBe(20);
  });

  it("keeps BLANK exactly, whatever its size", async () => {
    const path = join(folder.path, "blank.fits");
    await writeFits(
      path,
      [
        {
          kind: "image",
          data: BigInt64Array.of(1n, -9007199254740993n),
          shape: [1, 2],
          header: [{ keyword: "BLANK", value: -9007199254740993n }],
        },
      ],
      { overwrite: true },
    );
    for (let i = 0; i < 2; ++i) {
      const plan = await planSamples(Dataset.images([path], { index }));
      expect(plan.source.hdus[0]?.hdu?.blank).toBe(-9007199254740993n);
    }
  });

  it("takes seconds for 10,000 files", async () => {
    const many = Array.from({ length: 10_000 }, (_, i) => join(folder.path, `link${i}.fits`));
    for (const [i, path] of many.entries()) linkSync(paths[i % 20] ?? "", path);
    const start = performance.now();
    const plan = await planSamples(Dataset.images(many, { index: false }));
    expect(plan.length).toBe(10_000);
    expect(performance.now() - start).toBeLessThan(5000);
  });

  it("works without a cache folder that can be written", async () => {
    const before = process.env["XDG_CACHE_HOME"];
    process.env["XDG_CACHE_HOME"] = join(folder.path, "x");
    try {
      expect((await planSamples(Dataset.images(paths))).length).toBe(20);
    } finally {
      if (before === undefined) delete process.env["XDG_CACHE_HOME"];
      else process.env["XDG_CACHE_HOME"] = before;
    }
  });
});
