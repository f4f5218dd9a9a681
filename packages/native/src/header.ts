import { binding } from "./binding.js";
import { type Card, cardsOf, type HeaderValue } from "./card.js";
import { fitsError, nativeSync } from "./errors.js";
import type { WcsPlace } from "./wcs/keys.js";
import { readWcs } from "./wcs/read.js";
import type { Wcs } from "./wcs/wcs.js";

/** A keyword as headers are searched for it. */
export function normalized(keyword: string): string {
  if (/^[A-Z0-9_-]*$/.test(keyword)) return keyword;
  return keyword
    .trim()
    .toUpperCase()
    .replace(/^HIERARCH +/, "")
    .replace(/ +/g, " ");
}

const notInherited =
  /^(SIMPLE|BITPIX|NAXIS\d*|EXTEND|GROUPS|[PG]COUNT|BLOCKED|B(SCALE|ZERO|LANK|UNIT)|DATA(MAX|MIN|SUM)|CHECKSUM|EXT(NAME|VER|LEVEL)|INHERIT)$/i;

/** Where a header comes from, for error messages. */
export interface HeaderPlace {
  /** Path or URL of the file. */
  readonly path: string;
  /** Position of the HDU; absent where it was found by name. */
  readonly hdu?: number;
}

/**
 * The header of an HDU. Cards are parsed when the first of them is asked for; a card that makes no
 * sense does not stop the others.
 *
 * @see FITS Standard 4.0, section 4
 */
export class Header implements Iterable<Card> {
  readonly #bytes: Uint8Array;
  readonly #place: HeaderPlace;
  #cards: readonly Card[] | undefined;
  #byKeyword: Map<string, Card[]> | undefined;

  /**
   * @param bytes The header's records, with or without END and padding. Kept, not copied.
   * @param place Where they come from, for error messages.
   */
  constructor(bytes: Uint8Array, place: HeaderPlace) {
    this.#bytes = bytes;
    this.#place = place;
  }

  /** Every card before END, in order, duplicates included. */
  get cards(): readonly Card[] {
    if (this.#cards === undefined) {
      this.#cards = cardsOf(nativeSync(() => binding.parseCards(this.#bytes), this.#place));
    }
    return this.#cards;
  }

  #index(): Map<string, Card[]> {
    if (this.#byKeyword === undefined) {
      this.#byKeyword = new Map();
      for (const card of this.cards) {
        const keyword = normalized(card.keyword);
        const same = this.#byKeyword.get(keyword);
        if (same === undefined) this.#byKeyword.set(keyword, [card]);
        else same.push(card);
      }
    }
    return this.#byKeyword;
  }

  /** Every card with this keyword, in order. Case does not matter; "HIERARCH" may be left out. */
  all(keyword: string): readonly Card[] {
    return this.#index().get(normalized(keyword)) ?? [];
  }

  /** Whether a card has this keyword. Records within a value are not looked at. */
  has(keyword: string): boolean {
    return this.all(keyword).length > 0;
  }

  /**
   * The value of the first card with this keyword; undefined when there is none. Where the card has
   * no value indicator (COMMENT, or a broken card), the text after the keyword.
   *
   * Record-valued keywords ("DP1.AXIS.1", from the card `DP1 = 'AXIS.1: 1'`) are found by their full
   * name (FITS WCS Paper IV, section 2.2).
   *
   * @throws {FitsFormatError} FITS_BAD_HEADER when its value field is no FITS value.
   */
  get(keyword: string): HeaderValue | undefined {
    const card = this.all(keyword)[0];
    if (card === undefined) return this.#record(keyword);
    if (card.kind === "comment") return card.text;
    if (card.kind === "invalid") {
      throw fitsError({
        code: "FITS_BAD_HEADER",
        what: `${card.keyword} has no valid value`,
        expected: "a string, number, logical or complex value",
        found: card.text,
        keyword: card.keyword,
        card: card.index,
        ...this.#place,
      });
    }
    return card.value;
  }

  #record(keyword: string): number | undefined {
    const dot = keyword.indexOf(".");
    if (dot < 0) return undefined;
    const field = `${normalized(keyword.slice(dot + 1))}: `;
    for (const { value } of this.all(keyword.slice(0, dot))) {
      if (typeof value !== "string" || !value.toUpperCase().startsWith(field)) continue;
      const number = Number(value.slice(field.length));
      if (!Number.isNaN(number)) return number;
    }
    return undefined;
  }

  /**
   * This header together with what it inherits: every keyword of the primary header that it lacks,
   * behind its own. Not inherited are
   *
   * - the mandatory keywords and those that describe the primary array: SIMPLE, BITPIX, NAXIS,
   *   NAXISn, EXTEND, GROUPS, PCOUNT, GCOUNT, BLOCKED, BSCALE, BZERO, BLANK, BUNIT, DATAMAX, DATAMIN;
   * - what names or sums the primary HDU: EXTNAME, EXTVER, EXTLEVEL, INHERIT, CHECKSUM, DATASUM;
   * - COMMENT, HISTORY, and all that has no value.
   *
   * Whether the header asks for it (INHERIT = T) is not looked at; `hdu.header({ inherit: true })`
   * does that.
   *
   * @see FITS Standard 4.0, section 4.4.2.6 and appendix K
   */
  inherit(primary: Header): Header {
    const end = this.cards.at(-1);
    const own = this.#bytes.subarray(0, 80 * (end === undefined ? 0 : end.index + end.records));
    const lent = primary.cards.filter(
      ({ keyword, kind }) =>
        kind !== "comment" &&
        keyword !== "CONTINUE" &&
        !notInherited.test(keyword) &&
        !this.has(keyword),
    );
    const records = lent.map(({ index, records }) =>
      primary.#bytes.subarray(80 * index, 80 * (index + records)),
    );
    return new Header(new Uint8Array(Buffer.concat([own, ...records])), this.#place);
  }

  /**
   * The world coordinate system that the keywords describe, as plain data; undefined where there is
   * none.
   *
   * @param alternate "" for the primary description, "A" to "Z" for another.
   * @param place In the header of a table: the column whose cells are images, or the columns that
   *   are the axes of a list of events.
   * @throws {FitsArgumentError} FITS_BAD_ARGUMENT when an argument makes no sense.
   * @see FITS Standard 4.0, sections 8 and 9; WCS papers I to IV; SIP (Shupe et al. 2005)
   */
  wcs(alternate = "", place?: WcsPlace): Wcs | undefined {
    return readWcs(this, alternate, place);
  }

  /** Lines of COMMENT. */
  get comments(): readonly string[] {
    return this.all("COMMENT").map((card) => card.text);
  }

  /** Lines of HISTORY. */
  get history(): readonly string[] {
    return this.all("HISTORY").map((card) => card.text);
  }

  [Symbol.iterator](): Iterator<Card> {
    return this.cards[Symbol.iterator]();
  }

  /** The 80-character records as they stand in the file, without END. Bytes above 127 as Latin-1. */
  get records(): readonly string[] {
    const { buffer, byteOffset, byteLength } = this.#bytes;
    const text = Buffer.from(buffer, byteOffset, byteLength).toString("latin1");
    const records: string[] = [];
    for (let at = 0; at + 80 <= text.length; at += 80) {
      const record = text.slice(at, at + 80);
      if (record.trimEnd() === "END") break;
      records.push(record);
    }
    return records;
  }

  /** The records, one a line, without their trailing spaces. */
  toString(): string {
    return this.records.map((record) => record.trimEnd()).join("\n");
  }

  /** First value of each keyword; BigInts and complex numbers as strings, invalid ones left out. */
  toJSON(): Record<string, string | number | boolean | null> {
    const out: Record<string, string | number | boolean | null> = {};
    for (const { keyword, kind, value } of this.cards) {
      if (kind !== "value" || value === undefined || Object.hasOwn(out, keyword)) continue;
      if (typeof value === "bigint") out[keyword] = value.toString();
      else if (typeof value === "object" && value !== null) {
        out[keyword] = `(${value.re}, ${value.im})`;
      } else out[keyword] = value;
    }
    return out;
  }
}
