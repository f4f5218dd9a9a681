import {
  chmodSync,
  mkdirSync,
  readFileSync,
  renameSync,
  rmSync,
  symlinkSync,
  truncateSync,
  utimesSync,
} from "node:fs";
import {
  type FitsErrorFields,
  FitsFormatError,
  FitsIoError,
  type Hdu,
  isFitsError,
  MemorySource,
  openFits,
  readImageInto,
  writeFits,
} from "@fitstream/native";
import { describe, expect, it } from "vitest";
import { failureOf } from "./helpers/failures.js";
import { hduOf, TemporaryFolder } from "./helpers/files.js";
import {
  asciiTable,
  bigEndian,
  binTable,
  block,
  card,
  extension,
  headerOf,
  join,
  key,
  latin1,
  primary,
} from "./helpers/fits-bytes.js";
import { Random } from "./helpers/random.js";

const folder = new TemporaryFolder();
let files = 0;
const write = (bytes: Uint8Array): string => folder.write(`bad${files++}.fits`, bytes);

/** The bytes from disk and from memory, where other code fetches them. */
const bothWays = (bytes: Uint8Array): (string | MemorySource)[] => [
  write(bytes),
  new MemorySource(bytes),
];
const nameOf = (from: string | MemorySource): string =>
  typeof from === "string" ? from : from.name;

/** Opens and reads everything there is in a file. */
async function readAll(from: string | MemorySource): Promise<void> {
  await using file = await openFits(from, { maxUnpackedBytes: 2 ** 20 });
  for (const hdu of await file.hdus()) {
    const { cards } = await hdu.header();
    expect(cards.length).toBeGreaterThan(0);
    await readData(hdu);
  }
  if (file.damage !== undefined) throw file.damage;
}

async function readData(hdu: Hdu): Promise<void> {
  switch (hdu.kind) {
    case "image":
    case "compressed-image": {
      const { data, shape } = await hdu.read();
      const pixels = hdu.shape.length === 0 ? 0 : shape.reduce((n, m) => n * m, 1);
      expect(data).toHaveLength(pixels);
      return;
    }
    case "bintable":
    case "asciitable":
      expect((await hdu.read({ maxBytes: 2 ** 24 })).rows).toBe(hdu.rows);
      return;
    default:
      return;
  }
}

const simple = (...cards: readonly string[]): Uint8Array =>
  headerOf([key("SIMPLE", "T"), ...cards]);

describe("a file that is no FITS file", () => {
  it.each<[string, Uint8Array, Partial<FitsErrorFields>]>([
    ["nothing", new Uint8Array(0), { code: "FITS_EMPTY" }],
    ["one byte", latin1("S"), { code: "FITS_NO_END" }],
    [
      "text",
      latin1("hello, world\n".repeat(300)),
      { code: "FITS_NOT_FITS", found: "hello, world" },
    ],
    ["zeros", new Uint8Array(5000), { code: "FITS_NOT_FITS" }],
    [
      "a header without END",
      latin1(card("SIMPLE  =                    T").repeat(36)),
      { code: "FITS_NO_END" },
    ],
    ["an extension in the first place", extension({ shape: [2] }), { code: "FITS_NOT_FITS" }],
    [
      "a header cut inside a card",
      primary({ shape: [9] }).subarray(0, 100),
      { code: "FITS_NO_END" },
    ],
  ])("says so: %s", async (_, bytes, fields) => {
    for (const from of bothWays(bytes)) {
      const error = await failureOf(() => openFits(from));
      expect(error).toBeInstanceOf(FitsFormatError);
      const { found, ...same } = fields;
      expect(error).toMatchObject({ path: nameOf(from), hdu: 0, ...same });
      if (found !== undefined) expect(error.found).toContain(found);
    }
  });
});

describe("a header that makes no sense", () => {
  const bitpix = key("BITPIX", 8);
  it.each<[string, Uint8Array, Partial<FitsErrorFields>]>([
    ["BITPIX is missing", simple(key("NAXIS", 0)), { code: "FITS_BAD_HEADER", keyword: "BITPIX" }],
    [
      "BITPIX is 7",
      simple(key("BITPIX", 7), key("NAXIS", 0)),
      {
        code: "FITS_BAD_HEADER",
        keyword: "BITPIX",
        card: 1,
        expected: "8, 16, 32, 64, -32 or -64",
        found: "7",
      },
    ],
    ["NAXIS is missing", simple(bitpix), { code: "FITS_BAD_HEADER", keyword: "NAXIS" }],
    [
      "NAXIS is negative",
      simple(bitpix, key("NAXIS", -1)),
      { code: "FITS_BAD_HEADER", keyword: "NAXIS", card: 2, found: "-1" },
    ],
    [
      "NAXIS is 1000",
      simple(bitpix, key("NAXIS", 1000)),
      { code: "FITS_BAD_HEADER", keyword: "NAXIS", card: 2, found: "1000" },
    ],
    [
      "NAXIS2 is missing",
      simple(bitpix, key("NAXIS", 2), key("NAXIS1", 5)),
      { code: "FITS_BAD_HEADER", keyword: "NAXIS2" },
    ],
    [
      "NAXIS1 is a string",
      simple(bitpix, key("NAXIS", 1), key("NAXIS1", "'5'")),
      { code: "FITS_BAD_HEADER", keyword: "NAXIS1", card: 3, found: "'5'" },
    ],
    [
      "NAXIS1 is negative",
      simple(bitpix, key("NAXIS", 1), key("NAXIS1", -5)),
      { code: "FITS_BAD_HEADER", keyword: "NAXIS1", card: 3, found: "-5" },
    ],
    [
      "NAXIS1 leaves 64 bits",
      simple(bitpix, key("NAXIS", 1), key("NAXIS1", 2n ** 64n)),
      { code: "FITS_BAD_HEADER", keyword: "NAXIS1", card: 3 },
    ],
    [
      "the axes overflow",
      primary({ shape: [2 ** 40, 2 ** 40], data: new Uint8Array(0) }),
      { code: "FITS_SIZE_OVERFLOW" },
    ],
    [
      "999 axes overflow",
      primary({ shape: new Array(999).fill(2), data: new Uint8Array(0) }),
      { code: "FITS_SIZE_OVERFLOW" },
    ],
    [
      "pixels and their width overflow",
      primary({ bitpix: 64, shape: [2 ** 30, 2 ** 31], data: new Uint8Array(0) }),
      { code: "FITS_SIZE_OVERFLOW" },
    ],
  ])("is refused with its place: %s", async (_, bytes, fields) => {
    for (const from of bothWays(bytes)) {
      const error = await failureOf(() => openFits(from));
      expect(error).toBeInstanceOf(FitsFormatError);
      expect(error).toMatchObject({ path: nameOf(from), hdu: 0, offset: 0, ...fields });
    }
  });

  it("ends the HDUs before it, with its byte", async () => {
    const good = primary({ shape: [3] });
    const bad = latin1(card("XTENSION= 'IMAGE   '").repeat(36));
    for (const from of bothWays(join(good, bad))) {
      await using file = await openFits(from);
      expect(await file.hdus()).toHaveLength(1);
      expect(file.damage).toMatchObject({
        code: "FITS_NO_END",
        path: nameOf(from),
        hdu: 1,
        offset: good.length,
      });
    }
  });

  it("leaves an unknown extension readable, and what follows it", async () => {
    const last = extension({ bitpix: 16, shape: [2], data: bigEndian(16, [1, -1]) });
    for (const from of bothWays(join(primary(), extension({ shape: [5000] }, "MYSTERY"), last))) {
      await using file = await openFits(from);
      const unknown = await hduOf(file, 1, "unknown");
      expect(unknown).toMatchObject({ xtension: "MYSTERY", dataLength: 5000, isTruncated: false });
      expect((await unknown.header()).get("NAXIS1")).toBe(5000);
      const { data } = await (await hduOf(file, 2, "image")).read();
      expect([...data]).toEqual([1, -1]);
    }
  });
});

describe("a file that ends early", () => {
  const image = extension({ bitpix: 16, shape: [40, 50] });
  const table = binTable({ forms: ["500J"], rows: [0, 1, 2].map(() => new Uint8Array(2000)) });
  const ascii = asciiTable({
    forms: ["A3000"],
    rows: [latin1("x".repeat(3000))],
    cards: [key("TBCOL1", 1)],
  });

  it.each([
    ["image", image],
    ["bintable", table],
    ["asciitable", ascii],
  ] as const)("has its headers; the data of an %s are truncated", async (kind, hdu) => {
    const whole = join(primary(), hdu);
    const dataAt = 2 * block;
    for (const length of [dataAt, dataAt + 1, dataAt + block, dataAt + 2999]) {
      for (const from of bothWays(whole.subarray(0, length))) {
        await using file = await openFits(from);
        const cut = await hduOf(file, 1, kind);
        expect(cut.isTruncated).toBe(true);
        expect((await cut.header()).get("BITPIX")).toBeDefined();
        const error = await failureOf(() => cut.read());
        expect(error).toBeInstanceOf(FitsFormatError);
        expect(error).toMatchObject({
          code: "FITS_TRUNCATED",
          path: nameOf(from),
          hdu: 1,
          found: `${length} bytes`,
        });
        expect(error.expected).toContain(String(dataAt + cut.dataLength));
      }
    }
  });

  it("is whole when only padding is missing", async () => {
    const data = bigEndian(16, [1, 2, 3]);
    const whole = primary({ bitpix: 16, shape: [3], data });
    for (const from of bothWays(whole.subarray(0, block + 6))) {
      await using file = await openFits(from);
      const { data: read } = await (await hduOf(file, 0, "image")).read();
      expect([...read]).toEqual([1, 2, 3]);
      expect(await file.hdus()).toHaveLength(1);
      expect(file.damage).toBeUndefined();
    }
  });

  it("is damaged where it ends inside a header", async () => {
    const whole = join(primary(), image);
    for (const length of [block + 7, block + 80, block + 400]) {
      for (const from of bothWays(whole.subarray(0, length))) {
        await using file = await openFits(from);
        expect(await file.hdus()).toHaveLength(1);
        expect(file.damage).toMatchObject({ code: "FITS_NO_END", hdu: 1, offset: block });
        expect(await failureOf(() => file.hdu(1))).toBe(file.damage);
      }
    }
  });

  it("never gives a value, wherever a compressed image ends", async () => {
    const path = folder.file("whole.fits");
    const data = new Int16Array(64 * 64).map((_, i) => i % 100);
    await writeFits(path, [
      { kind: "image", data, shape: [64, 64], compression: { codec: "RICE_1" } },
    ]);
    const whole = readFileSync(path);
    await using file = await openFits(path);
    const { dataOffset, dataLength } = await file.hdu(1);
    for (const length of [dataOffset, dataOffset + 5, dataOffset + dataLength - 1]) {
      for (const from of bothWays(whole.subarray(0, length))) {
        await using cut = await openFits(from);
        const hdu = await hduOf(cut, 1, "compressed-image");
        expect(await failureOf(() => hdu.read())).toMatchObject({
          code: "FITS_TRUNCATED",
          path: nameOf(from),
          hdu: 1,
        });
      }
    }
  });
});

describe("a small file that declares much", () => {
  const none = new Uint8Array(0);
  const huge = 2 ** 36;

  it.each<[string, Uint8Array]>([
    ["an image", primary({ bitpix: -64, shape: [2 ** 18, 2 ** 18], data: none })],
    ["rows", join(primary(), binTable({ forms: ["1J"], rows: [], rowLength: 4 }))],
    [
      "a heap",
      join(primary(), binTable({ forms: ["1PD(1)"], rows: [bigEndian(32, [2 ** 31 - 1, 0])] })),
    ],
  ])("is refused before memory of that size is asked for: %s", async (_, bytes) => {
    const text = Buffer.from(bytes);
    const grow = (keyword: string, value: number): void => {
      const at = text.indexOf(`${keyword.padEnd(8)}= `, block);
      if (at > 0) text.write(String(value).padStart(20), at + 10, "latin1");
    };
    if (text.includes("'1J'")) grow("NAXIS2", huge);
    if (text.includes("'1PD(1)'")) grow("PCOUNT", huge);
    for (const from of bothWays(text)) {
      await using file = await openFits(from);
      const hdu = (await file.hdus()).at(-1);
      if (hdu === undefined) throw new Error("no HDU");
      expect(hdu.dataLength).toBeGreaterThan(2 ** 35);
      const before = process.memoryUsage().rss;
      const error = await failureOf(() => readData(hdu));
      expect(process.memoryUsage().rss - before).toBeLessThan(64 * 2 ** 20);
      expect(error).toMatchObject({ code: "FITS_TRUNCATED", path: nameOf(from), hdu: hdu.index });
    }
  });

  it("is refused by readImageInto, too", async () => {
    const path = write(primary({ bitpix: -64, shape: [2 ** 18, 2 ** 18], data: none }));
    const window = { origin: [2 ** 17, 0], shape: [1, 4], stride: [1, 1] };
    const error = await failureOf(() => readImageInto(path, new Float64Array(4), { window }));
    expect(error).toMatchObject({ code: "FITS_TRUNCATED", path, hdu: 0 });
  });
});

describe("a path that cannot be read", () => {
  it("is not found, is a folder, or leads nowhere", async () => {
    const missing = folder.file("missing.fits");
    const below = `${write(primary())}/a.fits`;
    const loop = folder.file("loop.fits");
    symlinkSync(loop, loop);
    const lair = folder.file("lair.fits");
    mkdirSync(lair);
    for (const [path, code] of [
      [missing, "FITS_NOT_FOUND"],
      [below, "FITS_NOT_FOUND"],
      [loop, "FITS_IO"],
      [lair, "FITS_IO"],
      [`${missing}\0`, "FITS_IO"],
    ] as const) {
      const error = await failureOf(() => openFits(path));
      expect(error).toBeInstanceOf(FitsIoError);
      expect(error).toMatchObject({ code, path });
      expect(error.found).toBeDefined();
    }
    for (const path of [missing, lair]) {
      const error = await failureOf(() => readImageInto(path, new Uint8Array(1)));
      expect(error).toBeInstanceOf(FitsIoError);
      expect(error.path).toBe(path);
    }
  });

  it("may be forbidden", async () => {
    const path = write(primary());
    chmodSync(path, 0);
    // Nothing is forbidden to root: be nobody meanwhile.
    const isRoot = process.geteuid?.() === 0;
    if (isRoot) process.seteuid?.(65534);
    try {
      for (const open of [openFits, (p: string) => readImageInto(p, new Uint8Array(1))]) {
        const error = await failureOf(() => open(path));
        expect(error).toBeInstanceOf(FitsIoError);
        expect(error).toMatchObject({ code: "FITS_IO", path });
        expect(error.found).toMatch(/permission denied/i);
      }
    } finally {
      if (isRoot) process.seteuid?.(0);
    }
  });
});

describe("a file that changes while it is open", () => {
  const whole = join(
    primary({ bitpix: 16, shape: [50, 60] }),
    binTable({ forms: ["1J"], rows: Array.from({ length: 2000 }, () => new Uint8Array(4)) }),
  );
  const changes: Readonly<Record<string, (path: string) => void>> = {
    "it shrinks": (path) => truncateSync(path, block + 100),
    "it is emptied": (path) => truncateSync(path, 0),
    "it is another one of the same size": (path) => {
      const other = write(whole);
      utimesSync(other, 1, 1);
      renameSync(other, path);
    },
  };

  it.each(Object.keys(changes))("is noticed: %s", async (name) => {
    const path = write(whole);
    await using file = await openFits(path);
    const image = await hduOf(file, 0, "image");
    const table = await hduOf(file, 1, "bintable");
    await image.read();
    await table.read();
    changes[name]?.(path);
    for (const hdu of [image, table]) {
      const error = await failureOf(() => hdu.read());
      expect(error).toBeInstanceOf(FitsIoError);
      expect(error).toMatchObject({ code: "FITS_FILE_CHANGED", path });
      expect(error.expected).toBeDefined();
      expect(error.found).toBeDefined();
    }
  });

  it("is noticed: it is removed", async () => {
    const path = write(whole);
    await using file = await openFits(path);
    const image = await hduOf(file, 0, "image");
    rmSync(path);
    expect(await failureOf(() => image.read())).toMatchObject({ code: "FITS_NOT_FOUND", path });
  });
});

describe("random damage", () => {
  const random = new Random(2880);
  const image = join(
    primary({ bitpix: 16, shape: [6, 7], cards: [key("BLANK", -1), key("BSCALE", "0.5")] }),
    extension({
      bitpix: -32,
      shape: [5, 5],
      cards: [card("LONG    = 'a&'"), card("CONTINUE  'b'")],
    }),
  );
  const tables = join(
    primary(),
    binTable({
      forms: ["2I", "5A", "3X", "1PE(4)", "1M", "1L"],
      rows: [0, 1, 2].map((i) =>
        join(new Uint8Array(10), bigEndian(32, [i, 4 * i]), new Uint8Array(17)),
      ),
      heap: new Uint8Array(64),
      cards: [key("TDIM1", "'(2)'"), key("TNULL1", 5), key("TSCAL4", "2.0")],
    }),
    asciiTable({
      forms: ["I4", "F8.3", "A3"],
      rows: [latin1("  12   1.500abc"), latin1(" -34 2.25E+1x  ")],
      cards: [key("TBCOL1", 1), key("TBCOL2", 5), key("TBCOL3", 13), key("TNULL1", "'-34'")],
    }),
  );

  /** Some bytes in [0, limit) are others: any ones, or characters that a header may hold. */
  function damaged(bytes: Uint8Array, limit: number): Uint8Array {
    const out = bytes.slice();
    for (let n = 1 + random.int(4); n > 0; --n) {
      const to = random.pick([random.int(256), 0x30 + random.int(10), 0x20, 0x2d, 0x27, 0x54]);
      out[random.int(limit)] = to;
    }
    return random.int(4) === 0 ? out.subarray(0, random.int(out.length)) : out;
  }

  async function survive(bytes: Uint8Array, limit: number, times: number): Promise<void> {
    for (let i = 0; i < times; ++i) {
      const bad = damaged(bytes, limit);
      for (const from of bothWays(bad)) {
        try {
          await readAll(from);
        } catch (error) {
          // The bytes that broke it, to repeat it with.
          if (!isFitsError(error))
            throw new Error(Buffer.from(bad).toString("base64"), { cause: error });
          expect(error.path).toBe(nameOf(from));
        }
        if (typeof from === "string") rmSync(from);
      }
    }
  }

  it("of images gives values or a FitsError", () => survive(image, image.length, 300));

  it("of tables gives values or a FitsError", () => survive(tables, tables.length, 300));

  // CFITSIO 4.2's decoder of HCOMPRESS_1 reads behind damaged tiles: headers only.
  it("of a compressed image's header gives values or a FitsError", async () => {
    const path = folder.file("compressed.fits");
    const data = new Int16Array(20 * 20).map((_, i) => i);
    await writeFits(path, [
      { kind: "image", data, shape: [20, 20], compression: { codec: "GZIP_1", tile: [7, 9] } },
    ]);
    const bytes = readFileSync(path);
    await using file = await openFits(path);
    await survive(bytes, (await file.hdu(1)).dataOffset, 300);
  });
});
