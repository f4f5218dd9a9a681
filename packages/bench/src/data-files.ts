/** Many files: small images, plain and in tiles, and the large images that cutouts are taken from. */
import { copyFileSync, existsSync, mkdirSync } from "node:fs";
import { type ImageToWrite, openFits, writeFits } from "@fitstream/native";
import type { Data } from "./data.js";
import { imageOf } from "./data-images.js";
import { sky } from "./sky.js";

export type SmallType = "f32" | "i16";

const smallSide = 512;

/** A header of ordinary survey length. */
const surveyKeywords = [
  ...Array.from({ length: 24 }, (_, i) => ({
    keyword: `KEY${String(i).padStart(2, "0")}`,
    value: i * 1.5,
    comment: `survey keyword ${i}`,
  })),
  { keyword: "FILTER", value: "r" },
  { keyword: "EXPTIME", value: 53.9 },
];

function numbered(count: number, name: (digits: string) => string): readonly string[] {
  return Array.from({ length: count }, (_, i) => name(String(i).padStart(5, "0")));
}

/** Makes those files that are not there. */
async function makeEach(
  paths: readonly string[],
  make: (path: string, i: number) => Promise<void>,
): Promise<void> {
  for (const [i, path] of paths.entries()) if (!existsSync(path)) await make(path, i);
}

/** Paths of 2,000 small images of one type, in HDU 0. */
export async function smallImages(data: Data, type: SmallType): Promise<readonly string[]> {
  const name = `small_${type}`;
  const paths = numbered(data.count(2000, 16), (digits) => data.path(name, `${digits}.fits`));
  const isWhole = (): boolean => paths.every((path) => existsSync(path));
  if (isWhole()) return paths;
  await data.ensure(name, name, async () => {
    mkdirSync(data.path(name), { recursive: true });
  });
  await makeEach(paths, (path, i) =>
    writeFits(path, [{ ...imageOf(type, sky(smallSide, i + 2)), header: surveyKeywords }]),
  );
  return paths;
}

async function pixelsIn(path: string): Promise<ImageToWrite> {
  await using file = await openFits(path);
  const hdu = await file.hdu(0);
  if (hdu.kind !== "image") throw new Error(`${path} is no image`);
  const { data, shape } = await hdu.read();
  return { kind: "image", data, shape };
}

/** The same images RICE-compressed row by row, as `fpack -r` does it, in HDU 1. */
export async function smallRiceImages(data: Data, type: SmallType): Promise<readonly string[]> {
  const plain = await smallImages(data, type);
  mkdirSync(data.path("small_rice", type), { recursive: true });
  const paths = numbered(plain.length, (digits) =>
    data.path("small_rice", type, `${digits}.fits.fz`),
  );
  await makeEach(paths, async (path, i) => {
    const image = await pixelsIn(plain[i] ?? "");
    await writeFits(path, [{ kind: "image" }, { ...image, compression: { codec: "RICE_1" } }]);
  });
  return paths;
}

/** How the images that cutouts are taken from lie in their files. */
export type CutoutSource = "plain" | "rice_t256" | "rice_row";

/** Ten large float32 images, which are different pieces of sky; in HDU 0, compressed ones in HDU 1. */
export async function cutoutSources(data: Data, how: CutoutSource): Promise<readonly string[]> {
  mkdirSync(data.path("cutsrc", how), { recursive: true });
  const paths = Array.from({ length: 10 }, (_, i) => data.path("cutsrc", how, `${i}.fits`));
  const tile = how === "rice_t256" ? [256, 256] : [1, data.side];
  await makeEach(paths, (path, i) => {
    const image = imageOf("f32", sky(data.side, i + 1));
    const compression = { codec: "RICE_1", tile } as const;
    return writeFits(
      path,
      how === "plain" ? [image] : [{ kind: "image" }, { ...image, compression }],
    );
  });
  return paths;
}

/** Paths of very many, very small images. */
export async function manyImages(data: Data): Promise<readonly string[]> {
  mkdirSync(data.path("many"), { recursive: true });
  const paths = numbered(data.count(20_000, 300), (digits) => data.path("many", `${digits}.fits`));
  const [first = ""] = paths;
  if (!existsSync(first)) await writeFits(first, [imageOf("f32", sky(16, 1))]);
  await makeEach(paths, async (path) => copyFileSync(first, path));
  return paths;
}
