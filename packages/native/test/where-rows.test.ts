/** Rows that `where` finds, and values that expressions have, are those that Python computes. */

import { readFileSync } from "node:fs";
import {
  type EvaluatedValues,
  evaluateExpression,
  FitsError,
  MemorySource,
  openFits,
  type TableHdu,
} from "@fitstream/native";
import { describe, expect, it } from "vitest";
import type { Node } from "../src/where/expression.js";
import { print } from "../src/where/print.js";
import { pythonWithAstropy } from "./helpers/astropy.js";
import { hduOf, TemporaryFolder } from "./helpers/files.js";
import { columnsMade, evaluatedByPython } from "./helpers/python-where.js";
import { Random } from "./helpers/random.js";
import { RandomExpressions, type Vocabulary } from "./helpers/random-expressions.js";

const folder = new TemporaryFolder();
const rows = 160;

const words: Vocabulary = {
  ...columnsMade,
  numberLiterals: [
    0n,
    1n,
    2n,
    3n,
    10n,
    -1n,
    127n,
    255n,
    -99n,
    32768n,
    65535n,
    2n ** 31n,
    2n ** 53n + 1n,
    2n ** 63n - 1n,
    2n ** 63n,
    2n ** 64n - 1n,
    -(2n ** 63n),
    -(2n ** 63n) - 1n,
    0.5,
    2.5,
    0.1,
    -3.2,
    2 ** 53,
    2 ** 63,
    2 ** 64,
    1e300,
    Number.POSITIVE_INFINITY,
  ],
  textLiterals: ["", "STAR", "STAR  ", "QSO", "a\u00e9", "GAL%", "S", "  x", "zz"],
  patterns: ["%", "S%", "%R", "S_A%", "____", "GAL\\%", "%\u00e9", "", "_", "%A%", "star"],
  functions: [
    "abs",
    "sqrt",
    "log10",
    "ln",
    "exp",
    "pow",
    "floor",
    "ceil",
    "round",
    "sin",
    "radians",
  ],
};

function truthsOf(values: EvaluatedValues): (string | null)[] {
  const isNull = (i: number): boolean =>
    values.validity !== undefined && (((values.validity[i >> 3] ?? 0) >> (i & 7)) & 1) === 0;
  const texts = (): string[] => {
    if (values.type === "boolean") return Array.from(values.values, (v) => (v ? "True" : "False"));
    if (values.type === "text") throw new TypeError("no texts here");
    return Array.from<number | bigint, string>(values.values, String);
  };
  return texts().map((text, i) => (isNull(i) ? null : text));
}

/** Numbers as they are written here, not as Python writes them. */
const asHere = (value: string | null): string | null => {
  if (value === null || /^(True|False|-?\d+)$/.test(value)) return value;
  return String(Number(value.replace("inf", "Infinity")));
};

interface Case {
  readonly text: string;
  readonly expected: readonly (string | null)[] | null;
}

function casesOf(path: string, seed: number, trees: readonly Node[]): readonly Case[] {
  const python = pythonWithAstropy ?? "";
  const answers = evaluatedByPython(python, { path, rows, seed, trees });
  return trees.map((tree, i) => ({
    text: print(tree),
    expected: answers[i]?.map(asHere) ?? null,
  }));
}

async function hitsOf(hdu: TableHdu, where: string): Promise<number[] | null> {
  try {
    const { rowNumbers = [] } = await hdu.read({ columns: [], where });
    return Array.from(rowNumbers);
  } catch (error) {
    if (error instanceof FitsError && error.message.includes("64 bits")) return null;
    throw error;
  }
}

describe.skipIf(pythonWithAstropy === undefined)("random expressions", () => {
  it.each([1, 2, 3])(
    "case 67: find the rows that Python finds, table %i",
    async (seed) => {
      const expressions = new RandomExpressions(new Random(seed), words);
      const trees = Array.from({ length: 400 }, (_, i) => expressions.boolean(1 + (i % 3)));
      const path = folder.file(`conditions-${seed}.fits`);
      const cases = casesOf(path, seed, trees);
      await using file = await openFits(path);
      const hdu = await hduOf(file, 1, "bintable");
      const table = await hdu.read();
      await using bytes = await openFits(new MemorySource(readFileSync(path)));
      const remote = await hduOf(bytes, 1, "bintable");
      for (const { text, expected } of cases) {
        const hits = expected?.flatMap((truth, row) => (truth === "True" ? [row] : [])) ?? null;
        expect(await hitsOf(hdu, text), text).toEqual(hits);
        expect(await hitsOf(remote, text), text).toEqual(hits);
        if (expected === null) continue;
        expect(truthsOf(await evaluateExpression(text, table.columns, rows)), text).toEqual(
          expected,
        );
      }
      // Most can be computed, and most find something but not all.
      expect(cases.filter(({ expected }) => expected !== null).length).toBeGreaterThan(200);
    },
    60_000,
  );

  it("have the values that Python computes", async () => {
    const expressions = new RandomExpressions(new Random(4), words);
    const random = Array.from({ length: 400 }, (_, i) => expressions.number(1 + (i % 3)));
    const trees = random.filter(({ kind }) => kind !== "literal");
    const path = folder.file("values.fits");
    const cases = casesOf(path, 4, trees);
    await using file = await openFits(path);
    const table = await (await hduOf(file, 1, "bintable")).read();
    for (const { text, expected } of cases) {
      const work = evaluateExpression(text, table.columns, rows).then(truthsOf);
      if (expected === null) await expect(work, text).rejects.toThrow("64 bits");
      else expect(await work, text).toEqual(expected);
    }
  }, 60_000);
});
