import {
  bytesOf,
  DTYPES,
  type Dtype,
  FitsArgumentError,
  type FitsFile,
  type ImageHdu,
  openFits,
  readImageInto,
  readImageIntoSync,
  viewOf,
} from "@fitstream/native";
import { describe, expect, it } from "vitest";
import { failureOf } from "./helpers/failures.js";
import { hduOf, openBothWays, openBytes, TemporaryFolder } from "./helpers/files.js";
import { bigEndian, block, extension, join, key, primary } from "./helpers/fits-bytes.js";
import { Random } from "./helpers/random.js";
import {
  type Coding,
  canRead,
  conventionZeros,
  decode,
  dtypeOf,
  imageOf,
  indicesOf,
  pixelsOf,
  randomWindow,
  storedDtypeOf,
} from "./helpers/reference.js";
import { CountingSource, StallingSource } from "./helpers/sources.js";

const folder = new TemporaryFolder();

const integers = [8, 16, 32, 64];
const codings: readonly Coding[] = [
  ...integers.flatMap((bitpix): Coding[] => {
    const convention = { bitpix, bzero: conventionZeros[bitpix] ?? 0 };
    return [
      { bitpix },
      { bitpix, blank: bitpix === 8 ? 7 : -100 },
      convention,
      { ...convention, blank: bitpix === 8 ? 200 : 77 },
      { bitpix, bscale: 0.1, bzero: -3.5 },
      { bitpix, bscale: -2.5, blank: 55 },
      { bitpix, bscale: 0, bzero: 4 },
      { bitpix, bscale: 2, bzero: conventionZeros[bitpix] ?? 0 },
    ];
  }),
  ...[-32, -64].flatMap((bitpix): Coding[] => [
    { bitpix },
    { bitpix, blank: 0 },
    { bitpix, bscale: 0.1, bzero: 1e3 },
    { bitpix, bzero: 32768 },
  ]),
];

const nameOf = (coding: Coding): string =>
  Object.entries(coding)
    .map(([part, value]) => `${part} ${value}`)
    .join(", ");

async function imageIn(file: FitsFile): Promise<ImageHdu> {
  return hduOf(file, 0, "image");
}

describe.each(codings.map((coding) => [nameOf(coding), coding] as const))(
  "case 25: %s",
  (_, coding) => {
    const shape = [7, 19];
    const stored = pixelsOf(coding, 7 * 19, new Random(1));
    const bytes = imageOf(coding, shape, stored);

    it("has the dtype that holds the physical values", async () => {
      await using file = await openBytes(bytes);
      const hdu = await imageIn(file);
      expect(hdu).toMatchObject({ shape, dtype: dtypeOf(coding), bitpix: coding.bitpix });
      const { dtype, data } = await hdu.read();
      expect(dtype).toBe(hdu.dtype);
      expect(data).toEqual(decode(coding, stored, dtypeOf(coding)).data);
    });

    it.each(DTYPES)("reads as %s what that can hold, and refuses else", async (dtype) => {
      await using file = await openBytes(bytes);
      const hdu = await imageIn(file);
      if (!canRead(coding, dtype)) {
        const error = await failureOf(() => hdu.read({ dtype }));
        expect(error).toBeInstanceOf(FitsArgumentError);
        expect(error).toMatchObject({ code: "FITS_BAD_ARGUMENT", path: "memory", hdu: 0 });
        expect(error).toMatchObject({ found: dtype });
        return;
      }
      const array = await hdu.read({ dtype });
      const expected = decode(coding, stored, dtype);
      expect(array).toMatchObject({ dtype, shape });
      expect(array.data).toEqual(expected.data);
      const isMasked = dtype !== "float32" && dtype !== "float64" && expected.mask.includes(1);
      expect(array.mask).toEqual(isMasked ? expected.mask : undefined);
    });

    it("gives stored values without scaling", async () => {
      await using file = await openBytes(bytes);
      const hdu = await imageIn(file);
      const { bitpix, blank } = coding;
      const raw = { bitpix, ...(blank === undefined ? {} : { blank }) };
      const array = await hdu.read({ scale: false });
      expect(array.dtype).toBe(storedDtypeOf(coding));
      expect(array.data).toEqual(decode(raw, stored, storedDtypeOf(coding)).data);
      const wide = await hdu.read({ scale: false, dtype: "float64" });
      expect(wide.data).toEqual(decode(raw, stored, "float64").data);
    });

    it("reads from a local file, and into given memory, as from memory", async () => {
      const path = folder.write("image.fits", bytes);
      await using local = await openFits(path);
      await using memory = await openBytes(bytes);
      for (const dtype of DTYPES.filter((out) => canRead(coding, out))) {
        const expected = await (await imageIn(memory)).read({ dtype });
        expect(await (await imageIn(local)).read({ dtype })).toEqual(expected);
        const into = new Uint8Array(expected.data.byteLength);
        await readImageInto(path, into, { dtype });
        expect(into).toEqual(bytesOf(expected.data));
      }
    });
  },
);

describe("values that are easily lost", () => {
  it("NaN payloads, signed zeros and infinities are kept bit for bit", async () => {
    const patterns = [0x7fc00001, 0xffc12345, 0x7f800001, 0x80000000, 0x7f800000, 0xff800000, 1];
    const data = new Uint8Array(4 * patterns.length);
    patterns.forEach((bits, i) => {
      new DataView(data.buffer).setUint32(4 * i, bits);
    });
    await using file = await openBytes(primary({ bitpix: -32, shape: [patterns.length], data }));
    const array = await (await imageIn(file)).read();
    expect([...new Uint32Array(array.data.buffer)]).toEqual(patterns);
  });

  it.each([
    ["3.2768E+04", "uint16"],
    ["32768.", "uint16"],
    ["32767.9999999", "float32"],
  ])("BZERO = %s is the unsigned convention only where it is exact", async (bzero, dtype) => {
    const data = bigEndian(16, [-32768, 0, 32767]);
    const bytes = primary({ bitpix: 16, shape: [3], cards: [key("BZERO", bzero)], data });
    await using file = await openBytes(bytes);
    expect((await imageIn(file)).dtype).toBe(dtype);
  });

  it("a BLANK that no pixel can have means nothing", async () => {
    const coding = { bitpix: 8, blank: 256 };
    await using file = await openBytes(imageOf(coding, [3], Uint8Array.of(0, 1, 2)));
    const array = await (await imageIn(file)).read();
    expect(array.mask).toBeUndefined();
    expect([...(await (await imageIn(file)).read({ dtype: "float32" })).data]).toEqual([0, 1, 2]);
  });
});

describe("shapes", () => {
  it("NAXIS 0 and an axis of length 0 are no pixels", async () => {
    const bytes = join(primary(), extension({ bitpix: 16, shape: [3, 0] }));
    await using file = await openBytes(bytes);
    expect(await (await imageIn(file)).read()).toEqual({
      dtype: "uint8",
      shape: [],
      data: new Uint8Array(0),
    });
    const empty = await hduOf(file, 1, "image");
    expect(await empty.read()).toEqual({
      dtype: "int16",
      shape: [3, 0],
      data: new Int16Array(0),
    });
  });

  it.each([[[13]], [[3, 5]], [[1, 1, 4]], [[2, 3, 4]], [[2, 3, 1, 2, 5]]])(
    "%j: any window, from anywhere, is a slice of the whole",
    async (shape) => {
      const random = new Random(shape.length);
      const coding = { bitpix: 16, bzero: 32768, blank: 5 };
      const pixels = shape.reduce((n, m) => n * m, 1);
      const stored = pixelsOf(coding, pixels, random);
      const bytes = imageOf(coding, shape, stored);
      const path = folder.write(`shape-${shape.length}.fits`, bytes);
      await using local = await openFits(path);
      await using memory = await openBytes(bytes);
      await using remote = await openFits(new CountingSource(bytes));
      const images = await Promise.all([local, memory, remote].map(imageIn));
      for (let i = 0; i < 60; ++i) {
        const dtype = random.pick<Dtype>(["uint16", "int32", "float32", "float64"]);
        const window = randomWindow(shape, random);
        const whole = decode(coding, stored, dtype);
        const indices = indicesOf(window, shape);
        for (const image of images) {
          const array = await image.read({ ...window, dtype });
          expect(array.shape).toEqual(window.shape);
          expect([...array.data]).toEqual(indices.map((at) => whole.data[at]));
          const mask = array.mask ?? new Uint8Array(indices.length);
          const isFloat = dtype.startsWith("float");
          expect([...mask]).toEqual(indices.map((at) => (isFloat ? 0 : whole.mask[at])));
        }
      }
    },
  );

  it("rows, columns and thinned windows of an image larger than the read blocks", async () => {
    const shape = [900, 1500];
    const random = new Random(5);
    const values = Float32Array.from({ length: 900 * 1500 }, () => random.next());
    const data = new Uint8Array(values.length * 4);
    values.forEach((value, i) => {
      new DataView(data.buffer).setFloat32(4 * i, value);
    });
    const bytes = primary({ bitpix: -32, shape, data });
    const path = folder.write("large.fits", bytes);
    await using local = await openFits(path);
    await using remote = await openFits(new CountingSource(bytes));
    const images = [await imageIn(local), await imageIn(remote)];
    const windows = [
      { origin: [0, 0], shape: [900, 1500], stride: [1, 1] },
      { origin: [1, 0], shape: [898, 1500], stride: [1, 1] },
      { origin: [0, 700], shape: [900, 1], stride: [1, 1] },
      { origin: [450, 0], shape: [1, 1500], stride: [1, 1] },
      { origin: [2, 3], shape: [100, 499], stride: [7, 3] },
      { origin: [300, 600], shape: [64, 64], stride: [1, 1] },
      { origin: [0, 0], shape: [2, 2], stride: [899, 1499] },
    ];
    for (const window of windows) {
      const expected = indicesOf(window, shape).map((at) => values[at] ?? Number.NaN);
      for (const image of images) {
        for (const dtype of ["float32", "float64"] as const) {
          const array = await image.read({ ...window, dtype });
          expect(
            Buffer.compare(
              bytesOf(array.data),
              bytesOf(
                dtype === "float32" ? Float32Array.from(expected) : Float64Array.from(expected),
              ),
            ),
          ).toBe(0);
        }
      }
    }
  });

  it("parts of a window that are left out are those of the image", async () => {
    const stored = Uint8Array.from({ length: 20 }, (_, i) => i);
    await using file = await openBytes(primary({ shape: [4, 5], data: stored }));
    const hdu = await imageIn(file);
    expect(await hdu.read({ origin: [2, 3] })).toMatchObject({
      shape: [2, 2],
      data: Uint8Array.of(13, 14, 18, 19),
    });
    expect(await hdu.read({ stride: [2, 4] })).toMatchObject({
      shape: [2, 2],
      data: Uint8Array.of(0, 4, 10, 14),
    });
    expect(await hdu.read({ shape: [1, 2] })).toMatchObject({ data: Uint8Array.of(0, 1) });
    expect(await hdu.read({ origin: [4, 5] })).toMatchObject({ shape: [0, 0] });
  });
});

describe("a window that is not possible", () => {
  const bytes = primary({ bitpix: 16, shape: [4, 5] });
  const path = folder.write("bounds.fits", bytes);

  describe.each([
    ["local", (): Promise<FitsFile> => openFits(path)],
    ["in memory", (): Promise<FitsFile> => openBytes(bytes)],
  ])("of a file that is %s", (_, open) => {
    it.each([
      { origin: [0, 1], shape: [4, 5] },
      { origin: [4, 0], shape: [1, 1] },
      { origin: [0, 6], shape: [1, 0] },
      { shape: [5, 5] },
      { shape: [2, 2], stride: [4, 1] },
      { origin: [5, 0] },
      { origin: [2 ** 52, 0], shape: [2, 2] },
      { shape: [2 ** 52, 2 ** 52] },
      { origin: [-1, 0] },
    ])("leaves the image: %j", async (window) => {
      await using file = await open();
      const error = await failureOf(async () => (await imageIn(file)).read(window));
      expect(error).toBeInstanceOf(FitsArgumentError);
      expect(error).toMatchObject({ code: "FITS_OUT_OF_BOUNDS", path: file.name, hdu: 0 });
    });

    it.each([
      { origin: [0] },
      { shape: [1, 1, 1] },
      { stride: [1] },
      { stride: [0, 1] },
      { stride: [1, 0], shape: [1, 1] },
      { origin: [0.5, 0], shape: [1, 1] },
      { shape: [Number.NaN, 1] },
      { shape: [1, Number.POSITIVE_INFINITY] },
    ])("makes no sense: %j", async (window) => {
      await using file = await open();
      const error = await failureOf(async () => (await imageIn(file)).read(window));
      expect(error).toBeInstanceOf(FitsArgumentError);
      expect(error).toMatchObject({ code: "FITS_BAD_ARGUMENT", path: file.name, hdu: 0 });
    });
  });
});

describe("out", () => {
  const values = [1, -2, 300, -32768];
  const bytes = primary({ bitpix: 16, shape: [2, 2], data: bigEndian(16, values) });
  const path = folder.write("out.fits", bytes);

  describe.each([
    ["local", (): Promise<FitsFile> => openFits(path)],
    ["in memory", (): Promise<FitsFile> => openBytes(bytes)],
  ])("for a file that is %s", (_, open) => {
    it.each([
      ["an array", () => new Float32Array(4)],
      ["part of a buffer", () => new Float32Array(new ArrayBuffer(64), 8, 4)],
      ["shared memory", () => new Float32Array(new SharedArrayBuffer(64), 16, 4)],
      ["bytes", () => new Uint8Array(new ArrayBuffer(17), 1, 16)],
    ])("may be %s", async (__, make) => {
      await using file = await open();
      const out = make();
      const array = await (await imageIn(file)).read({ out, dtype: "float32" });
      expect(array.data).toBe(out);
      const copy = viewOf("float32", Uint8Array.from(bytesOf(out)).buffer, 0, 4);
      expect([...copy]).toEqual(values);
    });

    it.each([0, 15, 17, 32])("of %i bytes has the wrong size", async (length) => {
      await using file = await open();
      const hdu = await imageIn(file);
      const out = new Uint8Array(length);
      const error = await failureOf(() => hdu.read({ out, dtype: "float32" }));
      expect(error).toMatchObject({
        code: "FITS_BAD_ARGUMENT",
        expected: "16 bytes",
        found: `${length}`,
        path: file.name,
        hdu: 0,
      });
      expect([...out]).toEqual([...new Uint8Array(length)]);
    });
  });
});

describe("plan", () => {
  it.each([
    {},
    { origin: [3, 2], shape: [5, 4] },
    { origin: [3, 0], shape: [5, 11] },
    { stride: [2, 3] },
    { origin: [0, 10], shape: [20, 1] },
    { shape: [0, 4] },
    { shape: [3, 4], dtype: "float64" as const },
  ])("%j: a read fetches just what it says", async (options) => {
    const coding = { bitpix: 32 };
    const stored = pixelsOf(coding, 20 * 11, new Random(2));
    const source = new CountingSource(
      join(primary(), extension({ ...coding, shape: [20, 11], data: stored })),
    );
    await using file = await openFits(source);
    const hdu = await hduOf(file, 1, "image");
    const plan = hdu.plan(options);
    source.reset();
    const array = await hdu.read(options);
    expect(source.ranges).toEqual(plan.ranges);
    expect(source.reads).toHaveLength(1);
    expect(source.bytesRead).toBe(plan.fetchLength);
    expect(plan).toMatchObject({ dtype: array.dtype, shape: array.shape });
    expect(plan.byteLength).toBe(array.data.byteLength);
    expect(structuredClone(plan)).toEqual(plan);
  });

  it("covers the window and nothing but it, where pixels lie side by side", async () => {
    await using file = await openBytes(primary({ bitpix: 16, shape: [100, 50] }));
    const hdu = await imageIn(file);
    const at = (y: number, x: number): number => block + 2 * (50 * y + x);
    expect(hdu.plan({ origin: [10, 5], shape: [2, 7] }).ranges).toEqual([
      { offset: at(10, 5), length: 14 },
      { offset: at(11, 5), length: 14 },
    ]);
    expect(hdu.plan({ origin: [10, 0], shape: [4, 50] }).ranges).toEqual([
      { offset: at(10, 0), length: 400 },
    ]);
  });

  it("throws what reading would", async () => {
    await using file = await openBytes(primary({ bitpix: 16, shape: [4, 5] }));
    const hdu = await imageIn(file);
    expect(await failureOf(() => hdu.plan({ origin: [4, 4], shape: [1, 1] }))).toMatchObject({
      code: "FITS_OUT_OF_BOUNDS",
      path: "memory",
      hdu: 0,
    });
    expect(await failureOf(() => hdu.plan({ dtype: "int8" }))).toMatchObject({
      code: "FITS_BAD_ARGUMENT",
    });
  });
});

describe("an abort", () => {
  const reason = new Error("enough");

  it("before the read fetches nothing", async () => {
    const source = new CountingSource(primary({ shape: [100] }));
    await using file = await openFits(source);
    const hdu = await imageIn(file);
    source.reset();
    await expect(hdu.read({ signal: AbortSignal.abort(reason) })).rejects.toBe(reason);
    expect(source.reads).toHaveLength(0);
  });

  it("while bytes are on their way ends the read", async () => {
    const source = new StallingSource(primary({ shape: [50_000] }), 20_000);
    await using file = await openFits(source);
    const hdu = await imageIn(file);
    const controller = new AbortController();
    const reading = hdu.read({ signal: controller.signal });
    await source.stalled;
    controller.abort(reason);
    await expect(reading).rejects.toBe(reason);
  });

  it("while native code reads a file ends the read, and leaves the file readable", async () => {
    const path = folder.write("abort.fits", primary({ bitpix: 64, shape: [2000, 4000] }));
    await using file = await openFits(path);
    const hdu = await imageIn(file);
    const controller = new AbortController();
    const { signal } = controller;
    const both = [
      hdu.read({ signal }),
      readImageInto(path, new BigInt64Array(8_000_000), { signal }),
    ];
    controller.abort(reason);
    const rejected = { status: "rejected", reason };
    expect(await Promise.allSettled(both)).toEqual([rejected, rejected]);
    expect((await hdu.read({ shape: [1, 2] })).data).toEqual(new BigInt64Array(2));
  });

  it("after the read does nothing", async () => {
    const controller = new AbortController();
    await using file = await openBytes(primary({ shape: [3] }));
    const { data } = await (await imageIn(file)).read({ signal: controller.signal });
    controller.abort(reason);
    expect(data).toHaveLength(3);
  });
});

describe.each([
  [
    "readImageInto",
    (...args: Parameters<typeof readImageIntoSync>): Promise<void> => readImageInto(...args),
  ],
  [
    "readImageIntoSync",
    async (...args: Parameters<typeof readImageIntoSync>): Promise<void> =>
      readImageIntoSync(...args),
  ],
])("%s", (_, readInto) => {
  const stored = pixelsOf({ bitpix: 16 }, 6 * 7, new Random(4));
  const coding = { bitpix: 16, bzero: 32768 };
  const scaled = extension({
    ...coding,
    shape: [6, 7],
    cards: [key("BZERO", 32768)],
    data: stored,
  });
  const path = folder.write("into.fits", join(primary({ shape: [3] }), scaled));
  const whole = decode(coding, stored, "uint16").data;

  it("reads the primary image by default", async () => {
    const out = new Uint8Array(3).fill(9);
    await readInto(path, out);
    expect([...out]).toEqual([0, 0, 0]);
  });

  it("reads any HDU, window and dtype, also into shared memory", async () => {
    const out = new Uint16Array(6 * 7);
    await readInto(path, out, { hdu: 1 });
    expect(out).toEqual(whole);
    const window = { origin: [1, 2], shape: [2, 3], stride: [2, 1] };
    const shared = new Float64Array(new SharedArrayBuffer(8 * 6));
    await readInto(path, shared, { hdu: 1, window, dtype: "float64" });
    expect([...shared]).toEqual(indicesOf(window, [6, 7]).map((at) => Number(whole[at])));
  });

  it.each([
    ["FITS_BAD_ARGUMENT", 84 - 2, { hdu: 1 }],
    ["FITS_BAD_ARGUMENT", 42, { hdu: 1, dtype: "uint8" as const }],
    ["FITS_OUT_OF_BOUNDS", 84, { hdu: 2 }],
    [
      "FITS_OUT_OF_BOUNDS",
      2,
      { hdu: 1, window: { origin: [6, 0], shape: [1, 1], stride: [1, 1] } },
    ],
    [
      "FITS_OUT_OF_BOUNDS",
      2,
      { hdu: 1, window: { origin: [-1, 0], shape: [1, 1], stride: [1, 1] } },
    ],
    ["FITS_BAD_ARGUMENT", 2, { hdu: -1 }],
  ])("fails with %s, path and HDU: %i bytes, %j", async (code, length, options) => {
    const error = await failureOf(() => readInto(path, new Uint8Array(length), options));
    expect(error).toMatchObject({ code, path, hdu: options.hdu });
  });

  it("fails where there is no file", async () => {
    const missing = folder.file("nope.fits");
    expect(await failureOf(() => readInto(missing, new Uint8Array(3)))).toMatchObject({
      code: "FITS_NOT_FOUND",
      path: missing,
    });
  });
});

it("reads an image as often as one likes, at once", async () => {
  const random = new Random(8);
  const coding = { bitpix: 32, bscale: 0.5 };
  const stored = pixelsOf(coding, 100 * 100, random);
  const bytes = imageOf(coding, [100, 100], stored);
  const whole = decode(coding, stored, "float64").data;
  for await (const file of openBothWays(folder.write("many.fits", bytes))) {
    const hdu = await imageIn(file);
    const windows = Array.from({ length: 50 }, () => randomWindow([100, 100], random));
    const arrays = await Promise.all(windows.map((window) => hdu.read(window)));
    for (const [i, window] of windows.entries()) {
      expect([...(arrays[i]?.data ?? [])]).toEqual(
        indicesOf(window, [100, 100]).map((at) => whole[at]),
      );
    }
  }
});
