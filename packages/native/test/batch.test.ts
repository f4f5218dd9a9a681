import { readFileSync, truncateSync } from "node:fs";
import {
  byteSizeOf,
  type Dtype,
  type FailedSample,
  FitsArgumentError,
  type FullWindow,
  type HduSummary,
  type ImageEntry,
  ImageTable,
  openFits,
  planWindow,
  readBatch,
  readBatchSync,
  readImageInto,
  readImageIntoSync,
  scanFiles,
  statFiles,
  type TypedArray,
  viewOf,
  writeFits,
} from "@fitstream/native";
import { describe, expect, it } from "vitest";
import { failureOf } from "./helpers/failures.js";
import { hduOf, TemporaryFolder } from "./helpers/files.js";
import { card, extension, join, key, primary } from "./helpers/fits-bytes.js";
import { Random } from "./helpers/random.js";
import { imageOf, pixelsOf, randomWindow } from "./helpers/reference.js";

const folder = new TemporaryFolder();
const random = new Random(64);
const shape = [40, 50];
const stamp = [6, 7];

/** Images of several kinds, some of them in one file. */
async function makeSurvey(): Promise<string[]> {
  const codings = [
    { bitpix: 16 },
    { bitpix: 8, bscale: 0.5, bzero: 3 },
    { bitpix: -32 },
    { bitpix: 32, blank: 7 },
  ];
  const paths = codings.map((coding, i) =>
    folder.write(`plain${i}.fits`, imageOf(coding, shape, pixelsOf(coding, 2000, random))),
  );
  const data = new Int16Array(2000).map(() => random.int(1000));
  const packed = folder.file("packed.fits");
  await writeFits(packed, [
    { kind: "image", data, shape },
    { kind: "image", data: data.toReversed(), shape, compression: { codec: "RICE_1" } },
    { kind: "image", data, shape, compression: { codec: "GZIP_1", tile: [9, 11] } },
  ]);
  return [...paths, packed];
}

/** Every image of some files, as an index of a survey would list them. */
async function entriesOf(paths: readonly string[]): Promise<ImageEntry[]> {
  const files = await scanFiles(paths);
  return files.flatMap(({ path, stamp: seen, hdus }) =>
    hdus
      .filter(({ shape: axes }) => axes.length === 2)
      .map((hdu) => ({ path, stamp: seen ?? { size: 0, mtimeMs: 0 }, hdu })),
  );
}

const paths = await makeSurvey();
const entries = await entriesOf(paths);
const table = ImageTable.of(entries);

/** What the same window gives when it is read alone. */
async function single(entry: ImageEntry, window: FullWindow, dtype: Dtype): Promise<TypedArray> {
  await using file = await openFits(entry.path);
  const hdu = await file.hdu(entry.hdu.index);
  if (hdu.kind !== "image" && hdu.kind !== "compressed-image") throw new Error(hdu.kind);
  return (await hdu.read({ ...window, dtype })).data;
}

interface Sample {
  readonly place: number;
  readonly image: number;
  readonly origin: readonly number[];
}

function randomSamples(count: number): Sample[] {
  return Array.from({ length: count }, (_, place) => ({
    place,
    image: random.int(entries.length),
    origin: shape.map((n, i) => random.int(n - (stamp[i] ?? 0))),
  }));
}

const rowsOf = (samples: readonly Sample[]): Float64Array =>
  Float64Array.from(samples.flatMap(({ place, image, origin }) => [place, image, ...origin]));

/** A request for float32 stamps with a gap behind each. */
function requestOf(samples: readonly Sample[], places: number, buffer?: ArrayBufferLike) {
  const sampleStep = 6 * 7 * 4 + 24;
  const memory = buffer ?? new ArrayBuffer(places * sampleStep);
  const target = new Uint8Array(memory).fill(0xaa);
  return {
    table,
    samples: rowsOf(samples),
    shape: stamp,
    dtype: "float32",
    target,
    sampleStep,
  } as const;
}

function stampAt({ target, sampleStep }: ReturnType<typeof requestOf>, place: number) {
  return [...viewOf("float32", target.buffer, place * sampleStep, 42)];
}

describe("readBatch", () => {
  const both = [
    ["readBatch", readBatch],
    [
      "readBatchSync",
      async (request: Parameters<typeof readBatchSync>[0]) => readBatchSync(request),
    ],
  ] as const;

  it.each(both)("%s gives what single reads give, wherever a sample goes", async (_, read) => {
    for (let run = 0; run < 4; ++run) {
      const samples = randomSamples(64).map((sample) => ({ ...sample, place: 63 - sample.place }));
      const request = requestOf(samples, 64);
      expect(await read(request)).toEqual([]);
      for (const { place, image, origin } of samples) {
        const entry = entries[image];
        if (entry === undefined) throw new Error("no entry");
        const alone = await single(entry, { origin, shape: stamp, stride: [1, 1] }, "float32");
        expect(stampAt(request, place)).toEqual([...alone]);
        const gap = request.target.subarray(place * request.sampleStep + 168).subarray(0, 24);
        expect(new Set(gap)).toEqual(new Set([0xaa]));
      }
    }
  });

  it.each(both)("%s takes strides, and any type that holds the pixels", async (_, read) => {
    const image = entries.findIndex(({ hdu }) => hdu.bitpix === 32);
    const entry = entries[image] as ImageEntry;
    for (const dtype of ["int32", "int64", "float64"] as const) {
      const stride = [3, 2];
      const target = new Uint8Array(5 * 8 * byteSizeOf(dtype));
      const samples = Float64Array.of(0, image, 1, 2);
      const sampleStep = target.length;
      const request = { table, samples, shape: [5, 8], stride, dtype, target, sampleStep };
      expect(await read(request)).toEqual([]);
      const alone = await single(entry, { origin: [1, 2], shape: [5, 8], stride }, dtype);
      expect(viewOf(dtype, target.buffer, 0, 40)).toEqual(alone);
    }
  });

  it.each(both)("%s fills shared memory", async (_, read) => {
    const samples = randomSamples(8);
    const plain = requestOf(samples, 8);
    const shared = requestOf(samples, 8, new SharedArrayBuffer(plain.target.length));
    expect(await read(plain)).toEqual([]);
    expect(await read(shared)).toEqual([]);
    expect([...shared.target]).toEqual([...plain.target]);
  });

  it.each(both)("%s says which samples failed and why; the others are there", async (_, read) => {
    const gone = { ...(entries[0] as ImageEntry), path: folder.file("gone.fits") };
    const old = { ...(entries[1] as ImageEntry), stamp: { size: 5, mtimeMs: 5 } };
    const cut = folder.write(`cut.fits`, imageOf({ bitpix: 16 }, shape, new Uint8Array(4000)));
    truncateSync(cut, 2880 + 2000);
    const broken = [gone, old, ...(await entriesOf([cut])), entries[2] as ImageEntry];
    const request = {
      ...requestOf(
        [
          { place: 0, image: 3, origin: [0, 0] },
          { place: 1, image: 0, origin: [0, 0] },
          { place: 2, image: 1, origin: [0, 0] },
          { place: 3, image: 2, origin: [30, 0] },
          { place: 4, image: 3, origin: [35, 0] },
          { place: 5, image: 9, origin: [0, 0] },
          { place: 6, image: 3, origin: [0.5, -1] },
          { place: 7, image: 2, origin: [0, 0] },
        ],
        8,
      ),
      table: ImageTable.of(broken),
    };
    const failed: readonly FailedSample[] = await read(request);
    expect(failed.map(({ place, error }) => [place, error.code])).toEqual([
      [1, "FITS_NOT_FOUND"],
      [2, "FITS_FILE_CHANGED"],
      [3, "FITS_TRUNCATED"],
      [4, "FITS_OUT_OF_BOUNDS"],
      [5, "FITS_BAD_ARGUMENT"],
      [6, "FITS_BAD_ARGUMENT"],
    ]);
    expect(failed[0]?.error).toMatchObject({ path: gone.path, hdu: 0 });
    expect(failed[3]?.error).toMatchObject({ path: entries[2]?.path, hdu: 0 });
    for (const { place } of failed) expect(new Set(stampAt(request, place))).toEqual(new Set([0]));
    const window = { origin: [0, 0], shape: stamp, stride: [1, 1] };
    const alone = await single(entries[2] as ImageEntry, window, "float32");
    expect(stampAt(request, 0)).toEqual([...alone]);
  });

  it.each(both)("%s ends when the flag is raised", async (_, read) => {
    const cancel = new Int32Array(new SharedArrayBuffer(4)).fill(1);
    const failed = await read({ ...requestOf(randomSamples(64), 64), cancel });
    expect(failed).toHaveLength(64);
    expect(new Set(failed.map(({ error }) => error.code))).toEqual(new Set(["FITS_ABORTED"]));
  });

  it.each(both)("%s refuses a request that contradicts itself", async (_, read) => {
    const good = requestOf(randomSamples(4), 4);
    const cases = [
      { target: good.target.subarray(0, 3 * good.sampleStep) },
      { sampleStep: 100 },
      { samples: good.samples.subarray(1) },
      { samples: Float64Array.of(-1, 0, 0, 0) },
      { samples: Float64Array.of(Number.NaN, 0, 0, 0) },
      { samples: Float64Array.of(2 ** 52, 0, 0, 0) },
      { stride: [1] },
      { shape: [2 ** 40, 2 ** 40] },
      { shape: new Array(9).fill(1), stride: new Array(9).fill(1) },
      { dtype: "int7" as Dtype },
    ];
    for (const wrong of cases) {
      const error = await failureOf(() => read({ ...good, ...wrong }));
      expect(["FITS_BAD_ARGUMENT", "FITS_SIZE_OVERFLOW"]).toContain(error.code);
    }
    expect(await read(good)).toEqual([]);
  });

  it("takes fetched bytes in place of files", async () => {
    const remote = ImageTable.of(entries.map((entry) => ({ ...entry, path: "https://survey/x" })));
    const samples = randomSamples(64);
    const pieces: Uint8Array[] = [];
    const shards = new Map<number, Uint8Array>();
    for (const { image, origin } of samples) {
      const { path, hdu } = entries[image] as ImageEntry & { readonly hdu: HduSummary };
      await using file = await openFits(path);
      const { dataLength, dataOffset, headerOffset } = await file.hdu(hdu.index);
      const bytes = readFileSync(path);
      if (hdu.kind === "compressed-image") {
        shards.set(image, bytes.subarray(headerOffset, dataOffset + dataLength));
      } else {
        const window = { origin, shape: stamp, stride: [1, 1] };
        for (const { offset, length } of planWindow(hdu, window, "float32"))
          pieces.push(bytes.subarray(offset, offset + length));
      }
    }
    const request = requestOf(samples, 64);
    const fetched = {
      ...requestOf(samples, 64),
      table: remote,
      packed: join(...pieces),
      shards: [...shards].map(([image, bytes]) => ({ image, bytes })),
    };
    expect(await readBatch(request)).toEqual([]);
    expect(await readBatch(fetched)).toEqual([]);
    expect([...fetched.target]).toEqual([...request.target]);
    // Compressed images stay open, and need their bytes no more.
    const failed = readBatchSync({ ...fetched, packed: new Uint8Array(0), shards: [] });
    const plain = samples.filter(({ image }) => !shards.has(image));
    expect(failed.map(({ place }) => place)).toEqual(plain.map(({ place }) => place));
  });

  it("is right in many calls at once", async () => {
    const requests = Array.from({ length: 12 }, () => requestOf(randomSamples(64), 64));
    const copies = requests.map((request) => ({ ...request, target: request.target.slice() }));
    await Promise.all(requests.map(readBatch));
    for (const [i, copy] of copies.entries()) {
      readBatchSync(copy);
      expect(copy.target).toEqual(requests[i]?.target);
    }
  });
});

describe("readImageInto", () => {
  const plain = entries[0] as ImageEntry;

  it("gives what a single read gives, of every image and window", async () => {
    for (const { path, hdu } of entries) {
      for (const window of [
        undefined,
        ...Array.from({ length: 5 }, () => randomWindow(shape, random)),
      ]) {
        const whole = { origin: [0, 0], shape, stride: [1, 1] };
        const alone = await single({ path, hdu, stamp: plain.stamp }, window ?? whole, "float64");
        const options = { hdu: hdu.index, window, dtype: "float64" } as const;
        const out = new Float64Array(alone.length);
        await readImageInto(path, out, options);
        expect(out).toEqual(alone);
        const sync = new Float64Array(new SharedArrayBuffer(8 * alone.length));
        readImageIntoSync(path, sync, options);
        expect([...sync]).toEqual([...alone]);
      }
    }
  });

  it("has the type of the physical values by default, into any array of that size", async () => {
    const out = new Uint8Array(new SharedArrayBuffer(4002), 2);
    await readImageInto(plain.path, out);
    const expected = new Int16Array(2000);
    readImageIntoSync(plain.path, expected);
    expect([...new Int16Array(out.slice().buffer)]).toEqual([...expected]);
  });

  it("refuses memory of another size, and windows and HDUs that are not there", async () => {
    const { path } = plain;
    const cases = [
      ["FITS_BAD_ARGUMENT", new Int16Array(1999), {}],
      ["FITS_BAD_ARGUMENT", new Int16Array(2001), {}],
      ["FITS_BAD_ARGUMENT", new Int16Array(0), {}],
      ["FITS_BAD_ARGUMENT", new Uint8Array(2000), { dtype: "uint8" }],
      ["FITS_OUT_OF_BOUNDS", new Int16Array(2000), { hdu: 1 }],
      ["FITS_BAD_ARGUMENT", new Int16Array(2000), { hdu: -1 }],
      [
        "FITS_OUT_OF_BOUNDS",
        new Int16Array(1),
        { window: { origin: [40, 0], shape: [1, 1], stride: [1, 1] } },
      ],
    ] as const;
    for (const [code, out, options] of cases) {
      for (const read of [
        readImageInto,
        async (...args: Parameters<typeof readImageIntoSync>) => readImageIntoSync(...args),
      ]) {
        const error = await failureOf(() => read(path, out, options));
        expect(error).toBeInstanceOf(FitsArgumentError);
        expect(error).toMatchObject({ code, path });
      }
    }
  });

  it("ends with the reason of an abort, before and during the read", async () => {
    const signal = AbortSignal.abort(new Error("enough"));
    const out = new Int16Array(2000);
    await expect(readImageInto(plain.path, out, { signal })).rejects.toBe(signal.reason);

    const large = folder.write("large.fits", primary({ bitpix: -32, shape: [4000, 4000] }));
    const controller = new AbortController();
    const reading = readImageInto(large, new Float32Array(16_000_000), controller);
    controller.abort(new Error("enough"));
    await expect(reading).rejects.toBe(controller.signal.reason);
  });
});

describe("planWindow", () => {
  const layout = entries[0]?.hdu as HduSummary;

  it("lists the bytes of a window in order, without reading them", async () => {
    const { path } = entries[0] as ImageEntry;
    await using file = await openFits(path);
    const hdu = await hduOf(file, 0, "image");
    for (let i = 0; i < 30; ++i) {
      const window = randomWindow(shape, random);
      const ranges = planWindow(layout, window, "float32");
      expect(ranges).toEqual(hdu.plan({ ...window, dtype: "float32" }).ranges);
      const at = ranges.map(({ offset }) => offset);
      expect(at).toEqual(at.toSorted((a, b) => a - b));
      const end = Math.max(0, ...ranges.map(({ offset, length }) => offset + length));
      expect(end).toBeLessThanOrEqual(layout.dataOffset + layout.dataLength);
    }
  });

  it("is one range for rows that follow each other, and one a row otherwise", () => {
    const rows = planWindow(layout, { origin: [3, 0], shape: [4, 50], stride: [1, 1] }, "int16");
    expect(rows).toEqual([{ offset: layout.dataOffset + 300, length: 400 }]);
    const box = planWindow(layout, { origin: [3, 5], shape: [2, 6], stride: [2, 1] }, "int16");
    expect(box).toEqual([
      { offset: layout.dataOffset + 310, length: 12 },
      { offset: layout.dataOffset + 510, length: 12 },
    ]);
  });

  it("refuses what leaves the image or loses something", async () => {
    const window = { origin: [0, 0], shape: [41, 1], stride: [1, 1] };
    expect(await failureOf(() => planWindow(layout, window, "int16"))).toMatchObject({
      code: "FITS_OUT_OF_BOUNDS",
    });
    const good = { ...window, shape: [1, 1] };
    expect(await failureOf(() => planWindow(layout, good, "uint8"))).toMatchObject({
      code: "FITS_BAD_ARGUMENT",
    });
  });
});

describe("an ImageTable", () => {
  it("is the same from its memory, and refuses more than 8 axes", async () => {
    expect(table).toHaveLength(entries.length);
    const copy = new ImageTable(table.images, table.paths);
    const request = requestOf(randomSamples(16), 16);
    expect(await readBatch({ ...request, table: copy })).toEqual([]);
    const entry = entries[0] as ImageEntry;
    const deep = { ...entry, hdu: { ...entry.hdu, shape: new Array(9).fill(1) } };
    expect(await failureOf(() => ImageTable.of([entry, deep]))).toMatchObject({
      code: "FITS_UNSUPPORTED",
      path: entry.path,
    });
  });
});

describe("scanFiles", () => {
  it("finds the HDUs that openFits finds, and their keywords", async () => {
    const cards = [
      card("OBJECT  = 'M 31'"),
      key("EXPTIME", "53.9"),
      key("FLAG", "T"),
      key("UNDEF", ""),
    ];
    const long = [card("OBJECT  = 'a long &'"), card("CONTINUE  'name'")];
    const path = folder.write(
      "keywords.fits",
      join(primary({ cards }), extension({ shape: [2], cards: long })),
    );
    const keywords = ["object", "EXPTIME", "FLAG", "UNDEF", "NOPE"];
    const [scanned] = await scanFiles([path], { keywords });
    await using file = await openFits(path);
    expect(scanned?.hdus).toEqual((await file.hdus()).map(({ summary }) => summary));
    expect(scanned?.keywords).toEqual([
      { OBJECT: "M 31", EXPTIME: 53.9, FLAG: true, UNDEF: null },
      { OBJECT: "a long name" },
    ]);
    expect(scanned?.stamp).toEqual((await statFiles([path]))[0]);
    expect(scanned?.error).toBeUndefined();
  });

  it("keeps the order, and the files beside those that fail", async () => {
    const missing = folder.file("missing.fits");
    const empty = folder.write("empty.fits", new Uint8Array(0));
    const damaged = folder.write("damaged.fits", join(primary(), new Uint8Array(3000).fill(0x41)));
    const all = [paths[0] ?? "", missing, empty, damaged, folder.path, paths[4] ?? ""];
    const scanned = await scanFiles(all);
    expect(scanned.map(({ path }) => path)).toEqual(all);
    expect(scanned.map(({ error }) => error?.code)).toEqual([
      undefined,
      "FITS_NOT_FOUND",
      "FITS_EMPTY",
      "FITS_NOT_FITS",
      "FITS_IO",
      undefined,
    ]);
    expect(scanned.map(({ hdus }) => hdus.length)).toEqual([1, 0, 0, 1, 0, 3]);
    expect(scanned[3]?.error).toMatchObject({ path: damaged, hdu: 1, offset: 2880 });
    expect(await scanFiles([])).toEqual([]);
  });
});

describe("statFiles", () => {
  it("gives sizes, and nothing for files that are not there", async () => {
    const missing = folder.file("missing.fits");
    const [first, none, last] = await statFiles([paths[0] ?? "", missing, paths[4] ?? ""]);
    expect(first?.size).toBe(readFileSync(paths[0] ?? "").length);
    expect(first?.mtimeMs).toBeGreaterThan(0);
    expect(none).toBeUndefined();
    expect(last?.size).toBe(readFileSync(paths[4] ?? "").length);
    expect(await statFiles([])).toEqual([]);
    expect(await statFiles([`${paths[0]}\0`])).toEqual([undefined]);
  });
});
