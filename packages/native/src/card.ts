import type { RawCards } from "./raw/cards.js";

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

/** An integer of any size, from its digits. */
export function integerOf(digits: string): number | bigint {
  const value = Number(digits);
  return Number.isSafeInteger(value) ? value : BigInt(digits.replace(/^\+/, ""));
}

/** Numbers of a card in {@link RawCards}. */
const numbersPerCard = 8;

function cardValue(
  kind: (typeof valueKinds)[number],
  text: string,
  number: number,
  imaginary: number,
): HeaderValue | undefined {
  switch (kind) {
    case "undefined":
      return null;
    case "logical":
      return number === 1;
    case "integer":
      return integerOf(text);
    case "real":
      return number;
    case "complex":
      return { re: number, im: imaginary };
    case "string":
      return text;
    default:
      return undefined;
  }
}

function cardAt({ texts, numbers }: RawCards, at: number): Card {
  const field = (i: number): number => numbers[at + i] ?? 0;
  const begin = numbers[at - 1] ?? 0;
  const [keywordEnd, textEnd, commentEnd] = [field(5), field(6), field(7)];
  const text = texts.slice(keywordEnd, textEnd);
  const valueKind = valueKinds[field(0)] ?? "none";
  const kind = valueKind === "none" ? "comment" : valueKind === "invalid" ? "invalid" : "value";
  return {
    keyword: texts.slice(begin, keywordEnd),
    kind,
    value: cardValue(valueKind, text, field(1), field(2)),
    text: kind === "value" ? "" : text,
    comment: texts.slice(textEnd, commentEnd),
    index: field(3),
    records: field(4),
  };
}

/** The cards of a header, from the flat form that the addon gives them in. */
export function cardsOf(raw: RawCards): Card[] {
  const cards: Card[] = [];
  for (let at = 0; at < raw.numbers.length; at += numbersPerCard) cards.push(cardAt(raw, at));
  return cards;
}
