import {
  FitsArgumentError,
  FitsError,
  type FitsErrorCode,
  type FitsErrorFields,
  FitsFormatError,
  FitsIoError,
  fitsError,
  isFitsError,
} from "@fitstream/native";
import { describe, expect, it } from "vitest";
import { binding } from "../src/binding.js";

/** Every code of the union; the type checker sees to it that none is missing. */
const classes: Readonly<Record<FitsErrorCode, typeof FitsError>> = {
  FITS_EMPTY: FitsFormatError,
  FITS_NOT_FITS: FitsFormatError,
  FITS_NO_END: FitsFormatError,
  FITS_TRUNCATED: FitsFormatError,
  FITS_BAD_HEADER: FitsFormatError,
  FITS_SIZE_OVERFLOW: FitsFormatError,
  FITS_CORRUPT: FitsFormatError,
  FITS_UNSUPPORTED: FitsFormatError,
  FITS_OUT_OF_BOUNDS: FitsArgumentError,
  FITS_BAD_ARGUMENT: FitsArgumentError,
  FITS_LIMIT: FitsArgumentError,
  FITS_FILE_CHANGED: FitsIoError,
  FITS_NOT_FOUND: FitsIoError,
  FITS_IO: FitsIoError,
  FITS_ABORTED: FitsIoError,
};
const codes = Object.keys(classes) as FitsErrorCode[];

const complete: FitsErrorFields = {
  code: "FITS_BAD_HEADER",
  what: "NAXIS2 has an impossible value",
  expected: "an integer >= 0",
  found: "'abc'",
  path: "m31.fits",
  hdu: 3,
  keyword: "NAXIS2",
  card: 7,
  offset: 8640,
  position: 3,
  excerpt: "  a < b\n    ^",
};

it("names the codes that the core names", () => {
  expect([...binding.errorCodes()].sort()).toEqual([...codes].sort());
});

describe("the class of an error", () => {
  it.each(codes)("follows from %s", (code) => {
    const error = fitsError({ code, what: "something" });
    expect(error).toBeInstanceOf(FitsError);
    expect(error).toBeInstanceOf(Error);
    expect(error.constructor).toBe(classes[code]);
    expect(error.name).toBe(classes[code].name);
    expect(error.code).toBe(code);
  });

  it("is told by isFitsError, with or without codes", () => {
    const error: unknown = fitsError(complete);
    expect(isFitsError(error)).toBe(true);
    expect(isFitsError(error, "FITS_BAD_HEADER")).toBe(true);
    expect(isFitsError(error, "FITS_IO", "FITS_BAD_HEADER")).toBe(true);
    expect(isFitsError(error, "FITS_IO")).toBe(false);
    expect(isFitsError(new Error("FITS_BAD_HEADER"))).toBe(false);
    expect(isFitsError({ ...complete })).toBe(false);
  });
});

describe("the parts of an error", () => {
  it("survive the way between threads", () => {
    const error = fitsError(complete);
    expect(error.toJSON()).toEqual(complete);
    const arrived = fitsError(structuredClone(error.toJSON()));
    expect(arrived.constructor).toBe(FitsFormatError);
    expect(arrived.message).toBe(error.message);
    expect(arrived.toJSON()).toEqual(complete);
    expect(JSON.parse(JSON.stringify(error))).toEqual(complete);
  });

  it("are left out of toJSON where they are unknown, but not where they are zero", () => {
    expect(fitsError({ code: "FITS_IO", what: "x" }).toJSON()).toEqual({
      code: "FITS_IO",
      what: "x",
    });
    const zeros = { code: "FITS_IO", what: "x", hdu: 0, card: 0, offset: 0 } as const;
    expect(fitsError(zeros).toJSON()).toEqual(zeros);
  });

  it("are fields", () => {
    expect(fitsError(complete)).toMatchObject(complete);
  });

  it("keep the cause", () => {
    const cause = new Error("disk");
    expect(fitsError({ code: "FITS_IO", what: "x" }, { cause }).cause).toBe(cause);
  });
});

describe("the message", () => {
  const message = (fields: Partial<FitsErrorFields>): string =>
    fitsError({ code: "FITS_IO", what: "it broke", ...fields }).message;

  it("says what was expected, what was found, and where", () => {
    expect(fitsError(complete).message).toBe(
      "m31.fits, HDU 3: NAXIS2 has an impossible value; expected an integer >= 0, found 'abc' " +
        "(card 7, byte 8640, character 3)\n  a < b\n    ^",
    );
  });

  it("leaves out what is not known", () => {
    expect(message({})).toBe("it broke");
    expect(message({ path: "a.fits" })).toBe("a.fits: it broke");
    expect(message({ hdu: 0 })).toBe("HDU 0: it broke");
    expect(message({ expected: "a" })).toBe("it broke; expected a");
    expect(message({ found: "b" })).toBe("it broke; found b");
    expect(message({ card: 0 })).toBe("it broke (card 0)");
    expect(message({ offset: 0 })).toBe("it broke (byte 0)");
    expect(message({ position: 1 })).toBe("it broke (character 1)");
    expect(message({ excerpt: "  a\n  ^" })).toBe("it broke\n  a\n  ^");
  });
});
