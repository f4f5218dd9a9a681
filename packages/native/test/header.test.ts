import { FitsFormatError, type Header, type HeaderValue } from "@fitstream/native";
import { describe, expect, it } from "vitest";
import { failureOf } from "./helpers/failures.js";
import { openBytes } from "./helpers/files.js";
import { card, key, primary } from "./helpers/fits-bytes.js";

/** A header that holds `cards` after SIMPLE, BITPIX and NAXIS. */
async function headerWith(...cards: readonly string[]): Promise<Header> {
  await using file = await openBytes(primary({ cards }));
  const hdu = await file.hdu(0);
  return hdu.header();
}

async function valueFrom(field: string): Promise<HeaderValue | undefined> {
  const header = await headerWith(card(`KEY     = ${field}`));
  return header.get("KEY");
}

describe("values", () => {
  it.each<[string, HeaderValue]>([
    ["                   T", true],
    ["F / no", false],
    ["                  42 / answer", 42],
    ["-7", -7],
    ["+7", 7],
    ["0012", 12],
    ["9007199254740991", 9007199254740991],
    ["9007199254740992", 9007199254740992n],
    ["-9223372036854775808", -9223372036854775808n],
    ["+123456789012345678901234567890", 123456789012345678901234567890n],
    ["1.5", 1.5],
    [".5", 0.5],
    ["5.", 5],
    ["-1.5E-3", -0.0015],
    ["1.5D3", 1500],
    ["1.5d-3", 0.0015],
    ["4.9E-324", 4.9e-324],
    ["1E400", Number.POSITIVE_INFINITY],
    ["-1E400", Number.NEGATIVE_INFINITY],
    ["1E-400", 0],
    ["(1.5, -2)", { re: 1.5, im: -2 }],
    ["(1D2,3) / pair", { re: 100, im: 3 }],
    ["'abc     '", "abc"],
    ["'  abc'", "  abc"],
    ["'O''Hara'", "O'Hara"],
    ["'a / b' / c", "a / b"],
    ["''", ""],
    ["'        '", ""],
    ["", null],
    ["/ only a comment", null],
  ])("reads %j as %o", async (field, value) => {
    expect(await valueFrom(field)).toEqual(value);
  });

  it("gives the comment, trimmed", async () => {
    const header = await headerWith(
      card("A       =                    1 /  [s] exposure time"),
      card("B       = 'it''s / not a comment' / but this is"),
      card("C       = 2"),
    );
    expect(header.cards.slice(3).map(({ comment }) => comment)).toEqual([
      "[s] exposure time",
      "but this is",
      "",
    ]);
  });

  it("tells an absent keyword from an undefined value", async () => {
    const header = await headerWith(card("KEY     ="));
    expect(header.get("KEY")).toBeNull();
    expect(header.has("KEY")).toBe(true);
    expect(header.get("NOKEY")).toBeUndefined();
    expect(header.has("NOKEY")).toBe(false);
    expect(header.all("NOKEY")).toEqual([]);
  });
});

describe("CONTINUE", () => {
  it("joins the string and the comments, as one card", async () => {
    const header = await headerWith(
      card("OBJECT  = 'It was a dark and &' / first"),
      card("CONTINUE  'stormy &'            / second"),
      card("CONTINUE  'night.  '"),
      key("AFTER", 1),
    );
    expect(header.get("OBJECT")).toBe("It was a dark and stormy night.");
    expect(header.all("OBJECT")).toMatchObject([{ comment: "first second", index: 3, records: 3 }]);
    expect(header.all("AFTER")).toMatchObject([{ value: 1, index: 6, records: 1 }]);
    expect(header.cards).toHaveLength(5);
  });

  it("carries on HIERARCH strings, too", async () => {
    const header = await headerWith(
      card("HIERARCH ESO OBS NAME = 'a long &'"),
      card("CONTINUE  'name'"),
    );
    expect(header.get("ESO OBS NAME")).toBe("a long name");
  });

  it("takes an ampersand literally where nothing follows it", async () => {
    const header = await headerWith(card("FIRM    = 'Smith &'"), key("AFTER", 1));
    expect(header.get("FIRM")).toBe("Smith &");
    expect(header.get("AFTER")).toBe(1);
  });

  it("does not join what is not adjacent", async () => {
    const header = await headerWith(
      card("FIRM    = 'Smith &'"),
      card("COMMENT between"),
      card("CONTINUE  'Sons'"),
    );
    expect(header.get("FIRM")).toBe("Smith &");
  });
});

describe("HIERARCH", () => {
  const cards = [
    card("HIERARCH ESO DET CHIP1 ID = 'CCD-44' / chip"),
    card("HIERARCH ESO  TEL   ALT=       45.5"),
    card("HIERARCH ESO INS ON = T"),
    card("HIERARCH ESO DET NDIT = 12"),
  ];

  it("gives typed values by name, with and without the word, in any case", async () => {
    const header = await headerWith(...cards);
    expect(header.get("ESO DET CHIP1 ID")).toBe("CCD-44");
    expect(header.get("HIERARCH ESO DET CHIP1 ID")).toBe("CCD-44");
    expect(header.get("hierarch  eso det  chip1 id")).toBe("CCD-44");
    expect(header.get("ESO TEL ALT")).toBe(45.5);
    expect(header.get("ESO INS ON")).toBe(true);
    expect(header.get("ESO DET NDIT")).toBe(12);
    expect(header.all("ESO DET CHIP1 ID")).toMatchObject([
      { keyword: "ESO DET CHIP1 ID", kind: "value", comment: "chip" },
    ]);
  });

  it("without an equals sign is text", async () => {
    const header = await headerWith(card("HIERARCH just words"));
    expect(header.all("HIERARCH")).toMatchObject([{ kind: "comment", text: " just words" }]);
  });
});

describe("commentary", () => {
  it("keeps COMMENT, HISTORY and blank cards, in order", async () => {
    const header = await headerWith(
      card("COMMENT one"),
      card("HISTORY first"),
      card("        blank keyword"),
      card("COMMENT = 'no value'"),
      card("HISTORY second"),
      card(""),
    );
    expect(header.comments).toEqual(["one", "= 'no value'"]);
    expect(header.history).toEqual(["first", "second"]);
    expect(header.cards.slice(3).map(({ keyword }) => keyword)).toEqual([
      "COMMENT",
      "HISTORY",
      "",
      "COMMENT",
      "HISTORY",
      "",
    ]);
    expect(header.all("").map(({ text }) => text)).toEqual(["blank keyword", ""]);
  });

  it("takes a card without value indicator as text", async () => {
    const header = await headerWith(card("DATE-OBS  2026-11-22"), card("KEY     =5"));
    expect(header.get("DATE-OBS")).toBe("  2026-11-22");
    expect(header.all("KEY")).toMatchObject([{ kind: "comment", value: undefined, text: "=5" }]);
  });
});

it("keeps duplicates: get gives the first, all gives all", async () => {
  const header = await headerWith(key("GAIN", 1), key("OTHER", 0), key("GAIN", 2), key("gain", 3));
  expect(header.get("GAIN")).toBe(1);
  expect(header.all("GAIN").map(({ value, index }) => [value, index])).toEqual([
    [1, 3],
    [2, 5],
    [3, 6],
  ]);
});

it("finds keywords whatever their case", async () => {
  const header = await headerWith(key("Exptime", 30), key("toString", 1));
  for (const name of ["EXPTIME", "exptime", "ExpTime", " EXPTIME "]) {
    expect(header.get(name)).toBe(30);
  }
  expect(header.toJSON()).toMatchObject({ Exptime: 30, toString: 1 });
});

describe("a card that makes no sense", () => {
  const broken = [
    card("BAD1    = 12abc"),
    card("BAD2    = 'no end"),
    card("BAD3    = (1, 2"),
    card("BAD4    = TRUE"),
    card("BAD5    = 1.2.3"),
  ];

  it("does not stop the others", async () => {
    const header = await headerWith(key("BEFORE", 1), ...broken, key("AFTER", 2));
    expect(header.get("BEFORE")).toBe(1);
    expect(header.get("AFTER")).toBe(2);
    expect(header.cards).toHaveLength(10);
    expect(header.toJSON()).toEqual({ SIMPLE: true, BITPIX: 8, NAXIS: 0, BEFORE: 1, AFTER: 2 });
  });

  it.each([1, 2, 3, 4, 5])("throws when it is asked for: number %i", async (number) => {
    const header = await headerWith(key("BEFORE", 1), ...broken);
    const error = await failureOf(() => header.get(`BAD${number}`));
    expect(error).toBeInstanceOf(FitsFormatError);
    expect(error).toMatchObject({
      code: "FITS_BAD_HEADER",
      path: "memory",
      hdu: 0,
      keyword: `BAD${number}`,
      card: 3 + number,
      found: header.cards[3 + number]?.text,
    });
    expect(header.all(`BAD${number}`)).toMatchObject([{ kind: "invalid", value: undefined }]);
  });
});

it("finds record-valued keywords by their full name", async () => {
  const header = await headerWith(
    card("DP1     = 'EXTVER: 1.0' / table version"),
    card("DP1     = 'NAXES: 2'"),
    card("DP1     = 'AXIS.1: 1'"),
    card("DP1     = 'AXIS.2: -2.5'"),
    card("DP1     = 'WORD: none'"),
  );
  expect(header.get("DP1.NAXES")).toBe(2);
  expect(header.get("DP1.AXIS.1")).toBe(1);
  expect(header.get("dp1.axis.2")).toBe(-2.5);
  expect(header.get("DP1.EXTVER")).toBe(1);
  expect(header.get("DP1.WORD")).toBeUndefined();
  expect(header.get("DP1.AXIS.3")).toBeUndefined();
  expect(header.get("DP1")).toBe("EXTVER: 1.0");
});

describe("as text", () => {
  const cards = [key("SIMPLE", "T"), key("BITPIX", 8), key("NAXIS", 0)];
  const own = [
    card("OBJECT  = 'caf\u00e9   ' / \u00b5m"),
    card("BIG     = 12345678901234567890"),
    card("Z       = (1, -1)"),
    card("EMPTY   ="),
    card("BAD     = ??"),
    card("OBJECT  = 'again'"),
    card("COMMENT words"),
  ];

  it("gives the records as they are, bytes above 127 as Latin-1", async () => {
    const header = await headerWith(...own);
    expect(header.records).toEqual([...cards, ...own]);
    expect(header.get("OBJECT")).toBe("caf\u00e9");
    expect(header.all("OBJECT")[0]?.comment).toBe("\u00b5m");
  });

  it("gives one line a record", async () => {
    const header = await headerWith(...own);
    expect(header.toString()).toBe([...cards, ...own].map((record) => record.trimEnd()).join("\n"));
  });

  it("gives JSON of the first value of each keyword", async () => {
    const header = await headerWith(...own);
    expect(JSON.parse(JSON.stringify(header))).toEqual({
      SIMPLE: true,
      BITPIX: 8,
      NAXIS: 0,
      OBJECT: "caf\u00e9",
      BIG: "12345678901234567890",
      Z: "(1, -1)",
      EMPTY: null,
    });
  });

  it("iterates its cards", async () => {
    const header = await headerWith(...own);
    expect([...header]).toEqual(header.cards);
    expect(header.cards.map(({ index }) => index)).toEqual([...Array(10).keys()]);
  });
});
