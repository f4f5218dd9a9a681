/** Documents lead to what is there. */
import { existsSync } from "node:fs";
import { dirname, join } from "node:path";
import { describe, expect, it } from "vitest";
import { filesBelow, read, root, workspaces } from "./helpers/repository.js";

/** Targets of the links and pictures in a document, other than URLs; code is left out. */
function relativeLinks(markdown: string): readonly string[] {
  const text = markdown.replace(/^```.*?^```/gms, "").replace(/`[^`\n]*`/g, "code");
  return [...text.matchAll(/\]\(<?([^)\s>]+)/g)]
    .map(([, target = ""]) => target)
    .filter((target) => !/^[a-z][a-z+.-]*:/i.test(target));
}

/** The anchors of a document's headings, as GitHub makes them. */
function anchorsOf(markdown: string): readonly string[] {
  const headings = markdown.replace(/^```.*?^```/gms, "").matchAll(/^#+ (.*)$/gm);
  return [...headings].map(([, heading = ""]) =>
    heading
      .toLowerCase()
      .replace(/[^\p{L}\p{N}\s_-]/gu, "")
      .replace(/\s/g, "-"),
  );
}

/** Links of the document at `path`, with this text, that lead nowhere. */
function deadLinks(path: string, markdown: string): readonly string[] {
  return relativeLinks(markdown).filter((link) => {
    const [file = "", anchor] = link.split("#");
    const target = join(dirname(path), decodeURIComponent(file));
    if (file !== "" && !existsSync(join(root, target))) return true;
    if (anchor === undefined) return false;
    return !anchorsOf(file === "" ? markdown : read(target)).includes(anchor);
  });
}

describe("links", () => {
  it.each(filesBelow(".", /\.md$/))("of %s lead to files that exist", (path) => {
    expect(deadLinks(path, read(path))).toEqual([]);
  });

  it("that lead nowhere are found", () => {
    const text =
      "[a](nowhere.md) [b](architecture.md) [c](#there) [d](architecture.md#no-such)\n# There\n" +
      "`[e](code.md)` ![f](figure.png) [g](https://example.org/h.md)\n```\n[i](j.md)\n```\n";
    const dead = ["nowhere.md", "architecture.md#no-such", "figure.png"];
    expect(deadLinks("docs/planted.md", text)).toEqual(dead);
  });
});

it.each(workspaces)("%s has a README", (workspace) => {
  expect(existsSync(join(root, workspace, "README.md"))).toBe(true);
});
