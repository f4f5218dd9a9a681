/** A complex header value. */
export interface Complex {
  /** Real part. */
  readonly re: number;
  /** Imaginary part. */
  readonly im: number;
}

/**
 * A header value. Integers that a number cannot hold exactly are BigInts; `null` is a keyword with
 * an undefined value (FITS Standard 4.0, section 4.1.2.3).
 */
export type HeaderValue = string | number | bigint | boolean | Complex | null;

/** One card of a header. A string that CONTINUE records carry on is one card. */
export interface Card {
  /** "NAXIS1"; for HIERARCH cards the name after it, "ESO DET CHIP1 ID"; empty for a blank one. */
  readonly keyword: string;
  /**
   * - `value`: `value` holds it;
   * - `comment`: COMMENT, HISTORY, a blank keyword, or text without value indicator, in `text`;
   * - `invalid`: a value field that is no FITS value, in `text`.
   */
  readonly kind: "value" | "comment" | "invalid";
  /** The value; undefined unless `kind` is `value`. */
  readonly value: HeaderValue | undefined;
  /** The text of a card without value; empty otherwise. */
  readonly text: string;
  /** What follows the `/` after a value; empty where nothing does. */
  readonly comment: string;
  /** Index of its (first) 80-character record. */
  readonly index: number;
  /** 80-character records that it takes. */
  readonly records: number;
}

/** The order of ValueKind in cpp/core/card.h. */
export const valueKinds = [
  "none",
  "undefined",
  "logical",
  "integer",
  "real",
  "complex",
  "string",
  "invalid",
] as const;

type Cell = string | number | boolean | [number, number];

/** An integer of any size, from its digits. */
export function integerOf(digits: string): number | bigint {
  const value = Number(digits);
  return Number.isSafeInteger(value) ? value : BigInt(digits.replace(/^\+/, ""));
}

/** The card at `at` in the flat array that the addon gives. */
export function cardOf(cells: readonly Cell[], at: number): Card {
  const [keyword, kind, value, comment, index, records] = cells.slice(at, at + 6) as [
    string,
    number,
    Cell,
    string,
    number,
    number,
  ];
  const card = { keyword, comment, index, records };
  const withValue = (v: HeaderValue): Card => ({ ...card, kind: "value", value: v, text: "" });
  switch (valueKinds[kind]) {
    case "undefined":
      return withValue(null);
    case "integer":
      return withValue(integerOf(value as string));
    case "complex": {
      const [re, im] = value as [number, number];
      return withValue({ re, im });
    }
    case "logical":
    case "real":
    case "string":
      return withValue(value as boolean | number | string);
    case "invalid":
      return { ...card, kind: "invalid", value: undefined, text: value as string };
    default:
      return { ...card, kind: "comment", value: undefined, text: value as string };
  }
}
