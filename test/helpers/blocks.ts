/** Code blocks of documents. */

/** A fenced block of a document. */
export interface Block {
  /** `README.md:57`: the document and the line of the fence. */
  readonly place: string;
  readonly language: string;
  readonly code: string;
  /** False where the line before is `<!-- no-run -->`. */
  readonly runs: boolean;
}

export function blocksOf(path: string, markdown: string): readonly Block[] {
  const fences = markdown.matchAll(/^(<!-- no-run -->\n)?```(\w+)\n(.*?)^```$/gms);
  return [...fences].map(({ index, 1: mark, 2: language = "", 3: code = "" }) => {
    const line = markdown.slice(0, index + (mark?.length ?? 0)).split("\n").length;
    return { place: `${path}:${line}`, language, code, runs: mark === undefined };
  });
}

/** The text of a source's doc comments, every other line empty, so that lines keep their numbers. */
export function docCommentsOf(source: string): string {
  let isInside = false;
  return source
    .split("\n")
    .map((line) => {
      const text = isInside ? /^\s*\* ?(?!\/)(.*)/.exec(line)?.[1] : undefined;
      if (/^\s*\/\*\*/.test(line)) isInside = true;
      if (line.includes("*/")) isInside = false;
      return text ?? "";
    })
    .join("\n");
}
