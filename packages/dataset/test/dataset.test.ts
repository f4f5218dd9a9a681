import { join } from "node:path";
import { asinh, crop, Dataset, flip, planSamples, sampleAt } from "@fitstream/dataset";
import { writeFits } from "@fitstream/native";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { imageHdu, temporaryFolder, writeImages } from "./helpers/survey.js";

const folder = temporaryFolder();
let paths: readonly string[] = [];

beforeAll(async () => {
  paths = await writeImages(folder.path, 10);
});
afterAll(() => folder[Symbol.dispose]());

const images = () => Dataset.images(paths, { index: false, keywords: ["FILTER", "NUMBER"] });

async function order(dataset: Dataset<string>, epoch = 0): Promise<number[]> {
  const plan = await planSamples(dataset);
  return Array.from({ length: plan.length }, (_, i) => sampleAt(plan, epoch, i).sample);
}

describe("Dataset", () => {
  it("is frozen, and its methods leave it as it is", async () => {
    const dataset = images();
    const before = dataset.node;
    dataset.shuffle().take(3).batch(2);
    expect(dataset.node).toBe(before);
    expect(Object.isFrozen(dataset) && Object.isFrozen(dataset.node)).toBe(true);
  });

  it("keeps the order of the files without a shuffle", async () => {
    expect(await order(images())).toEqual([0, 1, 2, 3, 4, 5, 6, 7, 8, 9]);
  });

  it("takes empty columns of positions, of BigInts too", async () => {
    for (const file of [new BigInt64Array(0), new BigUint64Array(0), []]) {
      const at = { file, x: new Float64Array(0), y: [] };
      expect(await order(Dataset.cutouts(paths, { index: false, at, size: 4 }))).toEqual([]);
    }
  });

  it("takes a folder for its FITS files", async () => {
    const plan = await planSamples(Dataset.images(folder.path, { index: false }));
    expect(plan.source.hdus.map((image) => image.file.url)).toEqual(paths);
  });

  it("filters by what the headers tell", async () => {
    expect(await order(images().filter((s) => s.keywords["FILTER"] === "r"))).toEqual([
      1, 3, 5, 7, 9,
    ]);
    expect(await order(images().filter((s) => s.id > 6))).toEqual([7, 8, 9]);
  });

  it("refuses a filter after a shuffle, with the way out", async () => {
    await expect(
      planSamples(
        images()
          .shuffle()
          .filter(() => true),
      ),
    ).rejects.toMatchObject({
      code: "DATASET_BAD_ARGUMENT",
      expected: "filter before shuffle and repeat",
    });
  });

  it("takes the first samples of what comes before it", async () => {
    expect(await order(images().take(3))).toEqual([0, 1, 2]);
    const shuffled = await order(images().shuffle({ seed: 3 }));
    expect(await order(images().shuffle({ seed: 3 }).take(4))).toEqual(shuffled.slice(0, 4));
    expect((await order(images().take(4).shuffle({ seed: 3 }))).sort()).toEqual([0, 1, 2, 3]);
  });

  it("repeats with another order each time", async () => {
    const plan = await planSamples(images().shuffle({ seed: 1 }).repeat(3));
    expect(plan.length).toBe(30);
    const rounds = [0, 1, 2].map((round) =>
      Array.from({ length: 10 }, (_, i) => sampleAt(plan, 0, round * 10 + i).sample).join(),
    );
    expect(new Set(rounds).size).toBe(3);
    for (const round of rounds)
      expect(round.split(",").map(Number).sort()).toEqual(await order(images()));
  });

  it("repeats without end", async () => {
    const plan = await planSamples(images().repeat());
    expect(plan.length).toBe(Number.POSITIVE_INFINITY);
    expect(sampleAt(plan, 0, 1_000_007)).toEqual({ sample: 7, epoch: 100_000 });
  });

  it("draws the same order for the same seed, another one for another epoch", async () => {
    const dataset = images().shuffle({ seed: 11 });
    expect(await order(dataset, 4)).toEqual(await order(dataset, 4));
    expect(await order(dataset, 4)).not.toEqual(await order(dataset, 5));
  });

  it("reads only what a crop at the front needs", async () => {
    const plan = await planSamples(
      images()
        .map(crop([10, 8]))
        .map(asinh()),
    );
    expect(plan.reading).toMatchObject({ decoded: { shape: [10, 8] }, workerSteps: [{ op: 1 }] });
    const later = await planSamples(
      images()
        .map(flip())
        .map(crop([10, 8])),
    );
    expect(later.reading).toMatchObject({
      decoded: { shape: [24, 20] },
      output: { shape: [10, 8] },
    });
  });

  it("says which files differ in shape or dtype before anything is read", async () => {
    const odd = join(folder.path, "odd.dat");
    await writeFits(odd, [imageHdu(0, 5, 5)], { overwrite: true });
    await expect(
      planSamples(Dataset.images([...paths, odd], { index: false })),
    ).rejects.toMatchObject({
      code: "DATASET_MISMATCH",
      found: `[5, 5] in ${odd}`,
    });
    await expect(
      planSamples(Dataset.images([...paths, odd], { index: false }).map(crop(4))),
    ).resolves.toMatchObject({ reading: { decoded: { shape: [4, 4] } } });
  });

  it("looks only at the images that a filter leaves", async () => {
    const odd = join(folder.path, "odd.dat");
    await writeFits(odd, [imageHdu(0, 5, 5)], { overwrite: true });
    const all = Dataset.images([...paths, odd], { index: false });
    const small = all.filter(({ imageShape }) => imageShape[0] === 5);
    const { reading } = await planSamples(small.shuffle().batch(2));
    expect(reading).toMatchObject({ decoded: { shape: [5, 5] } });
  });

  it("names equal plans alike, wherever the files lie, and others otherwise", async () => {
    using elsewhere = temporaryFolder();
    const moved = await writeImages(elsewhere.path, 10);
    const hash = async (dataset: Dataset<string>) => (await planSamples(dataset)).hash;
    const base = await hash(
      images()
        .shuffle({ seed: 1 })
        .map(asinh({ a: 1 })),
    );
    const there = Dataset.images(moved, { index: false })
      .shuffle({ seed: 1 })
      .map(asinh({ a: 1 }));
    expect(await hash(there)).toBe(base);
    const others = [
      images()
        .shuffle({ seed: 2 })
        .map(asinh({ a: 1 })),
      images()
        .shuffle({ seed: 1 })
        .map(asinh({ a: 2 })),
      images().shuffle({ seed: 1 }),
      images()
        .take(9)
        .shuffle({ seed: 1 })
        .map(asinh({ a: 1 })),
    ];
    for (const other of others) expect(await hash(other)).not.toBe(base);
  });

  it("checks labels against the samples", async () => {
    await expect(planSamples(images().zip({ z: [1, 2, 3] }))).rejects.toMatchObject({
      code: "DATASET_BAD_ARGUMENT",
    });
    const plan = await planSamples(
      images().zip({
        n: (s) => Number(s.keywords["NUMBER"]),
        z: Float64Array.from({ length: 10 }, (_, i) => i / 2),
      }),
    );
    expect(plan.labels.map(({ name, dtype }) => [name, dtype])).toEqual([
      ["n", "int32"],
      ["z", "float32"],
    ]);
    expect([...(plan.labels[0]?.values ?? [])]).toEqual([0, 1, 2, 3, 4, 5, 6, 7, 8, 9]);
  });

  it("refuses numbers that make no sense", () => {
    expect(() => images().batch(0)).toThrow(/whole number >= 1/);
    expect(() => images().take(-1)).toThrow(/whole number >= 0/);
    expect(() => images().repeat(0.5)).toThrow(/whole number >= 1/);
    expect(() => images().shuffle({ seed: Number.NaN })).toThrow(/seed/);
    expect(() => images().zip({ image: [1] })).toThrow(/must not be named image/);
    expect(() => Dataset.cutouts(paths, { at: { x: [], y: [] }, size: 0 })).toThrow(/cutout/);
  });

  it("places cutouts as astropy's Cutout2D does, and says which leave their image", async () => {
    const make = (x: number, y: number, size: number, edge: "error" | "drop" = "error") =>
      planSamples(Dataset.cutouts(paths, { at: { x: [x], y: [y] }, size, edge, index: false }));
    // Odd: the centre pixel is the middle one; even: the upper of the middle two.
    expect((await make(10, 12, 3)).source.originOf(0)).toEqual([11, 9]);
    expect((await make(10, 12, 4)).source.originOf(0)).toEqual([10, 8]);
    expect((await make(10.4, 12.6, 4)).source.originOf(0)).toEqual([11, 9]);
    await expect(make(0, 12, 4)).rejects.toMatchObject({ code: "DATASET_BAD_ARGUMENT" });
    expect((await make(0, 12, 4, "drop")).length).toBe(0);
  });
});
