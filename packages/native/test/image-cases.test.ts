/** Images that readers get wrong, by their number in the list of nasty cases. */
import { spawn } from "node:child_process";
import { once } from "node:events";
import {
  closeSync,
  ftruncateSync,
  openSync,
  renameSync,
  truncateSync,
  writeFileSync,
  writeSync,
} from "node:fs";
import { text } from "node:stream/consumers";
import { setTimeout as sleep } from "node:timers/promises";
import { fileURLToPath } from "node:url";
import {
  bytesOf,
  type FitsFile,
  MemorySource,
  openFits,
  readImageInto,
  type TypedArray,
} from "@fitstream/native";
import { describe, expect, it } from "vitest";
import { failureOf } from "./helpers/failures.js";
import { hduOf, TemporaryFolder } from "./helpers/files.js";
import { bigEndian, block, key, primary } from "./helpers/fits-bytes.js";

const folder = new TemporaryFolder();
let files = 0;

/** The image from disk, from a mapping and from memory: three ways to the same pixels. */
async function* everyWay(bytes: Uint8Array): AsyncGenerator<FitsFile> {
  const path = folder.write(`${++files}.fits`, bytes);
  for (const immutable of [false, true]) {
    await using file = await openFits(path, { immutable });
    yield file;
  }
  await using file = await openFits(new MemorySource(bytes));
  yield file;
}

async function expectPixels(
  bytes: Uint8Array,
  dtype: string,
  check: (data: TypedArray) => void,
): Promise<void> {
  for await (const file of everyWay(bytes)) {
    const array = await (await hduOf(file, 0, "image")).read();
    expect(array.dtype).toBe(dtype);
    check(array.data);
  }
}

/** A file with holes: `length` bytes behind the header, of which only `pieces` are written. */
function sparse(
  header: Uint8Array,
  length: number,
  pieces: readonly { readonly at: number; readonly bytes: Uint8Array }[] = [],
): string {
  const path = folder.file(`${++files}.fits`);
  const fd = openSync(path, "w");
  writeSync(fd, header);
  ftruncateSync(fd, header.length + length);
  for (const { at, bytes } of pieces) writeSync(fd, bytes, 0, bytes.length, header.length + at);
  closeSync(fd);
  return path;
}

describe("images", () => {
  it("case 26: BLANK on unsigned data is compared before the offset", async () => {
    const bytes = primary({
      bitpix: 16,
      shape: [4],
      cards: [key("BZERO", 32768), key("BLANK", 5)],
      data: bigEndian(16, [5, -32763, 0, 32767]),
    });
    for await (const file of everyWay(bytes)) {
      const hdu = await hduOf(file, 0, "image");
      const { data, mask } = await hdu.read();
      expect(data).toEqual(Uint16Array.of(32773, 5, 32768, 65535));
      expect(mask).toEqual(Uint8Array.of(1, 0, 0, 0));
      const floats = await hdu.read({ dtype: "float32" });
      expect(floats.data).toEqual(Float32Array.of(Number.NaN, 5, 32768, 65535));
    }
  });

  it("case 27: BLANK says nothing of floats", () =>
    expectPixels(
      primary({ bitpix: -32, shape: [2], cards: [key("BLANK", 7)], data: bigEndian(-32, [7, 8]) }),
      "float32",
      (data) => expect([...data]).toEqual([7, 8]),
    ));

  it.each(["-2.5", "0.", "1E-310", "-0."])("case 28: BSCALE = %s", (bscale) => {
    const stored = [-32768, -1, 0, 1, 32767];
    const wanted = stored.map((v) => Math.fround(v * Number(bscale) + 0.25));
    return expectPixels(
      primary({
        bitpix: 16,
        shape: [5],
        cards: [key("BSCALE", bscale), key("BZERO", "0.25")],
        data: bigEndian(16, stored),
      }),
      "float32",
      (data) => expect([...data]).toEqual(wanted),
    );
  });

  it("case 29: BZERO as a float is the convention when it is exact, and a number when not", async () => {
    const image = (bzero: string): Uint8Array =>
      primary({
        bitpix: 16,
        shape: [2],
        cards: [key("BZERO", bzero)],
        data: bigEndian(16, [-32768, 7]),
      });
    await expectPixels(image("3.2768E+04"), "uint16", (data) =>
      expect([...data]).toEqual([0, 32775]),
    );
    await expectPixels(image("32767.9999999"), "float32", (data) =>
      expect([...data]).toEqual([-32768 + 32767.9999999, 7 + 32767.9999999].map(Math.fround)),
    );
  });

  it("case 30: NaN payloads, -0 and infinities are kept bit for bit", async () => {
    const words = Uint32Array.of(0x7f800001, 0xffc12345, 0x80000000, 0x7f800000, 0xff800000, 1);
    const data = bigEndian(
      32,
      [...words].map((word) => word | 0),
    );
    await expectPixels(primary({ bitpix: -32, shape: [6], data }), "float32", (read) =>
      expect(new Uint32Array(bytesOf(read).slice().buffer)).toEqual(words),
    );
  });

  it("case 31: NaN comes out of the data alone", () =>
    expectPixels(
      primary({
        bitpix: -32,
        shape: [3],
        cards: [key("BSCALE", "2."), key("BZERO", "0."), key("BLANK", 0)],
        data: bigEndian(-32, [0, Number.NaN, 3]),
      }),
      "float32",
      (data) => expect([...data]).toEqual([0, Number.NaN, 6]),
    ));

  it.each([[[1]], [[1, 1, 1]], [[7]], [[1, 5, 1]], [[2, 1, 3, 1, 2]]])(
    "case 32: shape %j",
    async (shape) => {
      const count = shape.reduce((n, m) => n * m, 1);
      const values = Array.from({ length: count }, (_, i) => i - 3);
      for await (const file of everyWay(
        primary({ bitpix: 32, shape, data: bigEndian(32, values) }),
      )) {
        const hdu = await hduOf(file, 0, "image");
        expect(await hdu.read()).toMatchObject({ shape, data: Int32Array.from(values) });
        const last = await hdu.read({ origin: shape.map((n) => n - 1) });
        expect([...last.data]).toEqual(values.slice(-1));
      }
    },
  );

  it("case 33: windows of no size, at the edge and outside", async () => {
    const data = bigEndian(16, [0, 1, 2, 3, 4, 5]);
    for await (const file of everyWay(primary({ bitpix: 16, shape: [2, 3], data }))) {
      const hdu = await hduOf(file, 0, "image");
      for (const origin of [
        [0, 0],
        [2, 3],
      ]) {
        expect(await hdu.read({ origin, shape: [0, 0] })).toMatchObject({ data: new Int16Array() });
      }
      expect((await hdu.read({ origin: [1, 2], shape: [1, 1] })).data).toEqual(Int16Array.of(5));
      for (const origin of [
        [2, 2],
        [1, 3],
        [-1, 0],
      ]) {
        const error = await failureOf(() => hdu.read({ origin, shape: [1, 1] }));
        expect(error).toMatchObject({ code: "FITS_OUT_OF_BOUNDS" });
      }
    }
  });

  it("case 34: more than 2^32 pixels, 40 GB into a file, in milliseconds", async () => {
    const shape = [5, 2 ** 32 + 5];
    const header = primary({ bitpix: 16, shape, data: new Uint8Array() });
    const length = shape.reduce((n, m) => n * m, 2);
    const at = length - 6;
    const path = sparse(header, length, [{ at, bytes: bigEndian(16, [7, -8, 9]) }]);
    for (const immutable of [false, true]) {
      await using file = await openFits(path, { immutable });
      const hdu = await hduOf(file, 0, "image");
      const start = performance.now();
      const { data } = await hdu.read({ origin: [4, 2 ** 32], shape: [1, 5] });
      expect(performance.now() - start).toBeLessThan(1000);
      expect(data).toEqual(Int16Array.of(0, 0, 7, -8, 9));
      const error = await failureOf(() => hdu.read({ dtype: "float64" }));
      expect(error).toMatchObject({ code: "FITS_LIMIT" });
      expect(hdu.plan().fetchLength).toBe(length);
    }
  });
});

describe("files that change", () => {
  const image = (value: number): Uint8Array =>
    primary({ bitpix: 16, shape: [200, 300], data: bigEndian(16, Array(60000).fill(value)) });

  it.each([
    [false, "shrinks"],
    [true, "shrinks"],
    [false, "grows"],
    [true, "grows"],
  ])("case 71: a file (immutable: %s) that %s while it is open", async (immutable, how) => {
    const bytes = image(3);
    const path = folder.write(`${++files}.fits`, bytes);
    await using file = await openFits(path, { immutable });
    const hdu = await hduOf(file, 0, "image");
    expect((await hdu.read()).data[59999]).toBe(3);
    truncateSync(path, how === "shrinks" ? block + 100 : bytes.length + 5000);
    const error = await failureOf(() => hdu.read());
    expect(error).toMatchObject({ code: "FITS_FILE_CHANGED", path, hdu: 0 });
  });

  it.each([false, true])("case 71: a file (immutable: %s) that is replaced", async (immutable) => {
    const path = folder.write(`${++files}.fits`, image(3));
    await using file = await openFits(path, { immutable });
    const hdu = await hduOf(file, 0, "image");
    expect((await hdu.read()).data[0]).toBe(3);
    // Another length: two files written in one tick of the clock have one time.
    renameSync(folder.write("new", primary({ bitpix: 16, shape: [1] })), path);
    expect(await failureOf(() => hdu.read())).toMatchObject({ code: "FITS_FILE_CHANGED" });
    await using again = await openFits(path, { immutable });
    expect((await (await hduOf(again, 0, "image")).read()).data).toEqual(Int16Array.of(0));
  });

  it("case 71: a mapped file that is cut while it is read ends no process", async () => {
    const bytes = primary({
      bitpix: 16,
      shape: [2 ** 20],
      data: bigEndian(16, Array(2 ** 20).fill(7)),
    });
    const path = folder.write(`${++files}.fits`, bytes);
    const end = folder.file("end");
    const script = fileURLToPath(new URL("./helpers/read-while-cut.mjs", import.meta.url));
    const child = spawn(process.execPath, [script, path, end], {
      stdio: ["ignore", "pipe", "inherit"],
    });
    const exit = once(child, "exit");
    for (let i = 0; i < 300; ++i) {
      renameSync(folder.write("whole", bytes), path);
      await sleep(i % 7);
      truncateSync(path, 5000 + i * 6000);
    }
    writeFileSync(end, "");
    const { good, wrong, failed, codes } = JSON.parse(await text(child.stdout));
    expect(await exit).toEqual([0, null]);
    expect(wrong).toBe(0);
    expect(good).toBeGreaterThan(0);
    expect(failed).toBeGreaterThan(0);
    for (const code of codes) expect(code).toMatch(/^FITS_(FILE_CHANGED|TRUNCATED)$/);
  });

  it.each([false, true])("case 72: closed during a read (immutable: %s)", async (immutable) => {
    const path = sparse(primary({ shape: [2 ** 26], data: new Uint8Array() }), 2 ** 26);
    const file = await openFits(path, { immutable });
    const hdu = await hduOf(file, 0, "image");
    const reads = [1, 2, 3].map(() => hdu.read({ shape: [2 ** 25] }));
    await file.close();
    for (const { data } of await Promise.all(reads)) expect(data.length).toBe(2 ** 25);
  });

  it.each([false, true])("case 73: aborted half-way (immutable: %s)", async (immutable) => {
    const path = sparse(primary({ shape: [2 ** 31], data: new Uint8Array() }), 2 ** 31);
    const out = new Uint8Array(2 ** 31);
    const stop = new AbortController();
    const reason = new Error("enough");
    const window = { origin: [0], shape: [2 ** 31], stride: [1] };
    const read = readImageInto(path, out, { immutable, window, signal: stop.signal });
    setTimeout(() => stop.abort(reason), 20);
    await expect(read).rejects.toBe(reason);
  });
});

describe("case 76: sizes that are declared and not there", () => {
  it("take no memory: a plain image", async () => {
    const bytes = primary({ bitpix: -64, shape: [2 ** 20, 2 ** 20], data: new Uint8Array(8) });
    for await (const file of everyWay(bytes)) {
      const hdu = await hduOf(file, 0, "image");
      expect(hdu.isTruncated).toBe(true);
      const before = process.memoryUsage.rss();
      for (const options of [{}, { shape: [1, 1] }, { origin: [-5, 0], pad: 0 }]) {
        expect(await failureOf(() => hdu.read(options))).toMatchObject({ code: "FITS_TRUNCATED" });
      }
      expect(process.memoryUsage.rss() - before).toBeLessThan(2 ** 26);
    }
  });

  it("take no memory: a window of absurd size", async () => {
    for await (const file of everyWay(primary({ bitpix: 16, shape: [3, 3] }))) {
      const hdu = await hduOf(file, 0, "image");
      const error = await failureOf(() => hdu.read({ shape: [2 ** 40, 2], pad: 0 }));
      expect(error).toMatchObject({ code: "FITS_LIMIT" });
    }
  });
});
