/** Dependency arrows: the sources and docs/architecture.md say the same ones. */
import { spawnSync } from "node:child_process";
import { describe, expect, it } from "vitest";
import { cycleIn, type Graph, grouped, reaching } from "./helpers/graph.js";
import { entriesOf, manifestOf, read, root, workspaces } from "./helpers/repository.js";
import {
  importGraph,
  includeGraph,
  planted,
  type Sources,
  sourcesBelow,
} from "./helpers/sources.js";

/** Blocks of `from -> to, to` in the document, one after the other. */
function statedArrows(document: string): readonly Graph[] {
  const [, section = ""] = /^## Arrows$(.*?)^## /ms.exec(document) ?? [];
  return [...section.matchAll(/(?:^ {4}\w+ +-> .*\n)+/gm)].map(
    ([block]) =>
      new Map(
        [...block.matchAll(/(\w+) +-> (.*)/g)].map(([, from = "", to = ""]) => [
          from,
          to === "nothing" ? [] : to.split(", "),
        ]),
      ),
  );
}

/** Arrows as they are written, in any order. */
function listed(arrows: Graph): readonly string[] {
  return [...arrows].map(([from, to]) => `${from} -> ${[...to].sort().join(", ")}`).sort();
}

const [statedPackages = new Map(), statedFolders = new Map()] = statedArrows(
  read("docs/architecture.md"),
);

describe("packages", () => {
  const folders = workspaces.map((path) => (path === "examples" ? path : `${path}/src`));
  const sources = new Map(
    [...sourcesBelow(folders, /\.ts$/)].filter(([path]) => !path.startsWith("examples/test/")),
  );
  const workspaceOf = (path: string): string | undefined =>
    workspaces.find((workspace) => path.startsWith(`${workspace}/`));
  const packageOf = (node: string): string | undefined =>
    node.startsWith("@fitstream/")
      ? node.split("/")[1]
      : workspaceOf(node)?.replace("packages/", "");

  /** Imports of what a package does not offer, or of what its importer does not depend on. */
  const unfitImports = (graph: Graph): readonly string[] => {
    const entries = new Set(workspaces.flatMap((workspace) => [...entriesOf(workspace).keys()]));
    return [...graph].flatMap(([path, specifiers]) => {
      const workspace = workspaceOf(path) ?? "";
      const { dependencies, peerDependencies } = manifestOf(workspace);
      const declared = Object.keys({ ...dependencies, ...peerDependencies });
      const isFit = (specifier: string): boolean => {
        if (specifier.startsWith("node:")) return true;
        if (sources.has(specifier)) return workspaceOf(specifier) === workspace;
        if (specifier.startsWith("@fitstream/") && !entries.has(specifier)) return false;
        return declared.some((name) => specifier === name || specifier.startsWith(`${name}/`));
      };
      return specifiers.filter((s) => !isFit(s)).map((specifier) => `${path}: ${specifier}`);
    });
  };

  const graph = importGraph(sources);
  const withLine = (path: string, line: string): Graph =>
    importGraph(planted(sources, path, `${sources.get(path) ?? ""}\n${line}`));

  it("import each other as the document states", () => {
    expect(listed(grouped(graph, packageOf))).toEqual(listed(statedPackages));
    const broken = withLine("packages/remote/src/index.ts", 'export * from "@fitstream/native";');
    expect(grouped(broken, packageOf).get("remote")).toEqual(["native"]);
  });

  it("declare those dependencies", () => {
    const declared = workspaces.map((workspace) => {
      const names = Object.keys(manifestOf(workspace).dependencies ?? {});
      const ours = names.filter((name) => name.startsWith("@fitstream/"));
      return [workspace.replace("packages/", ""), ours.map((name) => name.slice(11))] as const;
    });
    expect(listed(new Map(declared))).toEqual(listed(statedPackages));
  });

  it("import only public entries and declared dependencies", () => {
    expect(unfitImports(graph)).toEqual([]);
    for (const line of [
      'import { h } from "../../native/src/header.js";',
      'import { h } from "@fitstream/native/dist/header.js";',
      'import sirv from "sirv";',
    ]) {
      expect(unfitImports(withLine("packages/dataset/src/read.ts", line))).toHaveLength(1);
    }
  });

  it("have no cycles of imports", () => {
    expect(cycleIn(graph)).toBeUndefined();
    const line = 'import type { Header } from "./header.js";';
    const cycle = cycleIn(withLine("packages/native/src/errors.ts", line));
    expect(cycle).toContain("packages/native/src/header.ts");
  });

  it("@fitstream/dataset: folders import each other as the document states", () => {
    const folderOf = (path: string): string | undefined => {
      const [, name] = /^packages\/dataset\/src\/(\w+)/.exec(path) ?? [];
      return name === "index" ? undefined : name;
    };
    expect(cycleIn(statedFolders)).toBeUndefined();
    expect(listed(grouped(graph, folderOf))).toEqual(listed(statedFolders));
    const line = 'import { Batch } from "../loader/batch.js";';
    const broken = withLine("packages/dataset/src/memory/lease.ts", line);
    expect(grouped(broken, folderOf).get("memory")).toEqual(["errors", "loader"]);
  });
});

describe("optional peers", () => {
  const peers = workspaces.flatMap((workspace) =>
    Object.keys(manifestOf(workspace).peerDependencies ?? {}),
  );
  /** URLs and paths of all modules that a program loads, imported and required ones. */
  const loadedBy = (...specifiers: readonly string[]): readonly string[] => {
    const hooks = `import { writeSync } from "node:fs";
      export async function resolve(specifier, context, next) {
        const found = await next(specifier, context);
        writeSync(1, found.url + "\\n");
        return found;
      }`;
    const program = `import { createRequire, register } from "node:module";
      register(${JSON.stringify(`data:text/javascript,${encodeURIComponent(hooks)}`)});
      for (const specifier of ${JSON.stringify(specifiers)}) await import(specifier);
      console.log(Object.keys(createRequire(${JSON.stringify(`${root}/`)}).cache).join("\\n"));`;
    const args = ["--input-type=module", "--eval", program];
    const { stdout } = spawnSync(process.execPath, args, { cwd: root, encoding: "utf8" });
    return stdout.split("\n");
  };
  const peersAmong = (modules: readonly string[]): readonly string[] =>
    peers.filter((peer) => modules.some((name) => name.includes(`/node_modules/${peer}/`)));
  const tfjs = (modules: readonly string[]): readonly string[] =>
    modules.filter((name) => name.includes("@tensorflow/"));

  it("include no tfjs that a package imports", () => {
    const sources = sourcesBelow(["packages"], /^packages\/\w+\/src\/.*\.ts$/);
    const imported = (all: Sources): readonly string[] =>
      tfjs([...importGraph(all).values()].flat());
    expect(imported(sources)).toEqual([]);
    const text = 'const tf = await import("@tensorflow/tfjs");';
    expect(imported(planted(sources, "packages/dataset/src/device/tf.ts", text))).toHaveLength(1);
  });

  it("are not loaded with the packages, nor with the subpaths that use them", () => {
    const entries = ["packages/dataset", "packages/table"].flatMap((path) => [
      ...entriesOf(path).keys(),
    ]);
    const modules = loadedBy(...entries);
    for (const path of ["native/dist/index.js", "table/dist/interop/arrow.js"]) {
      expect(modules.some((name) => name.endsWith(`packages/${path}`))).toBe(true);
    }
    expect(peersAmong(modules)).toEqual([]);
    const loaded = ["@tensorflow/tfjs", "apache-arrow"];
    expect(peersAmong(loadedBy(...loaded))).toEqual(loaded);
  });

  it("leave frames alone until one is asked for", () => {
    const frames = (...entries: readonly string[]): boolean =>
      loadedBy(...entries).some((name) => name.includes("packages/table/dist/frame/"));
    expect(frames("@fitstream/dataset")).toBe(false);
    expect(frames("@fitstream/dataset/frame")).toBe(true);
  });
});

describe("C++", () => {
  const [core, addon] = ["packages/native/cpp/core", "packages/native/cpp/addon"];
  const sources = sourcesBelow([core, addon], /\.(h|cc|inc)$/);

  /** Includes of Node or the addon by the core, and of CFITSIO from outside its folder. */
  const violations = (files: Sources): readonly string[] => {
    const graph = includeGraph(files, core);
    const seesCfitsio = reaching(graph, "fitsio.h");
    const node = /^(napi|node|node_\w+|js_native_api\w*|uv|v8)\b/;
    return [...graph].flatMap(([path, includes]) => [
      ...(path.startsWith(`${core}/`)
        ? includes
            .filter(
              (name) =>
                node.test(name) || (name.startsWith("packages/") && !name.startsWith(`${core}/`)),
            )
            .map((name) => `${path} includes ${name}`)
        : []),
      ...(includes.includes("fitsio.h") && !path.startsWith(`${core}/cfitsio/`)
        ? [`${path} includes fitsio.h`]
        : []),
      ...(seesCfitsio.has(path) && !path.startsWith(`${core}/cfitsio/`)
        ? [`${path} sees fitsio.h`]
        : []),
    ]);
  };

  it("keeps Node and the addon out of the core, and CFITSIO in its folder", () => {
    expect(violations(sources)).toEqual([]);
    for (const line of [
      "#include <napi.h>",
      "#include <node_api.h>",
      '#include "../addon/addon.h"',
      "#include <fitsio.h>",
      '#include "cfitsio/open_file.h"',
    ]) {
      expect(violations(planted(sources, `${core}/planted.cc`, line))).not.toEqual([]);
    }
  });

  it("has no cycles of includes", () => {
    expect(cycleIn(includeGraph(sources, core))).toBeUndefined();
    const text = '#include "image.h"';
    expect(cycleIn(includeGraph(planted(sources, `${core}/hdu.h`, text), core))).toBeDefined();
  });
});
