import { readFileSync } from "node:fs";
import {
  type Dtype,
  FitsArgumentError,
  ImageTable,
  MemorySource,
  openFits,
  planWindow,
  readBatchSync,
  readImageInto,
  scanFiles,
  writeFits,
} from "@fitstream/native";
import { describe, expect, it } from "vitest";
import { failureOf } from "./helpers/failures.js";
import { TemporaryFolder } from "./helpers/files.js";
import { Random } from "./helpers/random.js";
import { CountingSource } from "./helpers/sources.js";

const folder = new TemporaryFolder();
const shape = [23, 31];
const pixels = Int16Array.from({ length: 23 * 31 }, (_, i) => i);
const plain = folder.file("plain.fits");
const packed = folder.file("packed.fits");
await writeFits(plain, [{ kind: "image", data: pixels, shape }]);
await writeFits(packed, [
  { kind: "image" },
  { kind: "image", data: pixels, shape, compression: { codec: "RICE_1", tile: [10, 16] } },
]);

interface Box {
  readonly origin: readonly [number, number];
  readonly shape: readonly [number, number];
  readonly stride: readonly [number, number];
}

/** The window by its definition. */
function expected({ origin, shape: box, stride }: Box, pad: number): number[] {
  return Array.from({ length: box[0] * box[1] }, (_, k) => {
    const y = origin[0] + Math.floor(k / box[1]) * stride[0];
    const x = origin[1] + (k % box[1]) * stride[1];
    const isInside = y >= 0 && x >= 0 && y < 23 && x < 31;
    return isInside ? (pixels[y * 31 + x] ?? Number.NaN) : pad;
  });
}

function randomBox(random: Random): Box {
  const between = (low: number, high: number): number => low + random.int(high - low + 1);
  return {
    origin: [between(-40, 40), between(-40, 40)],
    shape: [between(0, 40), between(1, 40)],
    stride: [between(1, 3), between(1, 3)],
  };
}

describe.each([
  ["a plain image", plain, 0],
  ["a compressed image", packed, 1],
])("case 33: a window over the edge of %s", (_, path, index) => {
  async function* everyWay() {
    const bytes = readFileSync(path);
    const sources = [path, new MemorySource(bytes), new CountingSource(bytes)];
    for (const from of sources) {
      await using file = await openFits(from);
      yield await file.hdu(index);
    }
    await using file = await openFits(path, { immutable: true });
    yield await file.hdu(index);
  }

  it("is filled with the value, from disk, memory and a server", async () => {
    const random = new Random(33);
    for await (const hdu of everyWay()) {
      if (hdu.kind !== "image" && hdu.kind !== "compressed-image") throw new Error(hdu.kind);
      for (let i = 0; i < 40; ++i) {
        const box = randomBox(random);
        const array = await hdu.read({ ...box, pad: -7 });
        expect(array.shape).toEqual(box.shape);
        expect([...array.data]).toEqual(expected(box, -7));
        const floats = await hdu.read({ ...box, dtype: "float32", pad: true });
        expect([...floats.data]).toEqual(expected(box, Number.NaN));
      }
    }
  });

  it("is an error without a value, or with one that the pixels cannot hold", async () => {
    for await (const hdu of everyWay()) {
      if (hdu.kind !== "image" && hdu.kind !== "compressed-image") throw new Error(hdu.kind);
      const box = { origin: [-1, 0], shape: [2, 2] };
      for (const [code, options] of [
        ["FITS_OUT_OF_BOUNDS", {}],
        ["FITS_BAD_ARGUMENT", { pad: true }],
        ["FITS_BAD_ARGUMENT", { pad: 40000 }],
        ["FITS_BAD_ARGUMENT", { pad: 0.5 }],
      ] as const) {
        const error = await failureOf(() => hdu.read({ ...box, ...options }));
        expect(error).toBeInstanceOf(FitsArgumentError);
        expect(error).toMatchObject({ code, hdu: index });
      }
    }
  });

  it("is read into memory that is there", async () => {
    const random = new Random(34);
    for (let i = 0; i < 20; ++i) {
      const box = randomBox(random);
      const out = new Float64Array(box.shape[0] * box.shape[1]);
      const window = { ...box, pad: 1.5 };
      await readImageInto(path, out, { hdu: index, dtype: "float64", window });
      expect([...out]).toEqual(expected(box, 1.5));
    }
  });

  it("is read in a batch, also of fetched bytes", async () => {
    const random = new Random(35);
    const [scan] = await scanFiles([path]);
    const hdu = scan?.hdus[index];
    if (scan?.stamp === undefined || hdu === undefined) throw new Error("not scanned");
    const table = ImageTable.of([{ path, stamp: scan.stamp, hdu }]);
    const bytes = readFileSync(path);
    const places = 30;
    const box = { shape: [9, 12] as const, stride: [2, 1] as const };
    const origins = Array.from({ length: places }, () => randomBox(random).origin);
    const samples = Float64Array.from(origins.flatMap((origin, i) => [i, 0, ...origin]));
    const dtype: Dtype = "float32";
    const windows = origins.map((origin) => ({ origin, ...box, pad: true as const }));
    const ranges = windows.flatMap((window) => planWindow(hdu, window, dtype));
    const runs = ranges.map(({ offset, length }) => bytes.subarray(offset, offset + length));
    const fetched =
      hdu.kind === "image"
        ? { packed: new Uint8Array(Buffer.concat(runs)) }
        : { shards: [{ image: 0, bytes: bytes.subarray(hdu.headerOffset) }] };
    for (const where of [{}, { immutable: true }, fetched]) {
      const target = new Float32Array(places * 9 * 12);
      const failed = readBatchSync({
        table,
        samples,
        ...box,
        pad: true,
        dtype,
        target: new Uint8Array(target.buffer),
        sampleStep: 9 * 12 * 4,
        ...where,
      });
      expect(failed).toEqual([]);
      const wanted = windows.flatMap((window) => expected(window, Number.NaN));
      expect([...target]).toEqual(wanted);
    }
  });
});
