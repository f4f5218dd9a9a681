import { isAscii, transcode } from "node:buffer";
import { tableError } from "../errors.js";

/** Strings one after the other: string `i` is `bytes[offsets[i]]` to `bytes[offsets[i + 1]]`. */
export interface Texts {
  /** Their characters. */
  readonly bytes: Uint8Array;
  /** One more than strings. */
  readonly offsets: Int32Array;
}

function bufferOf({ bytes, offsets }: Texts): Buffer {
  const [first = 0, end = 0] = [offsets[0], offsets.at(-1)];
  return Buffer.from(bytes.buffer, bytes.byteOffset + first, end - first);
}

/**
 * Latin-1, which FITS tables hold in practice, as UTF-8. ASCII is both: then the arrays are the same
 * ones; otherwise they are new.
 *
 * @throws {TableError} TABLE_TYPE for more than 2 GiB of UTF-8.
 */
export function utf8Of(texts: Texts, column: string): Texts {
  const latin1 = bufferOf(texts);
  if (isAscii(latin1)) return texts;
  const bytes = transcode(latin1, "latin1", "utf8");
  if (bytes.length >= 2 ** 31) {
    throw tableError({
      code: "TABLE_TYPE",
      what: "the strings are too long as UTF-8",
      expected: "less than 2 GiB",
      found: `${bytes.length} bytes`,
      column,
    });
  }
  const offsets = new Int32Array(texts.offsets.length);
  const first = texts.offsets[0] ?? 0;
  for (let i = 1, at = 0, added = 0; i < offsets.length; ++i) {
    for (const end = (texts.offsets[i] ?? 0) - first; at < end; ++at) {
      if ((latin1[at] ?? 0) > 127) ++added;
    }
    offsets[i] = at + added;
  }
  return { bytes, offsets };
}

/**
 * UTF-8 as Latin-1; ASCII stays where it is.
 *
 * @throws {TableError} TABLE_TYPE for characters that Latin-1 does not have.
 */
export function latin1Of(texts: Texts, column: string): Texts {
  const utf8 = bufferOf(texts);
  if (isAscii(utf8)) return texts;
  const first = texts.offsets[0] ?? 0;
  const strings = Array.from({ length: texts.offsets.length - 1 }, (_, i) =>
    utf8.toString("utf8", (texts.offsets[i] ?? 0) - first, (texts.offsets[i + 1] ?? 0) - first),
  );
  return textsOf(strings, column);
}

/**
 * Strings as Latin-1.
 *
 * @throws {TableError} TABLE_TYPE for characters that Latin-1 does not have.
 */
export function textsOf(strings: readonly string[], column: string): Texts {
  const offsets = new Int32Array(strings.length + 1);
  for (const [i, text] of strings.entries()) {
    offsets[i + 1] = (offsets[i] ?? 0) + text.length;
    if (!/[^\0-\xff]/.test(text)) continue;
    throw tableError({
      code: "TABLE_TYPE",
      what: "a string holds characters that FITS tables cannot",
      expected: "Latin-1",
      found: text,
      column,
      row: i,
    });
  }
  return { bytes: Buffer.from(strings.join(""), "latin1"), offsets };
}
