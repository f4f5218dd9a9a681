import { execFile } from "node:child_process";
import { existsSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { writeFits } from "@fitstream/native";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { temporaryFolder } from "./helpers/survey.js";

const program = fileURLToPath(new URL("../dist/cli/main.js", import.meta.url));
const folder = temporaryFolder();
const paths = ["a.fits", "b.fits"].map((name) => join(folder.path, name));
const [first = ""] = paths;

interface Run {
  readonly code: number;
  readonly stdout: string;
  readonly stderr: string;
}

function fitstream(...args: readonly string[]): Promise<Run> {
  const options = { timeout: 30_000, cwd: folder.path };
  return new Promise((resolve) => {
    execFile(process.execPath, [program, ...args], options, (error, stdout, stderr) => {
      resolve({ code: error === null ? 0 : Number(error.code), stdout, stderr });
    });
  });
}

beforeAll(async () => {
  for (const [n, path] of paths.entries()) {
    await writeFits(path, [
      {
        kind: "bintable",
        columns: [
          {
            name: "ID",
            values: BigInt64Array.of(9007199254740993n, 2n, 3n).map((i) => i + BigInt(10 * n)),
          },
          { name: "MAG", values: Float64Array.of(20.5, Number.NaN, 18 + n), unit: "mag" },
          { name: "CLASS", values: ['ST"AR', "QSO,1", "QSO"] },
          { name: "POS", values: Float32Array.of(1, 2, 3, 4, 5, 6), shape: [2] },
        ],
      },
    ]);
  }
});
afterAll(() => folder[Symbol.dispose]());

describe("fitstream table", () => {
  it("shows the rows of several files as one", async () => {
    const { code, stdout } = await fitstream("table", ...paths, "--columns", "ID,MAG");
    expect(code).toBe(0);
    expect(stdout.trimEnd().split("\n")).toEqual([
      "FitsTable: 6 rows, 2 columns",
      "              ID      MAG",
      "                      mag",
      "           int64  float64",
      "----------------  -------",
      "9007199254740993     20.5",
      "               2     null",
      "               3       18",
      "9007199254741003     20.5",
      "              12     null",
      "              13       19",
    ]);
  });

  it("chooses, sorts and cuts", async () => {
    const where = ["--where", "mag < 20 OR class LIKE 'ST%'", "--columns", "MAG,ID"];
    const { stdout } = await fitstream("table", ...paths, ...where, "--sort=-CLASS,MAG", "--csv");
    expect(stdout.trimEnd().split("\n")).toEqual([
      "MAG,ID",
      "20.5,9007199254740993",
      "20.5,9007199254741003",
      "18,3",
      "19,13",
    ]);
    const cut = await fitstream("table", ...paths, "--sort=-MAG", "--head", "1", "--json");
    expect(JSON.parse(cut.stdout)).toMatchObject({
      MAG: 20.5,
      ID: "9007199254740993",
      POS: [1, 2],
    });
  });

  it("writes CSV that other programs read back", async () => {
    const { stdout } = await fitstream("table", first, "--csv", "--head", "2");
    expect(stdout.split("\n").slice(0, 3)).toEqual([
      "ID,MAG,CLASS,POS",
      '9007199254740993,20.5,"ST""AR","[1,2]"',
      '2,,"QSO,1","[3,4]"',
    ]);
    const none = await fitstream("table", first, "--csv", "--where", "MAG > 99");
    expect(none.stdout).toBe("ID,MAG,CLASS,POS\n");
  });

  it("writes Parquet", async () => {
    const { code } = await fitstream("table", first, "--parquet", "a.parquet");
    expect([code, existsSync(join(folder.path, "a.parquet"))]).toEqual([0, true]);
    const again = await fitstream("sql", "select count(*) as n from 'a.parquet'", "--json");
    expect(JSON.parse(again.stdout)).toEqual({ n: "3" });
  });

  it("says what is wrong", async () => {
    for (const [args, message] of [
      [["table", first, "--where", "MAGG < 3"], /did you mean MAG\?[\s\S]*MAGG < 3\n {2}\^/],
      [["table", first, "--columns", "X"], /X/],
      [["table", first, "--head", "many"], /--head/],
      [["table", join(folder.path, "none.fits")], /none\.fits/],
      [["sql", "select x from 'a.fits'"], /x/],
      [["stats", first, "--where", "CLASS"], /CLASS/],
    ] as const) {
      const { code, stdout, stderr } = await fitstream(...args);
      expect([code, stdout], args.join(" ")).toEqual([2, ""]);
      expect(stderr).toMatch(message);
      expect(stderr).not.toContain("    at ");
    }
  });
});

describe("fitstream stats and sql", () => {
  it("measure columns in one pass", async () => {
    const { stdout } = await fitstream("stats", ...paths, "--json");
    const byName = Object.fromEntries(
      (JSON.parse(stdout) as { readonly name: string }[]).map((column) => [column.name, column]),
    );
    expect(Object.keys(byName)).toEqual(["ID", "MAG", "CLASS"]);
    expect(byName["MAG"]).toMatchObject({
      unit: "mag",
      rows: 6,
      nulls: 2,
      numbers: { count: 4, mean: 19.5, min: 18, max: 20.5 },
    });
    expect(byName["CLASS"]).toMatchObject({ categories: { counts: [2, 2, 2] } });
    const text = await fitstream("stats", first, "--columns", "class");
    expect(text.stdout).toContain("QSO: 1");
  });

  it("answer SQL over files", async () => {
    const query = "select class, max(mag) as mag from 'a.fits' group by class order by class";
    const { code, stdout } = await fitstream("sql", query, "--csv");
    expect([code, stdout]).toEqual([0, 'CLASS,mag\nQSO,18\n"QSO,1",\n"ST""AR",20.5\n']);
  });
});
