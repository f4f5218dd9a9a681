import { spawnSync } from "node:child_process";
import { readFileSync } from "node:fs";
import { type ChecksumReport, MemorySource, openFits } from "@fitstream/native";
import { beforeAll, describe, expect, it } from "vitest";
import { pythonWithAstropy } from "./helpers/astropy.js";
import { failureOf } from "./helpers/failures.js";
import { TemporaryFolder } from "./helpers/files.js";
import { block, card, extension, join, key, latin1, primary } from "./helpers/fits-bytes.js";
import { CountingSource, StallingSource } from "./helpers/sources.js";

const folder = new TemporaryFolder();

/**
 * HDUs of every kind with both keywords. No variable-length columns: astropy 5.2 sums them wrongly,
 * and says so itself when it opens them.
 */
const script = `
import sys
import numpy as np
from astropy.io import fits
rng = np.random.default_rng(7)
pixels = rng.normal(100, 5, (101, 67)).astype("f4")
names = np.array(["alpha", "b", "gamma"])
hdus = [
    fits.PrimaryHDU(np.arange(77, dtype="i2")),
    fits.ImageHDU(pixels, name="SCI"),
    fits.BinTableHDU.from_columns([fits.Column("N", "5A", array=names)]),
    fits.TableHDU.from_columns([fits.Column("N", "A5", array=names, ascii=True)]),
    fits.ImageHDU(),
]
fits.HDUList(hdus).writeto(sys.argv[1], checksum=True)
`;

const path = folder.file("astropy.fits");
let bytes = new Uint8Array();

beforeAll(() => {
  expect(pythonWithAstropy).toBeDefined();
  const made = spawnSync(pythonWithAstropy ?? "", ["-c", script, path], { encoding: "utf8" });
  expect(made.stderr).not.toContain("Error");
  bytes = new Uint8Array(readFileSync(path));
});

/** Reports of all HDUs, which are the same from disk and from elsewhere. */
async function reportsOf(fits: Uint8Array): Promise<readonly ChecksumReport[]> {
  const ways = [folder.write("x.fits", fits), new CountingSource(fits)];
  const [local = [], remote] = await Promise.all(
    ways.map(async (from) => {
      await using file = await openFits(from);
      const hdus = await file.hdus();
      return await Promise.all(hdus.map((hdu) => hdu.verifyChecksum()));
    }),
  );
  expect(remote).toEqual(local);
  return local;
}

const states = ({ datasum, checksum }: ChecksumReport): readonly string[] => [datasum, checksum];

describe("verifyChecksum", () => {
  it("finds astropy's checksums right, of every kind of HDU", async () => {
    const reports = await reportsOf(bytes);
    expect(reports).toHaveLength(5);
    expect(reports.map(states)).toEqual(reports.map(() => ["ok", "ok"]));
    expect(reports[4]?.dataSum).toBe(0);
  });

  it("notices any changed byte, in the data and in the header", async () => {
    await using file = await openFits(path);
    const hdus = await file.hdus();
    const cases = hdus.flatMap((hdu, index) => [
      { index, at: hdu.headerOffset + 79, expected: ["ok", "bad"] },
      ...(hdu.dataLength > 0
        ? [
            { index, at: hdu.dataOffset, expected: ["bad", "bad"] },
            { index, at: hdu.dataOffset + hdu.dataLength - 1, expected: ["bad", "bad"] },
          ]
        : []),
    ]);
    for (const { index, at, expected } of cases) {
      const changed = bytes.slice();
      changed[at] = (changed[at] ?? 0) ^ 1;
      const reports = (await reportsOf(changed)).map(states);
      expect(reports[index]).toEqual(expected);
      expect(
        reports
          .toSpliced(index, 1)
          .flat()
          .every((state) => state === "ok"),
      ).toBe(true);
    }
  });

  it("sums padding that the file lacks as if it were there", async () => {
    const unpadded = async (wanted: number): Promise<ChecksumReport | undefined> => {
      await using file = await openFits(path);
      const hdus = await file.hdus();
      const hdu = hdus[wanted];
      if (hdu === undefined) throw new Error("no HDU");
      // As the last HDU of the file.
      const end = hdu.dataOffset + hdu.dataLength;
      return (await reportsOf(bytes.subarray(0, end)))[wanted];
    };
    for (const index of [0, 1, 2, 3]) {
      expect(await unpadded(index)).toMatchObject({ datasum: "ok", checksum: "ok" });
    }
    const bare = primary({ cards: [key("DATASUM", "'0'")] }).subarray(0, 4 * 80 + 80);
    const padded = primary({ cards: [key("DATASUM", "'0'")] });
    expect((await reportsOf(bare))[0]).toEqual((await reportsOf(padded))[0]);
  });

  const data = Uint8Array.of(0, 0, 1, 2, 0xff, 0xff, 0xff, 0xff, 0, 0, 0, 5);
  it.each<[string, string, string]>([
    ["a string", "'263     '", "ok"],
    ["an integer", "                 263", "ok"],
    ["with leading zeros", "'0000000263'", "ok"],
    ["continued", "'2&'", "ok"],
    ["another", "'264'", "bad"],
    ["no number", "'none'", "bad"],
    ["no value at all", "1.2.3", "bad"],
    ["negative", "'-263'", "bad"],
    ["of spaces", "'        '", "absent"],
    ["empty", "''", "absent"],
    ["undefined", "", "absent"],
  ])("takes a DATASUM that is %s", async (_, field, state) => {
    const cards = [
      card(`DATASUM = ${field}`),
      ...(field.includes("&") ? [card("CONTINUE  '63'")] : []),
    ];
    const [report] = await reportsOf(primary({ shape: [12], data, cards }));
    expect(report).toMatchObject({ datasum: state, checksum: "absent", dataSum: 263 });
  });

  it("takes a blank CHECKSUM as absent, and one that does not fit as bad", async () => {
    const one = async (field: string): Promise<string | undefined> =>
      (await reportsOf(primary({ cards: [card(`CHECKSUM= ${field}`)] })))[0]?.checksum;
    expect(await one("'                '")).toBe("absent");
    expect(await one("'0000000000000000'")).toBe("bad");
  });

  it("takes a compressed image as the table it is stored in", async () => {
    const packed = folder.file("packed.fits");
    const program = `
import sys
from astropy.io import fits
import numpy as np
pixels = np.arange(1000, dtype="i4").reshape(20, 50)
fits.HDUList([fits.PrimaryHDU(), fits.CompImageHDU(pixels)]).writeto(sys.argv[1])
with fits.open(sys.argv[1], mode="update", disable_image_compression=True) as file:
    file[1].header["ZDATASUM"] = "1234"
    file[1].header["ZHECKSUM"] = "abcdEFGHabcdEFGH"
    file[1].add_checksum()
`;
    const { stderr } = spawnSync(pythonWithAstropy ?? "", ["-c", program, packed]);
    expect(String(stderr)).not.toContain("Error");
    const [, report] = await reportsOf(new Uint8Array(readFileSync(packed)));
    expect(report).toMatchObject({
      datasum: "ok",
      checksum: "ok",
      zdatasum: "1234",
      zhecksum: "abcdEFGHabcdEFGH",
    });
  });

  it("says that data are missing", async () => {
    const cut = join(primary(), extension({ bitpix: 16, shape: [3000] })).subarray(0, 3 * block);
    await using file = await openFits(new MemorySource(cut));
    const error = await failureOf(async () => (await file.hdu(1)).verifyChecksum());
    expect(error).toMatchObject({ code: "FITS_TRUNCATED", path: "memory", hdu: 1 });
  });

  it("sums an HDU whose data make no sense", async () => {
    const odd = extension({ shape: [3], data: latin1("abc") }, "BINTABLE");
    const [, report] = await reportsOf(join(primary(), odd));
    expect(report?.dataSum).toBe(0x61626300);
  });

  it("ends with the reason of an abort", async () => {
    const reason = new Error("enough");
    const source = new StallingSource(primary({ shape: [100_000] }), 20_000);
    await using file = await openFits(source);
    const controller = new AbortController();
    const waiting = (await file.hdu(0)).verifyChecksum({ signal: controller.signal });
    await source.stalled;
    controller.abort(reason);
    await expect(waiting).rejects.toBe(reason);
    await using local = await openFits(path);
    const hdu = await local.hdu(1);
    await hdu.header();
    await expect(hdu.verifyChecksum({ signal: AbortSignal.abort(reason) })).rejects.toBe(reason);
  });
});
