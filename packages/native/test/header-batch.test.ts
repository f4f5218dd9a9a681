import { type HeaderValue, openFits, readHeaders, readKeywords } from "@fitstream/native";
import { describe, expect, it } from "vitest";
import { failureOf } from "./helpers/failures.js";
import { TemporaryFolder } from "./helpers/files.js";
import { card, extension, extname, join, key, latin1, primary } from "./helpers/fits-bytes.js";

const folder = new TemporaryFolder();
const write = (name: string, ...cards: readonly string[]): string =>
  folder.write(name, primary({ cards }));

describe("readKeywords", () => {
  const values: readonly (readonly [string, HeaderValue])[] = [
    ["T", true],
    ["F", false],
    ["42", 42],
    ["9007199254740992", 9007199254740992n],
    ["-123456789012345678901", -123456789012345678901n],
    ["1.5D3", 1500],
    ["4.9E-324", 4.9e-324],
    ["(1, -2.5)", { re: 1, im: -2.5 }],
    ["'O''Hara  '", "O'Hara"],
    ["'caf\u00e9'", "caf\u00e9"],
    ["''", ""],
    ["", null],
  ];
  const paths = values.map(([field], i) =>
    write(`v${i}.fits`, card(`KEY     = ${field}`), card("OTHER   = 1")),
  );

  it("gives a column a keyword, as Header.get does", async () => {
    const table = await readKeywords(paths, ["OTHER", "KEY", "NOKEY"]);
    expect(table.column("KEY")).toEqual(values.map(([, value]) => value));
    expect(table.column("NOKEY")).toEqual(paths.map(() => undefined));
    expect(table.failed).toEqual([]);
    for (const [i, path] of paths.entries()) {
      await using file = await openFits(path);
      const header = await (await file.hdu(0)).header();
      expect(table.column("KEY")[i]).toEqual(header.get("KEY"));
    }
  });

  it("gives numbers, NaN where there are none", async () => {
    const numbers = (await readKeywords(paths, ["KEY"])).numbers("KEY");
    const expected = values.map(([, v]) =>
      typeof v === "number" || typeof v === "bigint" ? Number(v) : Number.NaN,
    );
    expect([...numbers]).toEqual(expected);
  });

  it("takes keywords in any case, and HIERARCH names without the word", async () => {
    const path = write("case.fits", card("ExpTime = 30"), card("HIERARCH ESO  DET ID = 'CCD'"));
    const keywords = ["exptime", "hierarch eso det id", "Eso Det Id"];
    const table = await readKeywords([path], keywords);
    expect(keywords.map((keyword) => table.column(keyword)[0])).toEqual([30, "CCD", "CCD"]);
  });

  it("finds the HDU by position, name and version", async () => {
    const image = (name: string, version: number): Uint8Array =>
      extension({ cards: [extname(name), key("EXTVER", version)] });
    const bytes = join(primary(), image("SCI", 1), image("sci", 2), image("ERR", 1));
    const path = folder.write("hdus.fits", bytes);
    const versionIn = async (hdu: Parameters<typeof readKeywords>[2]): Promise<unknown> =>
      (await readKeywords([path], ["EXTVER"], hdu)).column("EXTVER")[0];
    expect(await versionIn({ hdu: 2 })).toBe(2);
    expect(await versionIn({ hdu: "err" })).toBe(1);
    expect(await versionIn({ hdu: { name: "Sci", version: 2 } })).toBe(2);
    const { failed } = await readKeywords([path], ["EXTVER"], { hdu: "DQ" });
    expect(failed).toMatchObject([{ file: 0, error: { code: "FITS_OUT_OF_BOUNDS", path } }]);
  });

  it("goes on after what fails, in order, over many calls", async () => {
    const bad = write("bad.fits", card("KEY     = 1.2.3"), card("OTHER   = 7"));
    const text = folder.write("text.fits", latin1("hello".repeat(1000)));
    const good = paths[2] ?? "";
    const many = Array.from({ length: 1000 }, (_, i) =>
      i === 300 ? bad : i === 999 ? text : i === 700 ? folder.file("missing.fits") : good,
    );
    const progress: number[] = [];
    const table = await readKeywords(many, ["KEY", "OTHER"], {
      onProgress: (done, total) => {
        expect(total).toBe(1000);
        progress.push(done);
      },
    });
    expect(table.failed.map(({ file, error }) => [file, error.code, error.keyword])).toEqual([
      [300, "FITS_BAD_HEADER", "KEY"],
      [700, "FITS_NOT_FOUND", undefined],
      [999, "FITS_NOT_FITS", undefined],
    ]);
    const column = table.column("KEY");
    expect(column.filter((value) => value === 42)).toHaveLength(997);
    expect([300, 700, 999].map((i) => column[i])).toEqual([undefined, undefined, undefined]);
    expect(table.column("OTHER")[300]).toBe(7);
    expect(progress.at(-1)).toBe(1000);
    expect(progress).toEqual(progress.toSorted((a, b) => a - b));
  });

  it("ends with the reason of an abort, also half-way", async () => {
    const reason = new Error("enough");
    const signal = AbortSignal.abort(reason);
    await expect(readKeywords(paths, ["KEY"], { signal })).rejects.toBe(reason);
    const controller = new AbortController();
    const many = Array.from({ length: 2000 }, () => paths[0] ?? "");
    let calls = 0;
    const onProgress = (): void => {
      calls += 1;
      controller.abort(reason);
    };
    const options = { signal: controller.signal, onProgress };
    await expect(readKeywords(many, ["KEY"], options)).rejects.toBe(reason);
    expect(calls).toBe(1);
  });

  it("refuses what makes no sense", async () => {
    expect(await failureOf(() => readKeywords(paths, ["KEY"], { hdu: -1 }))).toMatchObject({
      code: "FITS_BAD_ARGUMENT",
    });
    const table = await readKeywords(paths, ["KEY"]);
    expect(await failureOf(() => table.column("EXPTIME"))).toMatchObject({
      code: "FITS_BAD_ARGUMENT",
      found: "EXPTIME",
    });
    expect((await readKeywords([], ["KEY"])).column("KEY")).toEqual([]);
  });
});

describe("readHeaders", () => {
  it("gives whole headers, and goes on after what fails", async () => {
    const good = write("good.fits", card("KEY     = 'a&'"), card("CONTINUE  'b'"));
    const missing = folder.file("missing.fits");
    const { headers, failed } = await readHeaders([good, missing, good]);
    expect(headers.map((header) => header?.get("KEY"))).toEqual(["ab", undefined, "ab"]);
    await using file = await openFits(good);
    expect(headers[0]?.records).toEqual((await (await file.hdu(0)).header()).records);
    expect(failed).toMatchObject([{ file: 1, error: { code: "FITS_NOT_FOUND", path: missing } }]);
  });

  it("says where a header comes from when a value makes no sense", async () => {
    const path = write("wrong.fits", card("KEY     = 1.2.3"));
    const { headers, failed } = await readHeaders([path]);
    expect(failed).toEqual([]);
    expect(await failureOf(() => headers[0]?.get("KEY"))).toMatchObject({ path, hdu: 0, card: 3 });
  });
});
