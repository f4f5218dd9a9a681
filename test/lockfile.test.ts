/** package-lock.json serves `npm ci` on machines of other kinds and behind other registries. */
import { describe, expect, it } from "vitest";
import { read } from "./helpers/repository.js";

interface LockedPackage {
  readonly resolved?: string;
  readonly optionalDependencies?: Readonly<Record<string, string>>;
}
type LockedPackages = Readonly<Record<string, LockedPackage>>;

const { packages } = JSON.parse(read("package-lock.json")) as { packages: LockedPackages };

/** Whether `name` is found from the package at `path`, as Node looks for it. */
function isFound(locked: LockedPackages, path: string, name: string): boolean {
  if (`${path === "" ? "" : `${path}/`}node_modules/${name}` in locked) return true;
  if (path === "") return false;
  const above = path.lastIndexOf("/node_modules/");
  return isFound(locked, above < 0 ? "" : path.slice(0, above), name);
}

/** Optional dependencies (binaries of other systems, mostly) without an entry of their own. */
function missing(locked: LockedPackages): readonly string[] {
  return Object.entries(locked).flatMap(([path, { optionalDependencies = {} }]) =>
    Object.keys(optionalDependencies)
      .filter((name) => !isFound(locked, path, name))
      .map((name) => `${path}: ${name}`),
  );
}

/** Entries that say from which host they came. */
function bound(locked: LockedPackages): readonly string[] {
  return Object.entries(locked).flatMap(([path, { resolved = "" }]) =>
    /^([a-z+]+:)?\/\//i.test(resolved) ? [`${path}: ${resolved}`] : [],
  );
}

describe("package-lock.json", () => {
  it("has an entry for every optional dependency", () => {
    expect(missing(packages)).toEqual([]);
    const { "node_modules/@biomejs/cli-darwin-arm64": _, ...rest } = packages;
    expect(missing(rest)).toEqual(["node_modules/@biomejs/biome: @biomejs/cli-darwin-arm64"]);
  });

  it("names no host", () => {
    expect(bound(packages)).toEqual([]);
    const resolved = "https://packages.example.org/nx-23.2.1.tgz";
    expect(bound({ ...packages, "node_modules/nx": { resolved } })).toHaveLength(1);
  });
});
