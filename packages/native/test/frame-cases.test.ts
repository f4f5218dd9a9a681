/**
 * Files as they are found in the wild: frames and headers that the standard forbids or that readers
 * stumble over. The numbers are those of the project's list of cases.
 */
import { readdirSync } from "node:fs";
import { tmpdir } from "node:os";
import { gzipSync } from "node:zlib";
import {
  bytesOf,
  type FitsFile,
  type HeaderValue,
  isFitsError,
  MemorySource,
  openFits,
  scanFiles,
} from "@fitstream/native";
import { describe, expect, it } from "vitest";
import { failureOf } from "./helpers/failures.js";
import { hduOf, openBothWays, openBytes, TemporaryFolder } from "./helpers/files.js";
import {
  bigEndian,
  binTable,
  block,
  card,
  extension,
  extname,
  headerOf,
  join,
  key,
  latin1,
  padded,
  primary,
} from "./helpers/fits-bytes.js";
import { compressed, zipOf } from "./helpers/packing.js";
import { Random } from "./helpers/random.js";

const folder = new TemporaryFolder();

const last = extension({
  bitpix: 16,
  shape: [2],
  data: bigEndian(16, [1, -1]),
  cards: [extname("X")],
});

async function bothWays(
  bytes: Uint8Array,
  check: (file: FitsFile) => Promise<void>,
): Promise<void> {
  for await (const file of openBothWays(folder.write("case.fits", bytes))) await check(file);
}

const pixelsOf = async (file: FitsFile, index: number): Promise<readonly (number | bigint)[]> =>
  Array.from((await (await hduOf(file, index, "image")).read()).data as Float64Array);

/** Reaches the HDU behind `bytes`, and reads it. */
const isPassed = (bytes: Uint8Array): Promise<void> =>
  bothWays(join(bytes, last), async (file) => {
    const hdu = await file.hdu("X");
    expect(await pixelsOf(file, hdu.index)).toEqual([1, -1]);
    expect(file.damage).toBeUndefined();
  });

async function valueFrom(field: string): Promise<HeaderValue | undefined> {
  await using file = await openBytes(primary({ cards: [card(`KEY     = ${field}`)] }));
  return (await (await file.hdu(0)).header()).get("KEY");
}

describe("case 1: a file that is cut", () => {
  const image = extension({
    bitpix: 16,
    shape: [1500],
    data: bigEndian(16, new Array(1500).fill(7)),
  });
  const whole = join(primary(), image);

  it.each([block + 1, block + 79, block + 80, block + 500])(
    "in a header, at byte %i: the HDUs before it are good",
    (length) =>
      bothWays(whole.subarray(0, length), async (file) => {
        expect(await file.hdus()).toHaveLength(1);
        expect(file.damage).toMatchObject({ code: "FITS_NO_END", hdu: 1, offset: block });
      }),
  );

  it.each([2 * block, 2 * block + 1, 2 * block + 2999])("in the data, at byte %i", (length) =>
    bothWays(whole.subarray(0, length), async (file) => {
      const hdu = await hduOf(file, 1, "image");
      expect(hdu.isTruncated).toBe(true);
      expect(await failureOf(() => hdu.read())).toMatchObject({ code: "FITS_TRUNCATED", hdu: 1 });
    }),
  );

  it.each([2 * block + 3000, 2 * block + 3001, 4 * block - 1])(
    "in the padding, at byte %i",
    (length) =>
      bothWays(whole.subarray(0, length), async (file) => {
        expect(await pixelsOf(file, 1)).toEqual(new Array(1500).fill(7));
        expect(await file.hdus()).toHaveLength(2);
        expect(file.damage).toBeUndefined();
      }),
  );
});

it("case 2: the last block is not padded", () =>
  bothWays(join(primary(), last).subarray(0, 2 * block + 4), async (file) => {
    expect(await pixelsOf(file, 1)).toEqual([1, -1]);
    expect((await file.hdus()).map(({ isTruncated }) => isTruncated)).toEqual([false, false]);
  }));

describe("case 3: what follows the last HDU", () => {
  const good = join(primary(), last);

  it.each<[string, Uint8Array]>([
    ["NULs", new Uint8Array(3 * block)],
    ["spaces", new Uint8Array(block).fill(0x20)],
    ["a few NULs", new Uint8Array(7)],
  ])("may be %s", async (_, tail) => {
    const bytes = join(good, tail);
    await bothWays(bytes, async (file) => {
      expect(await file.hdus()).toHaveLength(2);
      expect(file.damage).toBeUndefined();
    });
    const [scan] = await scanFiles([folder.write("tail.fits", bytes)]);
    expect(scan?.hdus).toHaveLength(2);
    expect(scan?.error).toBeUndefined();
  });

  it.each<[string, Uint8Array]>([
    ["text", latin1("\nSent from my telescope\n")],
    ["a block of junk", new Uint8Array(block).fill(0xa5)],
    ["another file", primary()],
  ])("is damage behind good HDUs when it is %s", async (_, tail) => {
    const bytes = join(good, tail);
    await bothWays(bytes, async (file) => {
      expect(await file.hdus()).toHaveLength(2);
      expect(file.damage).toMatchObject({ code: "FITS_NOT_FITS", hdu: 2, offset: good.length });
      expect(await pixelsOf(file, 1)).toEqual([1, -1]);
    });
    const [scan] = await scanFiles([folder.write("tail.fits", bytes)]);
    expect(scan?.hdus).toHaveLength(2);
    expect(scan?.error).toMatchObject({ code: "FITS_NOT_FITS", hdu: 2 });
  });
});

it.each<[string, Uint8Array, string]>([
  ["case 4: no END", latin1(key("SIMPLE", "T").repeat(72)), "FITS_NO_END"],
  ["case 4: END that is not alone", latin1(key("SIMPLE", "T") + card("END = T")), "FITS_NO_END"],
  ["case 5: HTML", latin1("<!DOCTYPE html>".padEnd(9000)), "FITS_NOT_FITS"],
  ["case 5: text", latin1("SIMPLY a text\n".repeat(500)), "FITS_NOT_FITS"],
  ["case 5: NULs", new Uint8Array(5760), "FITS_NOT_FITS"],
  ["case 6: nothing", new Uint8Array(0), "FITS_EMPTY"],
])("%s is no FITS file", async (_, bytes, code) => {
  for (const from of [folder.write("not.fits", bytes), new MemorySource(bytes)]) {
    expect(await failureOf(() => openFits(from))).toMatchObject({ code, hdu: 0 });
  }
});

describe("case 7: a zip archive of several members", () => {
  const first = join(primary({ cards: [extname("FIRST")] }), last);
  const second = join(primary({ cards: [extname("SECOND")] }), last);

  it("is the first of them that is a FITS file", async () => {
    const files = { "README.txt": latin1("no FITS"), "a.fits": first, "b.fits": second };
    await bothWays(zipOf(files), async (file) => {
      expect(file.packing).toBe("zip");
      expect((await file.hdu(0)).name).toBe("FIRST");
      expect(await pixelsOf(file, 1)).toEqual([1, -1]);
    });
  });

  it("is no FITS file where none of them is one", async () => {
    const bytes = zipOf({ "README.txt": latin1("no FITS"), "b.txt": latin1("nor this") });
    expect(await failureOf(() => openBytes(bytes))).toMatchObject({
      code: "FITS_NOT_FITS",
      path: "memory",
    });
  });
});

describe("case 8: gzip", () => {
  const plain = join(primary({ cards: [extname("ROOT")] }), last);
  const cut = 3000;
  const members = join(gzipSync(plain.subarray(0, cut)), gzipSync(plain.subarray(cut)));

  it.each<[string, Uint8Array]>([
    ["nothing", new Uint8Array(0)],
    ["NULs", new Uint8Array(5000)],
    ["text", latin1("and this is no gzip member")],
    ["an empty member", gzipSync(new Uint8Array(0))],
  ])("of several members, and %s behind them", (_, tail) =>
    bothWays(join(members, tail), async (file) => {
      expect(file.packing).toBe("gzip");
      expect(await file.hdus()).toHaveLength(2);
      expect(await pixelsOf(file, 1)).toEqual([1, -1]);
    }),
  );

  it.each<[string, Uint8Array]>([
    ["whose second member is cut", members.subarray(0, members.length - 20)],
    ["whose first checksum is wrong", members.map((byte, i) => (i === gzipSync(plain.subarray(0, cut)).length - 6 ? byte ^ 1 : byte))], // biome-ignore format: one case a line
  ])("%s is corrupt", async (_, bytes) => {
    expect(await failureOf(() => openBytes(bytes))).toMatchObject({ code: "FITS_CORRUPT" });
  });

  // 160 MB in 5 members of 32: more than what is kept in memory.
  const piece = new Uint8Array(32 * 2 ** 20).fill(1);
  const header = headerOf([
    key("SIMPLE", "T"),
    key("BITPIX", 8),
    key("NAXIS", 2),
    key("NAXIS1", 2 ** 20),
    key("NAXIS2", 160),
  ]);
  const packedPiece = gzipSync(piece, { level: 1 });
  const big = join(gzipSync(header), ...new Array(5).fill(packedPiece));
  const length = header.length + 5 * piece.length;
  const path = folder.write("big.fits.gz", big);

  it("that is big goes to a file without a name, and reads as any other", async () => {
    const spools = (): readonly string[] =>
      readdirSync(tmpdir()).filter((file) => /^fitstream-[0-9a-f-]{36}$/.test(file));
    const before = spools();
    const seen: number[] = [];
    for (const from of [path, new MemorySource(big, path)]) {
      await using file = await openFits(from, {
        onUnpack: ({ packedBytes, packedLength, unpackedBytes }) => {
          expect(packedLength).toBe(big.length);
          expect(packedBytes).toBeLessThanOrEqual(packedLength);
          seen.push(unpackedBytes);
        },
      });
      expect(file.name).toBe(path);
      const hdu = await hduOf(file, 0, "image");
      const { data } = await hdu.read({ origin: [159, 2 ** 20 - 3], shape: [1, 3] });
      expect([...data]).toEqual([1, 1, 1]);
      expect(hdu.isTruncated).toBe(false);
      expect(spools().filter((file) => !before.includes(file))).toEqual([]);
    }
    expect(seen.at(-1)).toBe(length);
    expect(seen.length).toBeGreaterThan(20);
  });

  it("that is big is not held in memory", async () => {
    const huge = join(gzipSync(header), ...new Array(24).fill(packedPiece));
    const source = folder.write("huge.fits.gz", huge);
    let peak = 0;
    const start = process.memoryUsage().rss;
    await using file = await openFits(source, {
      onUnpack: () => {
        peak = Math.max(peak, process.memoryUsage().rss - start);
      },
    });
    expect((await file.hdus()).length).toBe(1);
    expect(file.damage).toMatchObject({ code: "FITS_NOT_FITS" });
    // Of 768 MiB.
    expect(peak).toBeLessThan(400 * 2 ** 20);
  });

  it("names the file that the caller knows in its errors", async () => {
    const short = join(gzipSync(header), ...new Array(4).fill(packedPiece));
    await using file = await openFits(folder.write("short.fits.gz", short));
    const hdu = await hduOf(file, 0, "image");
    expect(await failureOf(() => hdu.read())).toMatchObject({
      code: "FITS_TRUNCATED",
      path: file.name,
    });
    await using whole = await openFits(path);
    const image = await hduOf(whole, 0, "image");
    await whole.close();
    expect(await failureOf(() => image.read())).toMatchObject({ code: "FITS_IO", path });
  });

  it("stops at the limit and when it is aborted, and leaves nothing open", async () => {
    const open = (): number => readdirSync("/proc/self/fd").length;
    const before = process.platform === "linux" ? open() : 0;
    const limited = await failureOf(() => openFits(path, { maxUnpackedBytes: length - 1 }));
    expect(limited).toMatchObject({ code: "FITS_LIMIT", path });
    const reason = new Error("enough");
    const controller = new AbortController();
    const onUnpack = ({ unpackedBytes }: { readonly unpackedBytes: number }): void => {
      if (unpackedBytes > 100 * 2 ** 20) controller.abort(reason);
    };
    await expect(openFits(path, { signal: controller.signal, onUnpack })).rejects.toBe(reason);
    const text = gzipSync(latin1("this is no FITS file"));
    expect(await failureOf(() => openBytes(text))).toMatchObject({ code: "FITS_NOT_FITS" });
    if (process.platform === "linux") expect(open()).toBeLessThanOrEqual(before);
  });
});

describe("case 9: .Z", () => {
  // Noise fills the table of codes; a run needs codes that the decoder does not have yet.
  const pixels = join(new Random(9).bytes(150_000), new Uint8Array(50_000).fill(7));
  const plain = primary({ shape: [pixels.length], data: pixels });

  it.each([
    [10, "cleared"],
    [12, "cleared"],
    [12, "kept"],
    [16, "cleared"],
    [16, "kept"],
  ] as const)("of codes of up to %i bits whose table is %s when it is full", (bits, full) =>
    bothWays(compressed(plain, bits, full), async (file) => {
      expect(file.packing).toBe("compress");
      const { data } = await (await hduOf(file, 0, "image")).read();
      expect(Buffer.compare(bytesOf(data), pixels)).toBe(0);
    }),
  );

  it.each<[string, (packed: Uint8Array) => Uint8Array, string]>([
    ["cut", (packed) => packed.subarray(0, packed.length / 2), "FITS_TRUNCATED"],
    ["with a code that is not there yet", (packed) => packed.with(4, 0xff), "FITS_CORRUPT"],
    ["of 17 bits", (packed) => packed.with(2, 0x91), "FITS_CORRUPT"],
  ])("%s is damaged", async (_, damage, code) => {
    const read = async (): Promise<void> => {
      await using file = await openBytes(damage(compressed(plain, 16, "kept")));
      await (await hduOf(file, 0, "image")).read();
    };
    expect(await failureOf(read)).toMatchObject({ code });
  });
});

describe("cases 10 to 12: the first cards", () => {
  const head = (...cards: readonly string[]): Uint8Array =>
    join(headerOf(cards), padded(latin1("ab")));
  const [bitpix, naxis, axis] = [key("BITPIX", 8), key("NAXIS", 1), key("NAXIS1", 2)];

  it("case 10: SIMPLE = F", () => isPassed(head(key("SIMPLE", "F"), bitpix, naxis, axis)));

  it("case 11: SIMPLE is missing", async () => {
    const bytes = head(bitpix, naxis, axis);
    expect(await failureOf(() => openBytes(bytes))).toMatchObject({
      code: "FITS_NOT_FITS",
      expected: "a card SIMPLE",
    });
  });

  it("case 12: the second keyword is not BITPIX", () =>
    isPassed(head(key("SIMPLE", "T"), extname("FIRST"), axis, naxis, card("COMMENT"), bitpix)));
});

it("case 13: fixed-format values off their column", () =>
  isPassed(
    join(
      headerOf([
        card("SIMPLE  = T"),
        card("BITPIX  =         16 / to the left"),
        card("NAXIS   =                                  1"),
        card("NAXIS1  = +3/no space"),
      ]),
      padded(bigEndian(16, [1, 2, 3])),
    ),
  ));

it("case 14: structural keywords as floats", async () => {
  const rows = [new Uint8Array(4)];
  const bytes = Buffer.from(binTable({ forms: ["1J"], rows, cards: [extname("T")] }));
  for (const [keyword, value] of [
    ["BITPIX", "8.0"],
    ["NAXIS", "2."],
    ["NAXIS1", "4.0E0"],
    ["NAXIS2", "1D0"],
    ["PCOUNT", "0."],
    ["GCOUNT", "1."],
    ["TFIELDS", "1."],
  ] as const) {
    const at = bytes.indexOf(`${keyword.padEnd(8)}= `);
    bytes.write(value.padStart(20), at + 10, "latin1");
  }
  await isPassed(join(primary(), bytes));
  await bothWays(join(primary(), bytes), async (file) => {
    const table = await hduOf(file, 1, "bintable");
    expect([...(await table.read()).numbers(0)]).toEqual([0]);
  });
  const groups = primary({
    bitpix: 16,
    shape: [4, 0],
    cards: [key("GROUPS", "T"), key("PCOUNT", "3."), key("GCOUNT", "12151.")],
    data: new Uint8Array(2 * 12151 * 7),
  });
  await isPassed(groups);
  const broken = Buffer.from(primary({ shape: [3] }));
  broken.write("3.5".padStart(20), 3 * 80 + 10, "latin1");
  expect(await failureOf(() => openBytes(broken))).toMatchObject({
    code: "FITS_BAD_HEADER",
    keyword: "NAXIS1",
    found: "3.5",
  });
});

it("case 15: lower-case keywords, tabs, newlines, bytes that are no ASCII", async () => {
  const cards = [
    card("exptime = 30"),
    card("TABBED\t\t= 1"),
    card("TAB     =\t5"),
    card("LINES   = 'a\nb\r\nc'"),
    card("OBJECT  = '\u00e9toile' / \u00b5"),
    card("NUL     = 'a\0b'"),
  ];
  await isPassed(primary({ shape: [3], cards }));
  await bothWays(primary({ cards }), async (file) => {
    const header = await (await file.hdu(0)).header();
    expect(header.get("EXPTIME")).toBe(30);
    expect(header.get("LINES")).toBe("a\nb\r\nc");
    expect(header.get("OBJECT")).toBe("\u00e9toile");
    expect(header.all("OBJECT")[0]?.comment).toBe("\u00b5");
    expect(header.get("NUL")).toBe("a\0b");
    expect(header.cards).toHaveLength(3 + cards.length);
  });
});

it("case 16: extensions of other types are passed; old names of types are known", async () => {
  await isPassed(join(primary(), extension({ bitpix: -64, shape: [700] }, "FILEMARK")));
  await isPassed(join(primary(), extension({ shape: [3], cards: [key("TFIELDS", 7)] }, "DUMP")));
  const old = Buffer.from(binTable({ forms: ["1J"], rows: [bigEndian(32, [5])] }));
  old.write("'A3DTABLE'", 10, "latin1");
  const image = extension({ shape: [2], data: latin1("ab") }, "IUEIMAGE");
  await bothWays(join(primary(), old, image), async (file) => {
    expect([...(await (await hduOf(file, 1, "bintable")).read()).numbers(0)]).toEqual([5]);
    expect(await pixelsOf(file, 2)).toEqual([97, 98]);
  });
});

it("case 17: an axis of no pixels among others", async () => {
  for (const shape of [[4, 0, 5], [5, 4, 0].toReversed(), [0]]) {
    await isPassed(join(primary(), extension({ bitpix: 32, shape })));
    await bothWays(join(primary(), extension({ shape })), async (file) => {
      expect(await pixelsOf(file, 1)).toEqual([]);
    });
  }
});

describe("case 18: sizes that cannot be", () => {
  const edit = (hdu: Uint8Array, keyword: string, value: string): Uint8Array => {
    const bytes = Buffer.from(hdu);
    bytes.write(value.padStart(20), bytes.indexOf(`${keyword.padEnd(8)}= `) + 10, "latin1");
    return bytes;
  };
  const image = extension({ shape: [2, 2] });
  const table = binTable({ forms: ["1J"], rows: [new Uint8Array(4)] });
  const huge = "4611686018427387904";

  it.each<[string, Uint8Array, string]>([
    ["NAXIS1 = -1", edit(image, "NAXIS1", "-1"), "FITS_BAD_HEADER"],
    ["PCOUNT = -1", edit(image, "PCOUNT", "-1"), "FITS_BAD_HEADER"],
    ["GCOUNT = -5", edit(image, "GCOUNT", "-5"), "FITS_BAD_HEADER"],
    ["NAXIS1 * NAXIS2 >= 2^63", edit(image, "NAXIS1", huge), "FITS_SIZE_OVERFLOW"],
    ["PCOUNT near 2^63", edit(image, "PCOUNT", "9223372036854775807"), "FITS_SIZE_OVERFLOW"],
    ["GCOUNT near 2^63", edit(image, "GCOUNT", "9223372036854775807"), "FITS_SIZE_OVERFLOW"],
    ["NAXIS2 beyond 64 bits", edit(image, "NAXIS2", "99999999999999999999"), "FITS_BAD_HEADER"],
  ])("%s: refused, with the HDUs before it", (_, hdu, code) =>
    bothWays(join(primary(), hdu, last), async (file) => {
      expect(await file.hdus()).toHaveLength(1);
      expect(file.damage).toMatchObject({ code, hdu: 1, offset: block });
    }),
  );

  it("TFIELDS = -1: the table is unreadable, what follows is not", () =>
    bothWays(join(primary(), edit(table, "TFIELDS", "-1"), last), async (file) => {
      const error = await failureOf(async () => (await hduOf(file, 1, "bintable")).read());
      expect(error).toMatchObject({ code: "FITS_BAD_HEADER", keyword: "TFIELDS", hdu: 1 });
      expect(await pixelsOf(file, 2)).toEqual([1, -1]);
    }));
});

it("case 19: NAXIS = 999", async () => {
  const shape = [...new Array(998).fill(1), 3];
  await isPassed(primary({ shape, data: latin1("abc") }));
  await bothWays(primary({ shape, data: latin1("abc") }), async (file) => {
    const hdu = await hduOf(file, 0, "image");
    expect(hdu.shape).toHaveLength(999);
    expect(await pixelsOf(file, 0)).toEqual([97, 98, 99]);
  });
});

it("case 20: PCOUNT in an image counts bytes behind its pixels", async () => {
  const bytes = Buffer.from(extension({ shape: [3], data: new Uint8Array(3 + 5000) }));
  bytes.set(latin1("abc"), block);
  bytes.write("5000".padStart(20), bytes.indexOf("PCOUNT  = ") + 10, "latin1");
  await isPassed(join(primary(), bytes));
  await bothWays(join(primary(), bytes), async (file) => {
    expect(await pixelsOf(file, 1)).toEqual([97, 98, 99]);
  });
});

it("case 21: 10,000 HDUs are found fast", async () => {
  const one = extension({ shape: [1], cards: [extname("MANY")] });
  const bytes = join(primary(), ...new Array(10_000).fill(one), last);
  await bothWays(bytes, async (file) => {
    const start = performance.now();
    expect((await file.hdu("X")).index).toBe(10_001);
    expect(await file.hdus()).toHaveLength(10_002);
    // 0.2 s; the bound is for machines that do much else.
    expect(performance.now() - start).toBeLessThan(10_000);
  });
});

it("case 22: of HDUs with the same name and version, the first", async () => {
  const named = (text: string, value: number, ...cards: readonly string[]): Uint8Array =>
    extension({ shape: [1], data: Uint8Array.of(value), cards: [extname(text), ...cards] });
  const bytes = join(
    primary({ cards: [extname("ROOT")] }),
    named("SCI", 1),
    named("sci", 2, key("EXTVER", 2)),
    named("SCI", 3, key("EXTVER", 1), key("EXTLEVEL", 2)),
    named("SCI", 4, key("EXTVER", 2)),
    named("SCI     ", 5, key("EXTVER", "'3'")),
  );
  await bothWays(bytes, async (file) => {
    const found = async (which: string, version?: number): Promise<number> =>
      (await file.hdu(which, version)).index;
    expect(await found("Sci")).toBe(1);
    expect(await found("SCI", 1)).toBe(1);
    expect(await found("SCI", 2)).toBe(2);
    expect(await found("root")).toBe(0);
    expect(await failureOf(() => file.hdu("SCI", 3))).toMatchObject({ code: "FITS_OUT_OF_BOUNDS" });
    // EXTLEVEL tells nothing apart; the header has it.
    expect((await (await file.hdu(3)).header()).get("EXTLEVEL")).toBe(2);
  });
});

describe("case 23: INHERIT", () => {
  const root = primary({
    shape: [2],
    cards: [
      extname("ROOT"),
      key("EXTEND", "T"),
      key("BSCALE", "2.0"),
      key("BLANK", 9),
      key("CHECKSUM", "'abc'"),
      card("TELESCOP= 'a long &'"),
      card("CONTINUE  'name' / of it"),
      card("COMMENT not inherited"),
      card("HISTORY neither"),
      card("HIERARCH ESO TEL ALT = 45.5"),
      key("EXPTIME", 30),
      key("exptime", 31),
      key("FILTER", "'r'"),
    ],
  });
  const child = (...cards: readonly string[]): Uint8Array =>
    extension({ cards: [key("FILTER", "'g'"), ...cards] });
  const bytes = join(root, child(key("INHERIT", "T")), child(key("INHERIT", "F")), child());

  it("adds the primary header's keywords where it is T, but not all", () =>
    bothWays(bytes, async (file) => {
      const hdu = await file.hdu(1);
      const header = await hdu.header({ inherit: true });
      expect(header.toJSON()).toEqual({
        XTENSION: "IMAGE",
        BITPIX: 8,
        NAXIS: 0,
        PCOUNT: 0,
        GCOUNT: 1,
        FILTER: "g",
        INHERIT: true,
        TELESCOP: "a long name",
        "ESO TEL ALT": 45.5,
        EXPTIME: 30,
        exptime: 31,
      });
      expect(header.all("TELESCOP")).toMatchObject([{ comment: "of it", records: 2 }]);
      expect(header.all("EXPTIME").map(({ value }) => value)).toEqual([30, 31]);
      expect(header.comments).toEqual([]);
      expect((await hdu.header()).has("EXPTIME")).toBe(false);
    }));

  it("is not asked for, F, absent, or in the primary header: nothing is added", () =>
    bothWays(bytes, async (file) => {
      for (const index of [0, 2, 3]) {
        const hdu = await file.hdu(index);
        expect(await hdu.header({ inherit: true })).toBe(await hdu.header());
      }
    }));
});

it.each<[string, HeaderValue]>([
  ["1.5D3", 1500],
  ["-1.5d-3", -0.0015],
  ["2.66E-315", 2.66e-315],
  ["5E-324", 5e-324],
  ["1E400", Number.POSITIVE_INFINITY],
  ["-1D+400", Number.NEGATIVE_INFINITY],
  ["1E-400", 0],
  ["9007199254740993", 9007199254740993n],
  ["-18446744073709551616", -18446744073709551616n],
])("case 24: the number %s", async (field, value) => {
  expect(await valueFrom(field)).toEqual(value);
});

describe("case 76: a file that declares more than it has", () => {
  it.each([2 ** 36, 2 ** 50, 2 ** 59])("asks for no memory of %i bytes", async (length) => {
    const bytes = join(primary(), extension({ shape: [length], data: new Uint8Array(0) }));
    await bothWays(bytes, async (file) => {
      const hdu = await hduOf(file, 1, "image");
      const before = process.memoryUsage().rss;
      for (const read of [() => hdu.read(), () => hdu.verifyChecksum()]) {
        expect(await failureOf(read)).toMatchObject({ code: "FITS_TRUNCATED", hdu: 1 });
      }
      expect(process.memoryUsage().rss - before).toBeLessThan(64 * 2 ** 20);
    });
  });

  it("a header of many blocks without END is given up", async () => {
    const bytes = join(latin1(key("SIMPLE", "T")), new Uint8Array(70 * 2 ** 20).fill(0x20));
    const error = await failureOf(() => openBytes(bytes));
    expect(isFitsError(error, "FITS_NO_END")).toBe(true);
  });
});
