/** Tile-compressed images by every codec and setting, read back by this library and by astropy. */
import {
  type ImageToWrite,
  openFits,
  type TileCompression,
  type TypedArray,
  writeFits,
} from "@fitstream/native";
import { describe, expect, it } from "vitest";
import { dataByAstropy, pythonWithAstropy } from "./helpers/astropy.js";
import { hduOf, TemporaryFolder } from "./helpers/files.js";
import { complaintsOf, hasFitsverify } from "./helpers/fitsverify.js";
import { Random } from "./helpers/random.js";
import { textsOf } from "./helpers/random-hdus.js";

const folder = new TemporaryFolder();
const random = new Random(5);
const codecs = ["RICE_1", "GZIP_1", "GZIP_2", "HCOMPRESS_1", "PLIO_1"] as const;
const [height, width] = [37, 41];
const shape = [height, width];
const count = height * width;

/** What this library read, for astropy to be asked at the end, at once. */
const read = new Map<string, TypedArray>();

async function readBack(name: string, image: ImageToWrite): Promise<TypedArray> {
  const path = folder.file(`${name}.fits`);
  await writeFits(path, [image], { checksum: true });
  if (hasFitsverify) expect(complaintsOf(path)).toEqual([]);
  await using file = await openFits(path);
  const { data } = await (await hduOf(file, 1, "compressed-image")).read();
  // astropy 5.2 reads no more axes.
  if (image.shape?.length === 2) read.set(path, data);
  return data;
}

const integers: readonly TypedArray[] = [
  Uint8Array.from({ length: count }, () => random.int(256)),
  Int8Array.from({ length: count }, () => random.int(256) - 128),
  Int16Array.from({ length: count }, (_, i) => (i % 50 === 0 ? 32767 : random.int(100))),
  Int32Array.from({ length: count }, (_, i) => (i % 50 === 0 ? 2 ** 24 - 1 : random.int(1000))),
];
const unsigned: readonly TypedArray[] = [
  Uint16Array.from({ length: count }, () => 60_000 + random.int(1000)),
  Uint32Array.from({ length: count }, () => random.int(2 ** 20) + 2 ** 31),
];

describe.each(codecs)("%s", (codec) => {
  const types = codec === "PLIO_1" ? integers : [...integers, ...unsigned];
  it.each(types.map((data) => [data.constructor.name, data] as const))(
    "keeps %s exactly",
    async (name, data) => {
      const tile = random.pick([
        [1, 41],
        [8, 41],
        [37, 10],
        [37, 41],
      ]);
      const compression = { codec, tile: codec === "HCOMPRESS_1" ? [37, 41] : tile };
      expect(
        await readBack(`${codec}-${name}`, { kind: "image", data, shape, compression }),
      ).toEqual(data);
    },
  );
});

const noise = Float32Array.from({ length: count }, (_, i) =>
  i % 13 === 0 ? Number.NaN : i % 11 === 0 ? 0 : 100 + random.gauss(),
);
const dithers = ["NO_DITHER", "SUBTRACTIVE_DITHER_1", "SUBTRACTIVE_DITHER_2"] as const;
const lossy = codecs
  .filter((codec) => codec !== "PLIO_1")
  .flatMap((codec) => dithers.map((dither): TileCompression => ({ codec, dither })))
  .filter(({ codec, dither }) => codec !== "HCOMPRESS_1" || dither !== "SUBTRACTIVE_DITHER_2");

describe.each(lossy)("$codec, $dither", (compression) => {
  it.each([
    ["float32", noise],
    ["float64", Float64Array.from(noise)],
  ] as const)("keeps %s within half a step, and NaN", async (dtype, data) => {
    const name = `${compression.codec}-${compression.dither}-${dtype}`;
    const step = 0.01;
    const seed = random.pick([1, 10_000, "clock", "checksum"] as const);
    const pixels = await readBack(name, {
      kind: "image",
      data,
      shape,
      compression: { ...compression, quantize: -step, ditherSeed: seed },
    });
    for (const [i, value] of data.entries()) {
      if (Number.isNaN(value)) expect(pixels[i]).toBeNaN();
      else expect(Math.abs(Number(pixels[i]) - value)).toBeLessThan(step * 0.51);
      if (value === 0 && compression.dither === "SUBTRACTIVE_DITHER_2") expect(pixels[i]).toBe(0);
    }
  });
});

it("makes the step from the noise", async () => {
  const data = Float32Array.from({ length: count }, () => random.gauss());
  const errorOf = async (quantize: number): Promise<number> => {
    const compression = { codec: "RICE_1", quantize, tile: shape } as const;
    const pixels = await readBack(`noise-${quantize}`, { kind: "image", data, shape, compression });
    return Math.max(...data.map((value, i) => Math.abs(value - Number(pixels[i]))));
  };
  expect(await errorOf(2)).toBeGreaterThan(2 * (await errorOf(16)));
});

it("lets HCOMPRESS lose what `scale` says, and readers smooth it", async () => {
  const data = Int32Array.from({ length: count }, (_, i) => (i % width) * 10 + random.int(20));
  const with_ = (more: Partial<TileCompression>) =>
    readBack(`lossy-${more.smooth ?? false}`, {
      kind: "image",
      data,
      shape,
      compression: { codec: "HCOMPRESS_1", ...more },
    });
  const [rough, smooth] = [await with_({ scale: -8 }), await with_({ scale: -8, smooth: true })];
  expect(rough).not.toEqual(data);
  expect(smooth).not.toEqual(rough);
  for (const [i, value] of data.entries()) {
    expect(Math.abs(value - Number(rough[i]))).toBeLessThan(40);
  }
});

it("keeps noise exactly that HCOMPRESS makes longer", async () => {
  const data = Uint16Array.from({ length: count }, () => random.int(65536));
  const compression = { codec: "HCOMPRESS_1", tile: shape } as const;
  expect(await readBack("incompressible", { kind: "image", data, shape, compression })).toEqual(
    data,
  );
});

it("writes more than three axes, in tiles of every axis", async () => {
  const data = Int16Array.from({ length: 3 * 4 * 5 * 6 * 7 }, () => random.int(100));
  const many = { kind: "image", data, shape: [3, 4, 5, 6, 7] } as const;
  const compression = { codec: "RICE_1", tile: [2, 3, 4, 5, 6] } as const;
  expect(await readBack("deep", { ...many, compression })).toEqual(data);
});

it("puts settings of one image on no other", async () => {
  const path = folder.file("two.fits");
  const data = Int16Array.from({ length: 64 * 64 }, () => random.int(100));
  const image = { kind: "image", data, shape: [64, 64] } as const;
  await writeFits(path, [
    { ...image, compression: { codec: "HCOMPRESS_1", tile: [32, 16], scale: -9, smooth: true } },
    { ...image, compression: { codec: "HCOMPRESS_1" } },
    image,
    { ...image, compression: { codec: "RICE_1" } },
  ]);
  await using file = await openFits(path);
  const second = await hduOf(file, 2, "compressed-image");
  expect((await second.read()).data).toEqual(data);
  expect((await (await hduOf(file, 3, "image")).read()).data).toEqual(data);
  expect((await hduOf(file, 4, "compressed-image")).tile).toEqual([1, 64]);
});

it.skipIf(pythonWithAstropy === undefined)("is read by astropy as by this library", () => {
  const answers = dataByAstropy(pythonWithAstropy ?? "", [...read.keys()]);
  expect(read.size).toBeGreaterThan(40);
  for (const [i, [path, data]] of [...read].entries()) {
    // It makes floats of signed bytes, and 5.2 takes undefined pixels of quantized tiles for numbers.
    const expected = textsOf(data instanceof Int8Array ? Float32Array.from(data) : data);
    const pixels = answers[i]?.[1]?.pixels?.map((text, k) =>
      expected[k] === "nan" ? "nan" : text,
    );
    expect(pixels, path).toEqual(expected);
  }
});
