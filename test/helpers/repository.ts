/** The checkout as the tests see it. */
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join, relative } from "node:path";
import { fileURLToPath } from "node:url";

export const root: string = fileURLToPath(new URL("../..", import.meta.url)).replace(/\/$/, "");

/** The folders of the workspaces, relative to the root. */
export const workspaces: readonly string[] = [
  ...readdirSync(join(root, "packages")).map((name) => `packages/${name}`),
  "examples",
].filter((folder) => existsSync(join(root, folder, "package.json")));

/** What is made, not written. */
const made = new Set(["node_modules", "dist", "build", "prebuilds", "output", ".git", ".nx"]);

/** A text of the repository, by its path relative to the root. */
export function read(path: string): string {
  return readFileSync(join(root, path), "utf8");
}

/** Files below a folder whose names match, relative to the root and sorted. */
export function filesBelow(folder: string, pattern: RegExp): string[] {
  return readdirSync(join(root, folder), { withFileTypes: true })
    .filter(({ name }) => !made.has(name))
    .flatMap((entry) => {
      const path = relative(root, join(root, folder, entry.name));
      if (entry.isDirectory()) return filesBelow(path, pattern);
      return entry.isFile() && pattern.test(path) ? [path] : [];
    })
    .sort();
}

/** What the tests need of a package.json. */
export interface Manifest {
  readonly name: string;
  readonly exports?: Readonly<Record<string, string | { readonly types: string }>>;
  readonly dependencies?: Readonly<Record<string, string>>;
  readonly peerDependencies?: Readonly<Record<string, string>>;
}

export function manifestOf(workspace: string): Manifest {
  return JSON.parse(read(`${workspace}/package.json`)) as Manifest;
}

/** The TypeScript sources of the entries of a package, by the name that they are imported under. */
export function entriesOf(workspace: string): ReadonlyMap<string, string> {
  const { name, exports = {} } = manifestOf(workspace);
  const entries = Object.entries(exports).flatMap(([key, target]) => {
    if (typeof target === "string") return [];
    const source = target.types.replace("./dist/", "src/").replace(/\.d\.ts$/, ".ts");
    return [[`${name}${key.slice(1)}`, `${workspace}/${source}`] as const];
  });
  return new Map(entries);
}

/** A folder outside the repository that is removed when it is disposed. */
export function temporaryFolder(): { readonly path: string; [Symbol.dispose](): void } {
  const path = mkdtempSync(join(tmpdir(), "fitstream-repository-"));
  return { path, [Symbol.dispose]: () => rmSync(path, { recursive: true, force: true }) };
}
