/** Sources of the repository and what they import or include. */
import { posix } from "node:path";
import ts from "typescript";
import type { Graph } from "./graph.js";
import { filesBelow, read } from "./repository.js";

/** Texts by their paths relative to the root. */
export type Sources = ReadonlyMap<string, string>;

export function sourcesBelow(folders: readonly string[], pattern: RegExp): Sources {
  const paths = folders.flatMap((folder) => filesBelow(folder, pattern));
  return new Map(paths.map((path) => [path, read(path)]));
}

/** The same sources and one more, or another text of one of them. */
export function planted(sources: Sources, path: string, text: string): Sources {
  return new Map([...sources, [path, text]]);
}

/** What every module imports, types included: paths of ours where relative, otherwise specifiers. */
export function importGraph(sources: Sources): Graph {
  const importsOf = (path: string, text: string): readonly string[] =>
    ts.preProcessFile(text, true, true).importedFiles.map(({ fileName }) => {
      if (!fileName.startsWith(".")) return fileName;
      return posix.join(posix.dirname(path), fileName).replace(/\.js$/, ".ts");
    });
  return new Map([...sources].map(([path, text]) => [path, importsOf(path, text)] as const));
}

/**
 * What every C++ file includes: paths of ours where they are found beside the file or below
 * `root`, as the compiler looks for them, otherwise the name.
 */
export function includeGraph(sources: Sources, root: string): Graph {
  const includesOf = (path: string, text: string): readonly string[] =>
    [...text.matchAll(/^[ \t]*#[ \t]*include[ \t]*[<"]([^>"]+)[>"]/gm)].map(([, name = ""]) => {
      const places = [posix.join(posix.dirname(path), name), posix.join(root, name)];
      return places.find((place) => sources.has(place)) ?? name;
    });
  return new Map([...sources].map(([path, text]) => [path, includesOf(path, text)] as const));
}
