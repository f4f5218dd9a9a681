import { spawnSync } from "node:child_process";
import { existsSync, mkdirSync } from "node:fs";
import { homedir } from "node:os";
import { join } from "node:path";
import { type ImageToWrite, type TileCompression, writeFits } from "@fitstream/native";

/** Where the data of the benches lies: made once, kept. */
export function dataFolder(chosen: string | undefined): string {
  const cache = process.env["XDG_CACHE_HOME"] ?? join(homedir(), ".cache");
  const folder = chosen ?? join(cache, "fitstream", "bench");
  mkdirSync(folder, { recursive: true });
  return folder;
}

/** Side of the large images and of the small ones, in pixels. */
export const largeSide = 4096;
export const smallSide = 512;

/** Names of the large images, one of each stored type. */
export const imageNames = ["f32", "i16", "u16", "i32", "f64", "u8"] as const;
export type ImageName = (typeof imageNames)[number];

/** Tile-compressed large images: what is packed, and how. The names are those of the peers' data. */
export const tiledImageNames = [
  "rice_i16_row",
  "rice_i16_t256",
  "rice_f32q_row",
  "rice_f32q_t256",
  "gzip1_i16_row",
  "gzip2_i16_row",
  "gzip2_f32q_row",
  "gzip2_f32ll_row",
] as const;
export type TiledImageName = (typeof tiledImageNames)[number];
export const tiledImages: Readonly<
  Record<TiledImageName, { readonly of: ImageName; readonly compression: TileCompression }>
> = {
  rice_i16_row: { of: "i16", compression: { codec: "RICE_1" } },
  rice_i16_t256: { of: "i16", compression: { codec: "RICE_1", tile: [256, 256] } },
  rice_f32q_row: { of: "f32", compression: { codec: "RICE_1", quantize: 4 } },
  rice_f32q_t256: { of: "f32", compression: { codec: "RICE_1", tile: [256, 256], quantize: 4 } },
  gzip1_i16_row: { of: "i16", compression: { codec: "GZIP_1" } },
  gzip2_i16_row: { of: "i16", compression: { codec: "GZIP_2" } },
  gzip2_f32q_row: { of: "f32", compression: { codec: "GZIP_2", quantize: 4 } },
  gzip2_f32ll_row: { of: "f32", compression: { codec: "GZIP_2", quantize: 0 } },
};

const constructors = {
  f32: Float32Array,
  i16: Int16Array,
  u16: Uint16Array,
  i32: Int32Array,
  f64: Float64Array,
  u8: Uint8Array,
} as const;

/** A generator of 32-bit words (xorshift32, Marsaglia 2003): the pixels only have to be the same. */
function randomWords(seed: number): () => number {
  let state = seed | 1;
  return () => {
    state ^= state << 13;
    state ^= state >>> 17;
    state ^= state << 5;
    return state >>> 0;
  };
}

/** Sky-like pixels: background 1000, noise of about 12. */
function sky(side: number, seed: number): Float32Array {
  const next = randomWords(seed);
  const pixels = new Float32Array(side * side);
  for (let i = 0; i < pixels.length; ++i) {
    // Four uniform numbers added up are close enough to normal noise.
    const word = next();
    const sum = (word & 255) + ((word >>> 8) & 255) + ((word >>> 16) & 255) + (word >>> 24);
    pixels[i] = 1000 + ((sum - 510) / 148) * 12;
  }
  return pixels;
}

function pixelsOf(name: ImageName, pixels: Float32Array): ImageToWrite {
  const side = Math.sqrt(pixels.length);
  const values = name === "u8" ? pixels.map((v) => v / 8) : pixels;
  return { kind: "image", data: constructors[name].from(values), shape: [side, side] };
}

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

/**
 * The generator of the peers' own benches, where the project's background folder and a Python with
 * astropy are at hand: then the data are the same as those of the published figures.
 */
function generateLikePeers(folder: string, only: readonly string[]): boolean {
  const script = new URL("../../../../shared/peers/gen_data.py", import.meta.url).pathname;
  if (!existsSync(script)) return false;
  const args = [script, folder, "--only", only.join(",")];
  return ["/usr/bin/python3", "python3"].some(
    (python) => spawnSync(python, args, { stdio: ["ignore", "ignore", "ignore"] }).status === 0,
  );
}

/** Path of a large image, which is made where it is missing. */
export async function largeImage(folder: string, name: ImageName): Promise<string> {
  const path = join(folder, `img_${name}.fits`);
  if (existsSync(path) || generateLikePeers(folder, [`img_${name}`])) return path;
  await writeFits(path, [pixelsOf(name, sky(largeSide, 1))]);
  return path;
}

/** Path of a tile-compressed large image, in HDU 1; it is made where it is missing. */
export async function tiledImage(folder: string, name: TiledImageName): Promise<string> {
  const path = join(folder, `${name}.fits`);
  if (existsSync(path) || generateLikePeers(folder, [name])) return path;
  const { of, compression } = tiledImages[name];
  await writeFits(path, [{ kind: "image" }, { ...pixelsOf(of, sky(largeSide, 1)), compression }]);
  return path;
}

/** Paths of small images of one type. */
export async function smallImages(
  folder: string,
  name: "f32" | "i16",
  count: number,
): Promise<readonly string[]> {
  const dir = join(folder, `small_${name}`);
  const paths = Array.from({ length: count }, (_, i) =>
    join(dir, `${String(i).padStart(5, "0")}.fits`),
  );
  if (paths.every((path) => existsSync(path))) return paths;
  if (count <= 2000 && generateLikePeers(folder, [`small_${name}`])) return paths;
  mkdirSync(dir, { recursive: true });
  for (const [i, path] of paths.entries()) {
    if (existsSync(path)) continue;
    const hdu = pixelsOf(name, sky(smallSide, i + 2));
    await writeFits(path, [{ ...hdu, header: surveyKeywords }]);
  }
  return paths;
}
