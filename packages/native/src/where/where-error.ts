import { type FitsError, type FitsErrorFields, fitsError } from "../errors.js";

/** Characters of the text that a message shows on each side. */
const shownCharacters = 40;

/** The line around a character, and a caret under it. */
function excerptOf(text: string, at: number): string {
  const lineStart = text.lastIndexOf("\n", at - 1) + 1;
  const lineEnd = text.indexOf("\n", at);
  const start = Math.max(lineStart, at - shownCharacters);
  const end = Math.min(lineEnd < 0 ? text.length : lineEnd, at + shownCharacters);
  const before = start > lineStart ? "..." : "";
  const after = end < text.length && end !== lineEnd ? "..." : "";
  // Control characters of strangers' texts must not reach a terminal, and a tab would move the caret.
  const line = text.slice(start, end).replaceAll(/\p{Cc}/gu, " ");
  return `  ${before}${line}${after}\n  ${" ".repeat(before.length + at - start)}^`;
}

/** An error at character `at` of an expression. */
export function whereError(
  text: string,
  at: number,
  fields: Pick<FitsErrorFields, "what" | "expected" | "found"> & Partial<FitsErrorFields>,
): FitsError {
  return fitsError({
    code: "FITS_BAD_ARGUMENT",
    ...fields,
    position: at + 1,
    excerpt: excerptOf(text, at),
  });
}
