/** The checklist of nasty files: docs/fits-support.md says which test proves which case. */
import { posix } from "node:path";
import { describe, expect, it } from "vitest";
import { read } from "./helpers/repository.js";
import { planted, type Sources, sourcesBelow } from "./helpers/sources.js";

const everyCase = Array.from({ length: 77 }, (_, i) => i + 1);

/** Numbers in the names of tests: "case 26: ..." in TypeScript, Case26... in C++. */
function casesNamedIn(path: string, text: string): ReadonlySet<number> {
  const name = path.endsWith(".cc")
    ? /^TEST(?:_[FP])?\(\w+, Case(\d+)/gm
    : /["'`][^"'`\n]*\bcase (\d+)\b/g;
  return new Set([...text.matchAll(name)].map(([, number]) => Number(number)));
}

/** "1 to 3, 5" as numbers. */
function numbersOf(ranges: string): readonly number[] {
  return ranges.split(", ").flatMap((range) => {
    const [first = 0, last = first] = range.split(" to ").map(Number);
    return Array.from({ length: last - first + 1 }, (_, i) => first + i);
  });
}

interface Row {
  readonly cases: readonly number[];
  readonly tests: readonly string[];
}

function rowsOf(document: string): readonly Row[] {
  const [, section = ""] = /^## Nasty files$(.*)/ms.exec(document) ?? [];
  return [...section.matchAll(/^\| (\d.*?) \|.*\| (.*?) \|$/gm)].map(
    ([, ranges = "", tests = ""]) => ({
      cases: numbersOf(ranges),
      tests: [...tests.matchAll(/`(\w[\w-]*[._]test)`/g)].map(([, test = ""]) => test),
    }),
  );
}

/** Cases that no test of their row names, tests that name no case of their row. */
function faults(rows: readonly Row[], sources: Sources): readonly string[] {
  const named = new Map(
    [...sources].map(([path, text]) => [
      posix.basename(path).replace(/\.(cc|ts)$/, ""),
      casesNamedIn(path, text),
    ]),
  );
  return rows.flatMap(({ cases, tests }) => [
    ...cases
      .filter((number) => tests.length > 0 && !tests.some((test) => named.get(test)?.has(number)))
      .map((number) => `case ${number}`),
    ...tests.filter((test) => !cases.some((number) => named.get(test)?.has(number))),
  ]);
}

describe("the checklist of nasty files", () => {
  const rows = rowsOf(read("docs/fits-support.md"));
  const sources = new Map([
    ...sourcesBelow(["packages", "test"], /\.test\.ts$/),
    ...sourcesBelow(["packages/native/cpp/test"], /_test\.cc$/),
  ]);

  it("has every case once", () => {
    const stated = rows.flatMap(({ cases }) => cases);
    expect(stated.toSorted((a, b) => a - b)).toEqual(everyCase);
  });

  it("has tests for all", () => {
    const untested = rows.filter(({ tests }) => tests.length === 0);
    expect(untested.flatMap(({ cases }) => cases)).toEqual([]);
  });

  it("names tests that name their cases", () => {
    expect(faults(rows, sources)).toEqual([]);
    const path = "packages/native/cpp/test/hcompress_test.cc";
    const text = "TEST(Hcompress, RefusesStreams) {}\n// Case46 is no name here.";
    expect(faults(rows, planted(sources, path, text))).toEqual(["case 46", "hcompress_test"]);
  });
});

it("case 77: every fuzz target is built and run", () => {
  const folder = "packages/native/cpp/fuzz";
  const [, listed = ""] =
    /set\(fuzz_targets\s+([^)]*)\)/.exec(read("packages/native/CMakeLists.txt")) ?? [];
  const targets = [...sourcesBelow([folder], /\.cc$/)]
    .filter(([, text]) => text.includes('extern "C" int LLVMFuzzerTestOneInput'))
    .map(([path]) => posix.basename(path, ".cc"));
  expect(listed.trim().split(/\s+/)).toEqual(targets);
  expect(targets).toContain("rice");
});
