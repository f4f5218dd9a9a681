/** Files that are declared immutable are mapped, and others are not. */
import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { DataLoader, Dataset } from "@fitstream/dataset";
import { type NdArray, writeFits } from "@fitstream/native";
import { afterAll, describe, expect, it } from "vitest";
import { imageHdu, pixel, temporaryFolder } from "./helpers/survey.js";

const folder = temporaryFolder();
afterAll(() => folder[Symbol.dispose]());
let files = 0;

/** A file of its own, as the process keeps mappings. */
async function newFile(): Promise<string> {
  const path = join(folder.path, `${++files}.fits`);
  await writeFits(path, [imageHdu(files)]);
  return path;
}

const isMapped = (path: string): boolean => readFileSync("/proc/self/maps", "utf8").includes(path);

type Kind = "images" | "cutouts";

function loaderOf(
  kind: Kind,
  path: string,
  immutable: boolean | undefined,
  workers: number,
): DataLoader<NdArray> {
  const options = { index: false, ...(immutable === undefined ? {} : { immutable }) } as const;
  const dataset =
    kind === "images"
      ? Dataset.images([path], options)
      : Dataset.cutouts([path], { ...options, at: { x: [10], y: [12] }, size: [24, 20] });
  return new DataLoader(dataset.batch(1), { workers });
}

async function epoch(loader: DataLoader<NdArray>): Promise<number[]> {
  const pixels: number[] = [];
  for await (const batch of loader) {
    pixels.push(...Array.from(batch.tensors.image.data, Number));
    batch.release();
  }
  return pixels;
}

const expected = (n: number): number[] =>
  Array.from({ length: 24 * 20 }, (_, i) => pixel(n, Math.floor(i / 20), i % 20));

describe.each<[Kind, number]>([
  ["images", 0],
  ["images", 1],
  ["cutouts", 0],
  ["cutouts", 1],
])("%s with %i workers", (kind, workers) => {
  it.runIf(process.platform === "linux").each([true, false, undefined])(
    "are mapped where `immutable` is true: %s",
    async (immutable) => {
      const path = await newFile();
      await using loader = loaderOf(kind, path, immutable, workers);
      expect(await epoch(loader)).toEqual(expected(files));
      expect(isMapped(path)).toBe(immutable === true);
    },
  );

  it.each([true, false])("notice a file that changed (immutable: %s)", async (immutable) => {
    const path = await newFile();
    await using loader = loaderOf(kind, path, immutable, workers);
    await epoch(loader);
    // In place: the mapping shows the new bytes at once.
    writeFileSync(path, readFileSync(path).fill(1, 2880));
    await expect(epoch(loader)).rejects.toMatchObject({ code: "FITS_FILE_CHANGED", path });
  });
});
