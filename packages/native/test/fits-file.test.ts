import { spawnSync } from "node:child_process";
import { writeFileSync } from "node:fs";
import { gzipSync } from "node:zlib";
import {
  appendHdu,
  FileSource,
  FitsIoError,
  type Hdu,
  MemorySource,
  openFits,
  scanFiles,
  updateKeywords,
  writeFits,
} from "@fitstream/native";
import { describe, expect, it } from "vitest";
import { failureOf } from "./helpers/failures.js";
import { hduOf, openBothWays, openBytes, TemporaryFolder } from "./helpers/files.js";
import {
  asciiTable,
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
import { Random } from "./helpers/random.js";
import { CountingSource, StallingSource } from "./helpers/sources.js";

const folder = new TemporaryFolder();

const groups = primary({
  bitpix: 16,
  shape: [4, 0],
  cards: [key("GROUPS", "T"), key("PCOUNT", 3), key("GCOUNT", 5)],
  data: new Uint8Array(2 * 5 * (3 + 4)),
});

/** A primary HDU and one extension of each kind but the tile-compressed image. */
const extensions = [
  extension({ bitpix: 16, shape: [2, 3], cards: [extname("SCI"), key("EXTVER", 2)] }),
  binTable({ forms: ["1J"], rows: [new Uint8Array(4)], cards: [extname("catalog")] }),
  asciiTable({ forms: ["I4"], rows: [latin1("  12")], cards: [key("TBCOL1", 1)] }),
  extension({ bitpix: 32, shape: [4], cards: [extname("ODD")] }, "FOREIGN"),
  extension({ bitpix: 16, shape: [5], cards: [extname("SCI"), key("EXTVER", 1)] }, "IUEIMAGE"),
];
const allKinds = join(primary(), ...extensions);

describe("the HDUs", () => {
  it("are a union of kinds", async () => {
    await using file = await openBytes(allKinds);
    const hdus = await file.hdus();
    expect(hdus.map(({ kind }) => kind)).toEqual([
      "image",
      "image",
      "bintable",
      "asciitable",
      "unknown",
      "image",
    ]);
    expect(hdus.map(({ index }) => index)).toEqual([0, 1, 2, 3, 4, 5]);
    expect(hdus.map((hdu) => hdu.name)).toEqual([
      undefined,
      "SCI",
      "catalog",
      undefined,
      "ODD",
      "SCI",
    ]);
    expect(hdus.map((hdu) => hdu.version)).toEqual([1, 2, 1, 1, 1, 1]);
    expect(file.damage).toBeUndefined();
  });

  it("say where they are", async () => {
    await using file = await openBytes(allKinds);
    const hdus = await file.hdus();
    expect(hdus.map((hdu) => hdu.headerOffset / block)).toEqual([0, 1, 3, 5, 7, 9]);
    expect(hdus.map((hdu) => hdu.dataOffset / block)).toEqual([1, 2, 4, 6, 8, 10]);
    expect(hdus.map((hdu) => hdu.dataLength)).toEqual([0, 12, 4, 4, 16, 10]);
    expect(hdus[1]?.cardCount).toBe(9);
    expect(hdus[1]?.summary).toMatchObject({ kind: "image", index: 1, shape: [2, 3], bitpix: 16 });
    expect(structuredClone(hdus[1]?.summary)).toEqual(hdus[1]?.summary);
  });

  it("include random groups, with their counts", async () => {
    await using file = await openBytes(groups);
    const hdu = await hduOf(file, 0, "groups");
    expect(hdu).toMatchObject({ groups: 5, parameterCount: 3, shape: [5, 4], dataLength: 70 });
    expect((await hdu.header()).get("GROUPS")).toBe(true);
  });

  it("include tile-compressed images", async () => {
    const path = folder.file("packed.fits");
    const data = new Int32Array(64);
    await writeFits(path, [
      { kind: "image", data, shape: [8, 8], compression: { codec: "RICE_1" } },
    ]);
    await using file = await openFits(path);
    const hdu = await hduOf(file, 1, "compressed-image");
    expect(hdu).toMatchObject({ shape: [8, 8], codec: "RICE_1", tile: [1, 8], bitpix: 32 });
  });

  it("of an unknown type have their name and a header", async () => {
    await using file = await openBytes(allKinds);
    const hdu = await hduOf(file, 4, "unknown");
    expect(hdu.xtension).toBe("FOREIGN");
    expect((await hdu.header()).get("EXTNAME")).toBe("ODD");
  });

  it("keep the header that was read", async () => {
    const source = new CountingSource(allKinds);
    await using file = await openFits(source);
    const hdu = await file.hdu(1);
    source.reset();
    const header = await hdu.header();
    expect(await hdu.header()).toBe(header);
    expect(source.ranges).toEqual([{ offset: block, length: block }]);
  });

  it("give their header to one caller when another aborts", async () => {
    const bytes = join(primary(), extension({ shape: [20_000] }), extension({ shape: [9] }));
    const source = new CountingSource(bytes);
    await using file = await openFits(source);
    const hdu = await file.hdu(2);
    const controller = new AbortController();
    const aborted = hdu.header({ signal: controller.signal });
    const other = hdu.header();
    controller.abort(new Error("enough"));
    await Promise.allSettled([aborted]);
    expect((await other).get("NAXIS1")).toBe(9);
  });
});

describe("going to an HDU", () => {
  it("works by position, by EXTNAME in any case, and by EXTVER", async () => {
    await using file = await openBytes(allKinds);
    expect((await file.hdu(3)).index).toBe(3);
    expect((await file.hdu("SCI")).index).toBe(1);
    expect((await file.hdu("sci")).index).toBe(1);
    expect((await file.hdu("Catalog")).index).toBe(2);
    expect((await file.hdu("SCI", 1)).index).toBe(5);
    expect((await file.hdu("SCI", 2)).index).toBe(1);
  });

  it("takes PRIMARY for the first, unless another has that name", async () => {
    await using plain = await openBytes(allKinds);
    expect((await plain.hdu("PRIMARY")).index).toBe(0);
    const named = join(primary(), extension(), extension({ cards: [extname("PRIMARY")] }));
    await using file = await openBytes(named);
    expect((await file.hdu("primary")).index).toBe(2);
  });

  it.each<[number | string, number | undefined, string]>([
    [6, undefined, "6"],
    [-1, undefined, "-1"],
    [0.5, undefined, "0.5"],
    ["NOPE", undefined, "NOPE"],
    ["", undefined, ""],
    ["SCI", 3, "SCI, version 3"],
  ])("says that there is no HDU %j, version %j", async (which, version, found) => {
    await using file = await openBytes(allKinds);
    const error = await failureOf(() => file.hdu(which, version));
    expect(error).toMatchObject({ code: "FITS_OUT_OF_BOUNDS", path: "memory", found });
    expect(error.expected).toContain("0 to 5");
  });

  it("reads headers only, one piece each, and only up to there", async () => {
    const shape = [300, 200];
    const hdus = Array.from({ length: 6 }, (_, i) =>
      extension({ shape, cards: [extname(`E${i}`)] }),
    );
    const source = new CountingSource(join(primary({ shape }), ...hdus));
    await using file = await openFits(source);
    await file.hdu("E3");
    const known = (await Promise.all([0, 1, 2, 3, 4].map((i) => file.hdu(i)))) as Hdu[];
    // 16 KiB hold most headers; the first ones tell a packed file as well.
    const length = 16 * 1024;
    expect(source.ranges).toEqual(known.map(({ headerOffset: offset }) => ({ offset, length })));
  });

  it("reads on where a header is longer than the first piece", async () => {
    const cards = Array.from({ length: 1000 }, (_, i) => key(`K${i}`, i));
    const source = new CountingSource(
      join(primary({ cards }), extension({ cards: [extname("X")] })),
    );
    await using file = await openFits(source);
    expect((await file.hdu("X")).index).toBe(1);
    expect((await (await file.hdu(0)).header()).get("K999")).toBe(999);
    expect(source.reads.length).toBeLessThan(8);
  });

  it("does not mind broken cards before it", async () => {
    const broken = [card("EXPOSURE= 12abc"), card("OBJECT  = 'no end"), card("BZERO   = (")];
    const bytes = join(
      primary({ shape: [3], cards: broken }),
      binTable({ forms: ["1Z"], rows: [new Uint8Array(8)], cards: broken }),
      extension({ shape: [3], cards: [extname("GOOD")], data: bigEndian(8, [1, 2, 3]) }),
    );
    await using file = await openBytes(bytes);
    const hdu = await file.hdu("GOOD");
    expect(hdu.kind === "image" && [...(await hdu.read()).data]).toEqual([1, 2, 3]);
    expect(file.damage).toBeUndefined();
  });

  it("answers callers that come at once", async () => {
    const source = new CountingSource(allKinds);
    await using file = await openFits(source);
    const asked = [5, "SCI", 0, 3, "ODD", 5, "catalog", 1] as const;
    const found = await Promise.all(asked.map((which) => file.hdu(which)));
    expect(found.map(({ index }) => index)).toEqual([5, 1, 0, 3, 4, 5, 2, 1]);
    expect(found[0]).toBe(found[5]);
    // One read for each of the six headers.
    expect(source.reads).toHaveLength(6);
  });

  it("ends with the reason of an abort, and can be asked again", async () => {
    const bytes = join(primary({ shape: [20_000] }), extension({ cards: [extname("FAR")] }));
    const source = new StallingSource(bytes, 20_000);
    await using file = await openFits(source);
    const controller = new AbortController();
    const reason = new Error("enough");
    const waiting = file.hdu("FAR", undefined, { signal: controller.signal });
    await source.stalled;
    controller.abort(reason);
    await expect(waiting).rejects.toBe(reason);
    expect(file.damage).toBeUndefined();
    expect((await file.hdu(0)).kind).toBe("image");
  });
});

describe("iteration", () => {
  const indicesOf = async (file: AsyncIterable<Hdu>): Promise<number[]> => {
    const indices: number[] = [];
    for await (const hdu of file) indices.push(hdu.index);
    return indices;
  };

  it("goes through the HDUs in order, as often as one likes", async () => {
    await using file = await openBytes(allKinds);
    expect(await indicesOf(file)).toEqual([0, 1, 2, 3, 4, 5]);
    expect(await indicesOf(file)).toEqual([0, 1, 2, 3, 4, 5]);
  });

  it("gives everything to two that run at once", async () => {
    await using file = await openBytes(join(primary(), extension()));
    const both = await Promise.all([indicesOf(file), indicesOf(file)]);
    expect(both).toEqual([
      [0, 1],
      [0, 1],
    ]);
  });

  it("reads no further than it is taken", async () => {
    const source = new CountingSource(allKinds);
    await using file = await openFits(source);
    for await (const hdu of file) if (hdu.index === 2) break;
    expect(source.reads).toHaveLength(3);
  });
});

describe("damage", () => {
  it.each<[string, Uint8Array, string]>([
    ["junk", new Random(1).bytes(5000), "FITS_NOT_FITS"],
    ["text", latin1("Not Found".padEnd(3000)), "FITS_NOT_FITS"],
    ["a header without END", latin1(card("XTENSION= 'IMAGE   '").repeat(40)), "FITS_NO_END"],
    ["a cut header", extension().subarray(0, 300), "FITS_NO_END"],
    ["BITPIX 7", extension({ bitpix: 7, data: new Uint8Array(0) }), "FITS_BAD_HEADER"],
  ])("%s after an HDU leaves the HDUs before it", async (_, tail, code) => {
    const bytes = join(primary({ shape: [3], data: bigEndian(8, [7, 8, 9]) }), extension(), tail);
    await using file = await openBytes(bytes);
    expect((await file.hdus()).map(({ index }) => index)).toEqual([0, 1]);
    const where = { code, path: "memory", hdu: 2, offset: 3 * block };
    expect(file.damage).toMatchObject(where);
    expect(await failureOf(() => file.hdu(2))).toBe(file.damage);
    expect(await failureOf(() => file.hdu("ANY"))).toBe(file.damage);
    const first = await hduOf(file, 0, "image");
    expect([...(await first.read()).data]).toEqual([7, 8, 9]);
    expect((await file.hdu("PRIMARY")).index).toBe(0);
  });

  it("throws when the file is opened where the first HDU has it", async () => {
    const source = new CountingSource(latin1("<!DOCTYPE html><title>502</title>"));
    const error = await failureOf(() => openFits(source));
    expect(error).toMatchObject({ code: "FITS_NOT_FITS", path: "counted.fits", hdu: 0, offset: 0 });
    expect(source.closed).toBe(1);
  });

  it.each<[string, Uint8Array]>([
    ["zeros", new Uint8Array(2 * block)],
    ["spaces", new Uint8Array(2 * block).fill(0x20)],
    ["one zero", new Uint8Array(1)],
    ["part of a block of zeros", new Uint8Array(1000)],
  ])("is not seen in %s after the last HDU", async (_, tail) => {
    await using file = await openBytes(join(allKinds, tail));
    expect(await file.hdus()).toHaveLength(6);
    expect(file.damage).toBeUndefined();
    expect(await failureOf(() => file.hdu(6))).toMatchObject({ code: "FITS_OUT_OF_BOUNDS" });
  });

  it("is not seen where the file ends inside the data; reading them tells", async () => {
    const bytes = join(primary(), extension({ bitpix: 16, shape: [3000] })).subarray(0, 3 * block);
    await using file = await openBytes(bytes);
    expect(await file.hdus()).toHaveLength(2);
    expect(file.damage).toBeUndefined();
    const hdu = await hduOf(file, 1, "image");
    expect(hdu.isTruncated).toBe(true);
    expect(await failureOf(() => hdu.read())).toMatchObject({
      code: "FITS_TRUNCATED",
      path: "memory",
      hdu: 1,
    });
  });
});

describe("a file that lacks its last padding", () => {
  const whole = join(
    primary(),
    extension({ bitpix: 16, shape: [4], data: bigEndian(16, [1, 2, 3, 4]) }),
  );

  it("reads where the data are complete", async () => {
    const bytes = whole.subarray(0, 2 * block + 8);
    for await (const file of openBothWays(folder.write("unpadded.fits", bytes))) {
      const hdu = await hduOf(file, 1, "image");
      expect(hdu.isTruncated).toBe(false);
      expect([...(await hdu.read()).data]).toEqual([1, 2, 3, 4]);
    }
  });

  it("reads where the header ends with END", async () => {
    const bytes = headerOf([key("SIMPLE", "T"), key("BITPIX", 8), key("NAXIS", 0)]);
    await using file = await openBytes(bytes.subarray(0, 4 * 80));
    const hdu = await hduOf(file, 0, "image");
    expect(hdu.isTruncated).toBe(false);
    expect(await hdu.read()).toMatchObject({ shape: [], data: new Uint8Array(0) });
    expect((await hdu.header()).get("NAXIS")).toBe(0);
  });
});

describe("files compressed as a whole", () => {
  const pixels = bigEndian(16, [1, -2, 3]);
  const plain = join(primary({ bitpix: 16, shape: [3], data: pixels }), extension());
  const check = async (file: Awaited<ReturnType<typeof openFits>>): Promise<void> => {
    const hdu = await hduOf(file, 0, "image");
    expect([...(await hdu.read()).data]).toEqual([1, -2, 3]);
    expect(await file.hdus()).toHaveLength(2);
  };

  it("say how, and read from a path and from a source", async () => {
    const packed = gzipSync(plain);
    for await (const file of openBothWays(folder.write("a.fits.gz", packed))) {
      expect(file.packing).toBe("gzip");
      expect(file.name).toContain("a.fits.gz");
      await check(file);
    }
    await using file = await openBytes(plain);
    expect(file.packing).toBeUndefined();
  });

  it("read whatever their name", async () => {
    await using file = await openFits(folder.write("not-packed.fits", gzipSync(plain)));
    await check(file);
  });

  it("may have several gzip members", async () => {
    const cuts = [0, 1000, 1001, block, plain.length];
    const members = cuts.slice(1).map((end, i) => gzipSync(plain.subarray(cuts[i], end)));
    await using file = await openBytes(join(...members));
    await check(file);
  });

  // `plain`, packed elsewhere: Node does neither, and a bare machine has no program for it.
  const packed = {
    zip:
      "UEsDBBQAAAAIAAAAIQDWx8najAAAAMAhAAAKAAAAcGxhaW4uZml0c+3YTQqDMBCG4ZReZHZuGwqlGxe2DTJQ" +
      "YyAp5P4H6c8BVIx1Ifg+B3iZ5fBF7cLTidQyIEmxm6agebhnL+U932SNMnKfXdizI71zec/5hwAAAGA/zOHz" +
      "NkcDAAAAYIacnI/a+1oq7ZrW/V7q6p9/fGp/luvK+/OpvBfu/cun9XrtVG/BPs6eDQAAsG1fUEsBAhQDFAAA" +
      "AAgAAAAhANbHydqMAAAAwCEAAAoAAAAAAAAAAAAAAIABAAAAAHBsYWluLmZpdHNQSwUGAAAAAAEAAQA4AAAA" +
      "tAAAAAAA",
    bzip2:
      "QlpoOTFBWSZTWTA0th4AAJ1+COgAwABAgWlCPqfOQBAAAAmgAJKEpI9QANNHqAGgIpET1AwmQBtTTTVScgGP" +
      "0haAhZgBW6+/HGyeG8Q6nbkhUgV15yiOE7Zol0KpmFM5UixDTSHLvl9+WkVmHu4zwIJyVp2eUoyRFiLaQVPc" +
      "WcXKWDh4MyJChtt/F3JFOFCQMDS2Hg==",
    compress:
      "H52QU5I0gcKkCAgQPQ4qXMiwIZWGECNKnDhRSBIqUJJgOZiQIsQYNjyKHEnRSRAsSaYo7EhSYYyWMGGaRDnlJc" +
      "KYB2fg3EmxiBMiPIMKHUq0qNGjSJMqXcq0qdOnUKNKnUq1qtWrWLNq3cq1q9evYMOKHUu2rNmzaNOqXcu2rdu3" +
      "cOPKnUu3LYAA//wBGACgr9+/gAMLHky4sOHDiBMrXsy4sePHkCNLnky5suXLmDNr3sy5s+fPoEOLHk26tOnTqF" +
      "OrXs26tevXsGPLnk27tu3buHPr3s27t+/fwIMLH068uPHJWKj4DPjEScITAoMcMXjwxFmLGDVy3Imj68yUK3fC" +
      "6AplyJMqTh7exDme6xHz6NWzhGlzq0+gdfPr38+/v///AAYo4IAEFmjggQgmqOCCDDbo4IMQRijhhEUB",
  };

  it.each(Object.entries(packed))("may be %s", async (packing, base64) => {
    const bytes = Buffer.from(base64, "base64");
    for await (const file of openBothWays(folder.write(`x.${packing}`, bytes))) {
      expect(file.packing).toBe(packing);
      await check(file);
    }
  });

  it("stop at the limit", async () => {
    const bomb = gzipSync(new Uint8Array(64 * 1024 * 1024));
    const source = new CountingSource(bomb, "bomb.fits.gz");
    const error = await failureOf(() => openFits(source, { maxUnpackedBytes: 1024 * 1024 }));
    expect(error).toMatchObject({ code: "FITS_LIMIT", path: "bomb.fits.gz" });
    expect(source.closed).toBe(1);
    const small = gzipSync(plain);
    await using file = await openFits(new MemorySource(small), { maxUnpackedBytes: plain.length });
    await check(file);
  });

  it.each<[string, (packed: Uint8Array) => Uint8Array]>([
    ["cut", (packed) => packed.subarray(0, packed.length - 12)],
    ["damaged", (packed) => packed.map((byte, i) => (i > 40 ? byte ^ 0x5a : byte))],
  ])("that are %s are corrupt", async (_, change) => {
    const noise = join(primary({ shape: [5000], data: new Random(3).bytes(5000) }));
    const packed = change(new Uint8Array(gzipSync(noise)));
    expect(await failureOf(() => openBytes(packed))).toMatchObject({
      code: "FITS_CORRUPT",
      path: "memory",
    });
  });

  it("end with the reason of an abort", async () => {
    const signal = AbortSignal.abort(new Error("enough"));
    await expect(openFits(new MemorySource(gzipSync(plain)), { signal })).rejects.toBe(
      signal.reason,
    );
  });
});

describe("paths", () => {
  it.each([
    "x[1].fits",
    "!x.fits",
    "a b.fits",
    "x(out).fits",
    "@x.fits",
    "-.fits",
    "-",
    "x.fits+1",
    "x[col a=b].fits",
    "mem:",
    "|x.fits",
    "gal\u00e1xia-\u661f\u{1f30c}.fits",
    "percent%20.fits",
    "quote'\".fits",
  ])("case 74: are literal: %s", async (fileName) => {
    const path = folder.file(fileName);
    await writeFits(path, [
      { kind: "image", data: Int16Array.of(1, 2), shape: [2] },
      {
        kind: "image",
        data: Int32Array.of(3, 4),
        shape: [1, 2],
        compression: { codec: "RICE_1" },
      },
    ]);
    await using file = await openFits(path);
    expect(file.name).toBe(path);
    const plain = await hduOf(file, 0, "image");
    expect([...(await plain.read()).data]).toEqual([1, 2]);
    const packed = await hduOf(file, 1, "compressed-image");
    expect([...(await packed.read()).data]).toEqual([3, 4]);
  });

  it.each(["http://127.0.0.1:9", "ftp://127.0.0.1:9", "root://127.0.0.1:9", "mem://", "shmem://"])(
    "case 74: are literal where others name drivers: %s",
    async (driver) => {
      const path = `${driver}/x.fits`;
      const image = { kind: "image", data: new Uint8Array(1), shape: [1] } as const;
      for (const work of [
        () => openFits(path),
        () => appendHdu(path, image),
        () => updateKeywords(path, 0, { OBJECT: "M 31" }),
      ]) {
        expect(await failureOf(work)).toMatchObject({ code: "FITS_NOT_FOUND", path });
      }
      const written = await failureOf(() => writeFits(path, [image]));
      expect(written).toMatchObject({ code: "FITS_IO", path });
      const [scan] = await scanFiles([path]);
      expect(scan?.error).toMatchObject({ code: "FITS_NOT_FOUND", path });
    },
  );

  it("that lead nowhere are FITS_NOT_FOUND", async () => {
    const path = folder.write("plain.fits", primary());
    for (const missing of [folder.file("nope.fits"), `${path}/inside.fits`, ""]) {
      const error = await failureOf(() => openFits(missing));
      expect(error).toBeInstanceOf(FitsIoError);
      expect(error).toMatchObject({ code: "FITS_NOT_FOUND", path: missing });
    }
  });

  it("of what is no file are FITS_IO, and are not waited for", async () => {
    const pipe = folder.file("pipe.fits");
    expect(spawnSync("mkfifo", [pipe]).status).toBe(0);
    for (const path of [folder.path, pipe, "/dev/null", `${folder.path}/a\0b`]) {
      expect(await failureOf(() => openFits(path))).toMatchObject({ code: "FITS_IO", path });
    }
  });
});

describe("close", () => {
  const bytes = join(allKinds);

  it("closes the source, once", async () => {
    const source = new CountingSource(bytes);
    {
      await using file = await openFits(source);
      await file.hdu(1);
      expect(source.closed).toBe(0);
    }
    expect(source.closed).toBe(1);
  });

  it.each<[string, () => string | MemorySource]>([
    ["local", () => folder.write("closed.fits", bytes)],
    ["in memory", () => new MemorySource(bytes)],
  ])("ends all reading of a file that is %s", async (_, from) => {
    const file = await openFits(from());
    const image = await hduOf(file, 1, "image");
    const table = await hduOf(file, 2, "bintable");
    await file.close();
    for (const read of [
      () => image.read(),
      () => image.header(),
      () => table.read(),
      () => table.columns(),
      () => file.hdu(3),
    ]) {
      expect(await failureOf(read)).toMatchObject({ code: "FITS_IO", path: file.name });
    }
    await file.close();
  });
});

describe("FileSource", () => {
  it("reads ranges in the order they are asked for", async () => {
    const path = folder.write(
      "bytes",
      Uint8Array.from({ length: 100 }, (_, i) => i),
    );
    const source = await FileSource.open(path);
    expect(source).toMatchObject({ name: path, path, byteLength: 100 });
    expect(source.stamp.size).toBe(100);
    const target = new Uint8Array(5);
    await source.readInto(
      [
        { offset: 90, length: 3 },
        { offset: 0, length: 0 },
        { offset: 10, length: 2 },
      ],
      target,
    );
    expect(Array.from(target)).toEqual([90, 91, 92, 10, 11]);
    const beyond = () => source.readInto([{ offset: 98, length: 5 }], target);
    expect(await failureOf(beyond)).toMatchObject({ code: "FITS_TRUNCATED", path, offset: 98 });
    await source.close();
    const closed = () => source.readInto([{ offset: 0, length: 1 }], new Uint8Array(1));
    expect(await failureOf(closed)).toMatchObject({ code: "FITS_IO", path });
  });

  it("notices a file that shrinks under it", async () => {
    const path = folder.write("shrinks.fits", join(primary({ shape: [9000] }), extension()));
    await using file = await openFits(path);
    writeFileSync(path, primary({ shape: [9000] }).subarray(0, 5000));
    expect(await failureOf(() => file.hdu(1))).toMatchObject({ code: "FITS_FILE_CHANGED", path });
  });
});

it("refuses a whole block of padding where an HDU should start", async () => {
  expect(await failureOf(() => openBytes(padded(new Uint8Array(1))))).toMatchObject({
    code: "FITS_NOT_FITS",
  });
});
