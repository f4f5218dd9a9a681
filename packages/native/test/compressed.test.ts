import { readFileSync } from "node:fs";
import {
  bytesOf,
  type Dtype,
  FitsArgumentError,
  type HduToWrite,
  MemorySource,
  openFits,
  readImageInto,
  type TileCompression,
  type TypedArray,
  viewOf,
  writeFits,
} from "@fitstream/native";
import { describe, expect, it } from "vitest";
import { failureOf } from "./helpers/failures.js";
import { hduOf, openBothWays, TemporaryFolder } from "./helpers/files.js";
import { Random } from "./helpers/random.js";
import { indicesOf, randomWindow } from "./helpers/reference.js";
import { CountingSource } from "./helpers/sources.js";

const folder = new TemporaryFolder();
const shape = [37, 53];
const pixels = 37 * 53;

/** Something like a sky: a level, noise, and a few stars; the first pixels are the range's ends. */
function sky(dtype: Dtype, random: Random): TypedArray {
  const data = viewOf(dtype, new ArrayBuffer(pixels * 8), 0, pixels);
  for (let i = 0; i < pixels; ++i) {
    const star = random.int(200) === 0 ? 100 * random.next() : 0;
    const value = 20 + 5 * random.gauss() + star;
    const whole = Math.max(0, Math.min(120, Math.round(value)));
    if (data instanceof BigInt64Array || data instanceof BigUint64Array) data[i] = BigInt(whole);
    else data[i] = dtype.startsWith("float") ? value : whole;
  }
  return data;
}

async function write(
  name: string,
  data: TypedArray,
  compression: TileCompression,
  more: Partial<HduToWrite> = {},
): Promise<string> {
  const path = folder.file(name);
  await writeFits(path, [{ kind: "image", data, shape, compression, ...more } as HduToWrite], {
    overwrite: true,
  });
  return path;
}

describe.each(["RICE_1", "GZIP_1", "GZIP_2"] as const)("%s", (codec) => {
  describe.each<[string, readonly number[] | undefined]>([
    ["tiles of a row", undefined],
    ["tiles with ragged ends", [10, 16]],
    ["one tile for all", [37, 53]],
    ["a tile larger than the image", [64, 64]],
  ])("in %s", (name, tile) => {
    const compression = tile === undefined ? { codec } : { codec, tile };

    it.each(["uint8", "int8", "uint16", "int16", "uint32", "int32"] as const)(
      "keeps %s exactly",
      async (dtype) => {
        const data = sky(dtype, new Random(1));
        const path = await write(`${codec}-${name}-${dtype}.fits`, data, compression);
        for await (const file of openBothWays(path)) {
          const hdu = await hduOf(file, 1, "compressed-image");
          expect(hdu).toMatchObject({ codec, shape, dtype });
          expect(hdu.tile).toHaveLength(2);
          const array = await hdu.read();
          expect(array).toMatchObject({ dtype, shape });
          expect(array.data).toEqual(data);
          const wide = await hdu.read({ dtype: "float64" });
          expect([...wide.data]).toEqual([...data]);
        }
      },
    );

    it("gives windows that are slices of the whole, from disk and from memory", async () => {
      const random = new Random(2);
      const data = sky("int16", random);
      const path = await write(`${codec}-${name}-windows.fits`, data, compression);
      const windows = Array.from({ length: 25 }, () => randomWindow(shape, random));
      for await (const file of openBothWays(path)) {
        const hdu = await hduOf(file, 1, "compressed-image");
        for (const window of windows) {
          const array = await hdu.read(window);
          expect(array.shape).toEqual(window.shape);
          expect([...array.data]).toEqual(indicesOf(window, shape).map((at) => data[at]));
        }
      }
    });
  });

  it.each(["float32", "float64"] as const)("keeps quantized %s within the step", async (dtype) => {
    const quantize = 8;
    // Noise of deviation 5 and nothing else, so that the step is known.
    const random = new Random(3);
    const data = viewOf(dtype, new ArrayBuffer(pixels * 8), 0, pixels);
    for (let i = 0; i < pixels; ++i) data[i] = 100 + 5 * random.gauss();
    const path = await write(`${codec}-${dtype}.fits`, data, { codec, quantize, tile: shape });
    const step = 5 / quantize;
    const read: TypedArray[] = [];
    for await (const file of openBothWays(path)) {
      const array = await (await hduOf(file, 1, "compressed-image")).read();
      expect(array.dtype).toBe(dtype);
      read.push(array.data);
    }
    const [local, memory] = read as [TypedArray, TypedArray];
    expect(bytesOf(memory)).toEqual(bytesOf(local));
    const errors = Array.from({ length: pixels }, (_, i) =>
      Math.abs(Number(local[i]) - Number(data[i])),
    );
    // The noise is estimated: a tenth more or less.
    expect(Math.max(...errors)).toBeLessThan(0.5 * step * 1.1);
    expect(Math.max(...errors)).toBeGreaterThan(0.5 * step * 0.8);
  });
});

describe.each(["GZIP_1", "GZIP_2"] as const)("%s with quantize 0", (codec) => {
  it.each(["float32", "float64"] as const)("keeps %s exactly", async (dtype) => {
    const data = sky(dtype, new Random(4));
    [0, -0, Number.NaN, Infinity, -Infinity, 1e-40].forEach((value, i) => {
      data[i] = value;
    });
    const path = await write(`${codec}-exact-${dtype}.fits`, data, { codec, quantize: 0 });
    for await (const file of openBothWays(path)) {
      const hdu = await hduOf(file, 1, "compressed-image");
      const array = await hdu.read();
      expect(array.dtype).toBe(dtype);
      expect(bytesOf(array.data)).toEqual(bytesOf(data));
      const window = { origin: [3, 5], shape: [20, 11], stride: [1, 2] };
      expect([...(await hdu.read(window)).data]).toEqual(
        indicesOf(window, shape).map((at) => data[at]),
      );
    }
  });
});

describe("undefined pixels", () => {
  it("of quantized floats are NaN", async () => {
    const data = sky("float32", new Random(5));
    for (let i = 0; i < 53; ++i) data[53 + i] = Number.NaN;
    data[7] = Number.NaN;
    const path = await write("nan.fits", data, { codec: "RICE_1" });
    for await (const file of openBothWays(path)) {
      const array = await (await hduOf(file, 1, "compressed-image")).read();
      expect([...array.data].map(Number.isNaN)).toEqual([...data].map(Number.isNaN));
    }
  });

  it("of integers are in the mask, and NaN in floats", async () => {
    const data = sky("int16", new Random(6));
    for (const i of [0, 5, 700]) data[i] = -99;
    const header = [{ keyword: "BLANK", value: -99 }];
    const path = await write("blank.fits", data, { codec: "RICE_1" }, { header });
    const expected = [...data].map((value) => (value === -99 ? 1 : 0));
    for await (const file of openBothWays(path)) {
      const hdu = await hduOf(file, 1, "compressed-image");
      const array = await hdu.read();
      expect([...(array.mask ?? [])]).toEqual(expected);
      const floats = await hdu.read({ dtype: "float32" });
      expect(floats.mask).toBeUndefined();
      expect([...floats.data].map((value) => Number(Number.isNaN(value)))).toEqual(expected);
    }
  });
});

describe("a read that is not possible", () => {
  it("is refused, as for plain images", async () => {
    const path = await write("refuse.fits", sky("int16", new Random(7)), { codec: "RICE_1" });
    for await (const file of openBothWays(path)) {
      const hdu = await hduOf(file, 1, "compressed-image");
      const cases = [
        ["FITS_OUT_OF_BOUNDS", { origin: [37, 0], shape: [1, 1] }],
        ["FITS_OUT_OF_BOUNDS", { shape: [37, 54] }],
        ["FITS_BAD_ARGUMENT", { shape: [37] }],
        ["FITS_BAD_ARGUMENT", { stride: [0, 1] }],
        ["FITS_OUT_OF_BOUNDS", { origin: [-1, 0] }],
        ["FITS_BAD_ARGUMENT", { dtype: "uint8" as const }],
        ["FITS_BAD_ARGUMENT", { out: new Int16Array(3) }],
      ] as const;
      for (const [code, options] of cases) {
        const error = await failureOf(() => hdu.read(options));
        expect(error).toBeInstanceOf(FitsArgumentError);
        expect(error).toMatchObject({ code, path: file.name, hdu: 1 });
      }
      expect((await hdu.read({ shape: [0, 5] })).data).toHaveLength(0);
    }
  });

  it("is refused before memory is asked for, where a small file declares a huge image", async () => {
    const path = await write("huge.fits", new Uint8Array(pixels), { codec: "RICE_1" });
    const bytes = readFileSync(path);
    for (const [keyword, axis] of [
      ["ZNAXIS1", 53],
      ["ZNAXIS2", 37],
    ] as const) {
      const at = bytes.indexOf(`${keyword.padEnd(8)}= ${String(axis).padStart(20)}`);
      bytes.write(`${keyword.padEnd(8)}= ${"2000000".padStart(20)}`, at, "latin1");
    }
    await using file = await openFits(new MemorySource(bytes));
    const hdu = await hduOf(file, 1, "compressed-image");
    expect(hdu.shape).toEqual([2_000_000, 2_000_000]);
    const error = await failureOf(() => hdu.read());
    expect(["FITS_LIMIT", "FITS_BAD_HEADER"]).toContain(error.code);
  });
});

it("ends with the reason of an abort", async () => {
  const data = new Int32Array(4000 * 5000).map((_, i) => (i * 7919) % 1000);
  const path = folder.file("abort.fits");
  const compression = { codec: "RICE_1" } as const;
  await writeFits(path, [{ kind: "image", data, shape: [4000, 5000], compression }]);
  await using file = await openFits(path);
  const hdu = await hduOf(file, 1, "compressed-image");
  const controller = new AbortController();
  const reading = hdu.read({ signal: controller.signal });
  controller.abort(new Error("enough"));
  await expect(reading).rejects.toBe(controller.signal.reason);
  const window = { origin: [3999, 4995], shape: [1, 5] };
  expect([...(await hdu.read(window)).data]).toEqual([...data.slice(-5)]);
});

it("fetches the HDU and no other, where the file is not local", async () => {
  const path = folder.file("second.fits");
  const image = (fill: number): HduToWrite => ({
    kind: "image",
    data: new Int16Array(pixels).fill(fill),
    shape,
    compression: { codec: "GZIP_2" },
  });
  await writeFits(path, [image(1), image(2), image(3)]);
  const source = new CountingSource(readFileSync(path));
  await using file = await openFits(source);
  const hdu = await hduOf(file, 2, "compressed-image");
  source.reset();
  expect(new Set([...(await hdu.read()).data])).toEqual(new Set([2]));
  const { headerOffset, dataOffset, dataLength } = hdu;
  expect(source.ranges).toEqual([
    { offset: headerOffset, length: dataOffset + dataLength - headerOffset },
  ]);
});

it("gives the same pixels whatever the number of threads", async () => {
  const path = await write("threads.fits", sky("int16", new Random(31)), {
    codec: "RICE_1",
    tile: [2, 17],
  });
  await using file = await openFits(path);
  const hdu = await hduOf(file, 1, "compressed-image");
  const alone = await hdu.read({ dtype: "float32" });
  for (const threads of [1, 2, 7]) {
    expect((await hdu.read({ dtype: "float32", threads })).data).toEqual(alone.data);
    const into = new Float32Array(pixels);
    await readImageInto(path, into, { hdu: 1, dtype: "float32", threads });
    expect(into).toEqual(alone.data);
  }
  await expect(hdu.read({ threads: -1 })).rejects.toThrow("threads");
});
