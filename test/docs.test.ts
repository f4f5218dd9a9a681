/** Every public export has a doc comment, and so has every public member of it. */
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { programOf } from "./helpers/compiler.js";
import { undocumented } from "./helpers/documentation.js";
import { entriesOf, root, temporaryFolder, workspaces } from "./helpers/repository.js";

const entries = workspaces.flatMap((workspace) =>
  [...entriesOf(workspace)].map(([name, source]) => ({
    name,
    source: join(root, source),
    folder: join(root, workspace, "src/"),
  })),
);
const program = programOf(entries.map(({ source }) => source));

describe("public exports", () => {
  it.each(entries)("of $name are documented", ({ source, folder }) => {
    expect(undocumented(program, source, (file) => file.startsWith(folder))).toEqual([]);
  });

  it("are there", () => {
    const names = ["@fitstream/native", "@fitstream/remote", "@fitstream/dataset"];
    expect(entries.map(({ name }) => name)).toEqual(
      expect.arrayContaining([...names, "@fitstream/dataset/tfjs"]),
    );
  });
});

describe("the check", () => {
  const text = `
    interface Base { readonly inherited: number }
    /** Documented. */
    export interface Options extends Base {
      /** Documented. */
      readonly good: number;
      readonly bad: number;
      readonly kind: "literal";
    }
    /** Documented. */
    export class Thing {
      field = 1;
      protected hidden = 2;
      #secret = this.hidden;
      /** Documented. */
      method(): number { return this.#secret; }
      static make(): Thing { return new Thing(); }
      get size(): number { return 1; }
      [Symbol.dispose](): void {}
    }
    /** Documented. */
    export type Either = { readonly left: string } | { readonly right: string } | string;
    export type Name = string;
    export function act(): void {}
    export const constant = 1;
  `;

  it("finds what has no comment", () => {
    using folder = temporaryFolder();
    const file = join(folder.path, "planted.ts");
    writeFileSync(file, text);
    const found = undocumented(programOf([file]), file, (name) => name === file);
    expect([...found].sort()).toEqual([
      "Either.left",
      "Either.right",
      "Name",
      "Options.bad",
      "Options.inherited",
      "Thing.field",
      "Thing.make",
      "Thing.size",
      "act",
      "constant",
    ]);
  });
});
