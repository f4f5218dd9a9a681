/** The code in the documents is right: it is type-checked, and run as a reader would run it. */
import { execFile } from "node:child_process";
import { cpSync, mkdirSync, symlinkSync, writeFileSync } from "node:fs";
import { delimiter, dirname, join } from "node:path";
import { writeFits } from "@fitstream/native";
import { FitsTable, GroupedTable } from "@fitstream/table";
import ts from "typescript";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { serve } from "../packages/dataset/test/helpers/survey.js";
import { type Block, blocksOf, docCommentsOf } from "./helpers/blocks.js";
import { complaintsOf, programOf } from "./helpers/compiler.js";
import { filesBelow, read, root, temporaryFolder } from "./helpers/repository.js";

const blocks = filesBelow(".", /\.md$/).flatMap((path) => blocksOf(path, read(path)));
/** Examples in doc comments, where they are whole programs. */
const examples = filesBelow("packages", /^packages\/\w+\/src\/.*\.ts$/)
  .flatMap((path) => blocksOf(path, docCommentsOf(read(path))))
  .filter(({ code }) => code.startsWith("import "));
const programs = [...blocks, ...examples].filter(({ language }) => language === "ts");
const commands = blocks
  .filter(({ language }) => language === "sh")
  .flatMap(({ code }) => code.split("\n").filter((line) => line.startsWith("npx fitstream")));

/** What the documents suppose to be there. */
const prepared = temporaryFolder();
let server: Awaited<ReturnType<typeof serve>>;

async function writeFixtures(folder: string): Promise<void> {
  mkdirSync(join(folder, "survey"));
  symlinkSync(join(root, "node_modules"), join(folder, "node_modules"));
  const image = (n: number, side: number) => ({
    kind: "image" as const,
    data: Float32Array.from({ length: side * side }, (_, i) => n + Math.sin(i)),
    shape: [side, side],
  });
  for (let n = 0; n < 8; ++n) {
    const header = [{ keyword: "FILTER", value: n % 2 === 0 ? "r" : "g" }];
    await writeFits(join(folder, "survey", `${n}.fits`), [{ ...image(n, 64), header }]);
  }
  for (const name of ["m31", "m33"]) {
    const header = [{ keyword: "EXPTIME", value: 120 }];
    const science = { ...image(31, 64), name: "SCI", header };
    await writeFits(join(folder, `${name}.fits`), [{ kind: "image" }, science]);
  }
  const column = (name: string, value: (row: number) => number) => ({
    name,
    values: Float64Array.from({ length: 40 }, (_, row) => value(row)),
  });
  const columns = [
    column("file", (row) => row % 8),
    column("hdu", () => 0),
    column("x", (row) => 16 + ((row * 7) % 32)),
    column("y", (row) => 16 + ((row * 5) % 32)),
    column("class", (row) => row % 3),
  ];
  await writeFits(join(folder, "catalogue.fits"), [{ kind: "bintable", columns }]);
  await writeSky(join(folder, "sky.fits"));
}

/** A catalogue of stars, galaxies and quasars around one position. */
async function writeSky(path: string): Promise<void> {
  const rows = 300;
  const of = (value: (row: number) => number): number[] =>
    Array.from({ length: rows }, (_, row) => value(row));
  const wave = (row: number, k: number): number => Math.sin(row * k);
  const mag = (offset: number) =>
    Float32Array.from(
      of((row) =>
        row % 50 === 7 ? Number.NaN : 18 + 3 * wave(row, 1.3) + offset * wave(row, 0.7),
      ),
    );
  await writeFits(path, [
    {
      kind: "bintable",
      columns: [
        {
          name: "id",
          values: BigInt64Array.from(
            of((row) => 1000 + row),
            BigInt,
          ),
        },
        { name: "ra", values: Float64Array.from(of((row) => 150 + wave(row, 2.1))), unit: "deg" },
        { name: "dec", values: Float64Array.from(of((row) => 2.2 + wave(row, 3.7))), unit: "deg" },
        ...["g", "r", "i"].map((name, k) => ({ name, values: mag(1 - k), unit: "mag" })),
        {
          name: "class",
          values: of((row) => row % 3).map((k) => ["STAR", "GALAXY", "QSO"][k] ?? ""),
        },
        { name: "z", values: Float64Array.from(of((row) => Math.abs(wave(row, 0.9)))) },
        { name: "n_obs", values: Int16Array.from(of((row) => row % 9)) },
      ],
    },
  ]);
}

beforeAll(async () => {
  await writeFixtures(prepared.path);
  server = await serve(prepared.path);
});
afterAll(async () => {
  await server[Symbol.asyncDispose]();
  prepared[Symbol.dispose]();
});

interface Run {
  /** -1 where the program did not end by itself. */
  readonly code: number;
  readonly stdout: string;
  readonly stderr: string;
}

/** Runs a command in a fresh copy of what the documents suppose. */
async function runPrepared(
  command: string,
  args: readonly string[],
  { files = {}, timeout = 60_000 }: { files?: Record<string, string>; timeout?: number } = {},
): Promise<Run> {
  using folder = temporaryFolder();
  cpSync(prepared.path, folder.path, { recursive: true });
  for (const [name, text] of Object.entries(files)) writeFileSync(join(folder.path, name), text);
  const env = {
    ...process.env,
    XDG_CACHE_HOME: join(folder.path, ".cache"),
    PATH: [dirname(process.execPath), process.env["PATH"]].join(delimiter),
    // npx must find what is installed, not fetch something of that name.
    npm_config_offline: "true",
    npm_config_yes: "false",
  };
  return await new Promise((resolve) => {
    execFile(command, args, { cwd: folder.path, env, timeout }, (error, stdout, stderr) => {
      const code = error === null ? 0 : typeof error.code === "number" ? error.code : -1;
      resolve({ code, stdout, stderr });
    });
  });
}

/** The pages of example.org, from here. */
function atHome(code: string): string {
  return code.replaceAll("https://example.org", server.url);
}

/** Runs TypeScript as the oldest supported Node can: `using` is rewritten by the compiler. */
function runProgram(code: string, timeout?: number): Promise<Run> {
  const { outputText } = ts.transpileModule(atHome(code), {
    compilerOptions: { target: ts.ScriptTarget.ES2022, module: ts.ModuleKind.ESNext },
  });
  const options = timeout === undefined ? {} : { timeout };
  return runPrepared(process.execPath, ["program.mjs"], {
    files: { "program.mjs": outputText },
    ...options,
  });
}

/** What the compiler has to say about blocks, where they stand side by side as modules. */
function typeErrors(all: readonly Block[]): readonly string[] {
  using folder = temporaryFolder();
  symlinkSync(join(root, "node_modules"), join(folder.path, "node_modules"));
  const files = all.map(({ place, code }) => {
    const file = join(folder.path, `${place.replaceAll(/\W/g, "-")}.mts`);
    writeFileSync(file, code);
    return file;
  });
  return complaintsOf(programOf(files)).map((text) => text.replace(`${folder.path}/`, ""));
}

describe("programs in documents", () => {
  it("have the right types", () => {
    expect(programs.length).toBeGreaterThan(7);
    expect(typeErrors(programs)).toEqual([]);
  }, 60_000);

  it.each(programs.filter(({ runs }) => runs))(
    "run and end: $place",
    async ({ code }) => {
      const run = await runProgram(code);
      expect(run, run.stderr).toMatchObject({ code: 0 });
      if (code.includes("console.log")) expect(run.stdout).not.toBe("");
    },
    70_000,
  );
});

describe("verbs of tables", () => {
  const verbsOf = (type: { readonly prototype: object }): readonly string[] =>
    [...Object.getOwnPropertyNames(type.prototype), ...Object.getOwnPropertyNames(type)].filter(
      (name) => !["constructor", "prototype", "length", "name", "toString"].includes(name),
    );
  const code = programs.map((program) => program.code).join("\n");

  it.each([...verbsOf(FitsTable), ...verbsOf(GroupedTable)])("%s is shown in a program", (verb) => {
    expect(code).toMatch(new RegExp(`\\.${verb}\\b`));
  });
});

describe("commands in documents", () => {
  it.each(commands)("run: %s", async (command) => {
    const run = await runPrepared("sh", ["-c", atHome(command)]);
    expect(run, run.stderr).toMatchObject({ code: 0 });
    expect(run.stdout).toContain(command.includes("m31.fits") ? "SCI" : "QSO");
    const lines = run.stdout.trimEnd().split("\n");
    if (command.includes("--json")) expect(() => lines.map((l) => JSON.parse(l))).not.toThrow();
  });

  it("are there", () => expect(commands).not.toEqual([]));
});

describe("the checks", () => {
  const block = (code: string): Block => ({ place: "x.md:1", language: "ts", code, runs: true });

  it("see the blocks of a document and their marks", () => {
    const text = "# A\n\n<!-- no-run -->\n```ts\nlet a;\n```\n\n```sh\nls\n```\n";
    expect(blocksOf("a.md", text)).toEqual([
      { place: "a.md:4", language: "ts", code: "let a;\n", runs: false },
      { place: "a.md:8", language: "sh", code: "ls\n", runs: true },
    ]);
    const source = "const a = 1;\n/**\n * ```ts\n * b();\n *\n * ```\n */\nconst c = 2;\n";
    expect(docCommentsOf(source)).toBe("\n\n```ts\nb();\n\n```\n\n\n");
  });

  it("find a wrong type", () => {
    const code = 'import { flip } from "@fitstream/dataset";\nconsole.log(flip({ axes: 1 }));\n';
    expect(typeErrors([block(code)])).toEqual([expect.stringContaining("x-md-1.mts:2: ")]);
  });

  it("find a program that fails, or does not end", async () => {
    expect((await runProgram('throw new Error("no");')).code).toBe(1);
    expect((await runProgram("setInterval(() => undefined, 1000);", 1000)).code).toBe(-1);
  });
});
