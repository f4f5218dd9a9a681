/** Errors of `where` say what is wrong, and point at the character. */
import {
  type BooleanExpression,
  col,
  compileExpression,
  compileWhere,
  evaluateExpression,
  FitsArgumentError,
  nearestName,
  sqrt,
} from "@fitstream/native";
import { describe, expect, it } from "vitest";
import { someColumns } from "./helpers/columns.js";
import { failureOf } from "./helpers/failures.js";

/** The character that an error points at must be the first after `>>>` in the text. */
async function failureAt(marked: string) {
  const text = marked.replace(">>>", "");
  const error = await failureOf(() => compileWhere(text, someColumns));
  expect(error).toBeInstanceOf(FitsArgumentError);
  expect(error.position, error.message).toBe(marked.indexOf(">>>") + 1);
  expect(error.excerpt).toBe(`  ${text}\n  ${" ".repeat(marked.indexOf(">>>"))}^`);
  expect(error.message).toContain(`(character ${error.position})\n${error.excerpt}`);
  return error;
}

describe("of the grammar", () => {
  it.each([
    [">>>", "a column, a constant or (", "the end"],
    ["mag <>>>", "a column, a constant or (", "the end"],
    ["mag <>>>< 1", "a column, a constant or (", "<"],
    ["mag >>>mag", "an operator or the end", "mag"],
    ["(mag < 1>>>", ") or an operator", "the end"],
    ["mag < 1>>>)", "an operator or the end", ")"],
    ["mag < 1 >>>< 2", "one comparison: a < b AND b < c, or parentheses", "<"],
    ["mag BETWEEN 1 >>>OR 2", "AND", "OR"],
    ["mag IS >>>3", "NULL or NOT", "3"],
    ["mag IS NOT >>>'x'", "NULL", "'x'"],
    ["mag NOT >>>< 1", "IN, LIKE or BETWEEN", "<"],
    ["mag IN >>>1", "(", "1"],
    ["mag IN (1, >>>n)", "a constant", "n"],
    ["mag IN (1,>>>)", "a constant", ")"],
    ["mag IN (1 >>>2)", ") or ,", "2"],
    ["mag IN (->>>'x')", "a constant", "'x'"],
    ["class LIKE >>>mag", "a pattern in single quotes", "mag"],
    ["class LIKE >>>NULL", "a pattern in single quotes", "NULL"],
    ["abs(mag>>>, 3) > 1", ") or an operator", ","],
    ["pow(mag>>>) > 1", ", and y: pow(x, y)", ")"],
    ["pow(>>>)", "a column, a constant or (", ")"],
    ["within(ra, dec, 1>>>)", ", and dec0: within(ra, dec, ra0, dec0, radius)", ")"],
    [">>>log(mag) > 1", "log10 or ln", "log"],
    [">>>sqr(mag) > 1", "sqrt", "sqr"],
    ["mag > >>>IN", "a column, a constant or (", "IN"],
    ["mag > 1 >>>& n > 2", "AND", '"&"'],
    ["mag > 1 >>>|| n > 2", "OR", '"|"'],
    ["mag >>>^ 2 > 1", "pow(x, y)", '"^"'],
    ["mag > >>>\u{1f52d}", "a name, a number, a text or an operator", '"\u{1f52d}"'],
    [">>>2mass > 1", "names that start with a digit in double quotes", "2mass"],
    ["class = >>>'x", "another '", "the end"],
    ['>>>"mag < 1', 'another "', "the end"],
  ])("%s", async (marked, expected, found) => {
    expect(await failureAt(marked)).toMatchObject({ code: "FITS_BAD_ARGUMENT", expected, found });
  });
});

describe("of types", () => {
  it.each([
    ["class > >>>5", "a text beside column CLASS (TFORM 8A, string)", "the integer 5"],
    ["mag = >>>'x'", "a number beside column mag (TFORM E, number)", "the text 'x'"],
    ["mag = >>>TRUE", "a number beside column mag (TFORM E, number)", "true"],
    ["good = >>>1", "a boolean beside column GOOD (TFORM L, logical)", "the integer 1"],
    [">>>good < TRUE", "= or !=, a number or a text", "column GOOD (TFORM L, logical)"],
    ["NULL < >>>flag", "= or !=, a number or a text", "column flag (TFORM X, bit)"],
    [">>>mag AND 3", "a boolean", "column mag (TFORM E, number)"],
    ["good AND >>>3.5", "a boolean", "the number 3.5"],
    ["good OR >>>class", "a boolean", "column CLASS (TFORM 8A, string)"],
    ["NOT >>>n", "a boolean", "column n (TFORM J, number)"],
    [">>>mag + 1", "a boolean", "a sum of numbers"],
    ["mag + >>>good > 1", "a number", "column GOOD (TFORM L, logical)"],
    ["mag * >>>'x' > 1", "a number", "the text 'x'"],
    ["->>>class > 1", "a number", "column CLASS (TFORM 8A, string)"],
    ["abs(>>>class) > 1", "a number", "column CLASS (TFORM 8A, string)"],
    ["within(ra, >>>class, 1, 2, 3)", "a number", "column CLASS (TFORM 8A, string)"],
    ["mag IN (1, >>>'x')", "a number", "the text 'x'"],
    ["class IN ('x', >>>1)", "a text", "the integer 1"],
    [">>>good IN (TRUE)", "a number or a text", "column GOOD (TFORM L, logical)"],
    [">>>mag LIKE 'x'", "a text", "column mag (TFORM E, number)"],
    ["mag BETWEEN 1 AND >>>'x'", "a number beside column mag (TFORM E, number)", "the text 'x'"],
    ["class LIKE >>>'100\\'", "a character behind each \\", "the end of the pattern"],
    ["class = >>>'α Cen'", "Latin-1", "α"],
    ["class IN (>>>'α')", "Latin-1", "α"],
    ["class LIKE >>>'α%'", "Latin-1", "α"],
  ])("%s", async (marked, expected, found) => {
    expect(await failureAt(marked)).toMatchObject({ code: "FITS_BAD_ARGUMENT", expected, found });
  });

  it.each([
    ["1 < >>>flux", "column flux (TFORM 5E, numbers of shape 5)"],
    ["1 < >>>psi", "column psi (TFORM C, complex)"],
    [">>>spectrum IS NULL", "column spectrum (TFORM PE(9), numbers of variable number)"],
  ])("of cells: %s", async (marked, found) => {
    expect(await failureAt(marked)).toMatchObject({
      what: expect.stringContaining("cannot stand in an expression"),
      expected: "one number, logical, bit or string a row",
      found,
    });
  });

  it("take no escape at the end of a pattern for one that is escaped", () => {
    expect(compileWhere("class LIKE '100\\\\'", someColumns).texts).toHaveLength(1);
  });
});

describe("of names", () => {
  it("suggest the nearest", async () => {
    const error = await failureAt("n > 1 AND >>>magg < 2");
    expect(error.code).toBe("FITS_OUT_OF_BOUNDS");
    expect(error.what).toBe("the table has no such column; did you mean mag?");
    expect(error.found).toBe("magg");
  });

  it("tell double quotes from single ones", async () => {
    const error = await failureAt('class = >>>"STAR"');
    expect(error.what).toBe("the table has no such column");
    expect(error.expected).toMatch(/^mag, n, .*, or single quotes around a text$/);
  });

  it("point at names that several columns have, and only where these are used", async () => {
    const error = await failureAt("mag > 1 AND >>>twin > 2");
    expect(error.what).toBe("the table has 2 columns of this name");
    expect(error.found).toBe("twin at position 13, twin at position 14");
    expect((await failureAt(">>>case > 2")).what).toBe("the table has 2 columns of this name");
  });

  it.each([
    ["magg", "mag"],
    ["mga", "mag"],
    ["MAG", "mag"],
    ["clas", "CLASS"],
    ["spectrm", "spectrum"],
    ["redshift", undefined],
    ["", undefined],
    ["x", undefined],
  ])("near %s: %s", (name, near) => {
    expect(nearestName(name, ["n", "mag", "CLASS", "spectrum", "ra"])).toBe(near);
  });

  it("of any length are compared in no time", () => {
    expect(nearestName("x".repeat(1e6), ["mag", "x".repeat(68)])).toBeUndefined();
  });
});

describe("of texts from strangers", () => {
  const deep = [
    `${"(".repeat(10_000)}n${")".repeat(10_000)} > 1`,
    `${"NOT ".repeat(10_000)}good`,
    `${"- ".repeat(10_000)}n > 1`,
    `${"abs(".repeat(10_000)}n${")".repeat(10_000)} > 1`,
  ];
  it.each(deep)("nested too deep", async (text) => {
    const error = await failureOf(() => compileWhere(text, someColumns));
    expect(error.what).toBe("the expression is nested too deep");
    expect(error.position).toBeGreaterThan(60);
    expect(error.excerpt?.length).toBeLessThan(200);
  });

  it("too long, or of too many terms", async () => {
    const long = `n = 1${" ".repeat(2 ** 24)}`;
    expect((await failureOf(() => compileWhere(long, someColumns))).what).toMatch(/too long/);
    const many = Array.from({ length: 300_000 }, () => "good").join(" OR ");
    expect((await failureOf(() => compileWhere(many, someColumns))).what).toMatch(/too many terms/);
  });

  it("with line breaks show one line, and no control characters", async () => {
    const text = "mag < 1\n  AND\t\u001b[31mclass > 2";
    const error = await failureOf(() => compileWhere(text, someColumns));
    expect(error.position).toBe(15);
    expect(error.excerpt).toBe("    AND  [31mclass > 2\n        ^");
  });

  it("that never end show what is near", async () => {
    const text = `${"mag > 1 AND ".repeat(50)}mag = 'x' ${"AND mag > 1 ".repeat(50)}`;
    const error = await failureOf(() => compileWhere(text, someColumns));
    const [line = "", caret = ""] = error.excerpt?.split("\n") ?? [];
    expect(line).toMatch(/^ {2}\.\.\..*AND mag = 'x' AND.*\.\.\.$/);
    expect(line.slice(caret.indexOf("^"))).toMatch(/^'x'/);
  });
});

describe("of the builder", () => {
  it("point into the text of the expression", async () => {
    const where = col("mag").lt(20).and(col("class").gt(5));
    const error = await failureOf(() => compileWhere(where, someColumns));
    expect(error.excerpt).toBe("  mag < 20 AND class > 5\n                       ^");
  });

  it("nested too deep", async () => {
    let where = col("n").gt(1);
    for (let i = 0; i < 5000; ++i) where = where.not();
    expect((await failureOf(() => compileWhere(where, someColumns))).what).toMatch(/too deep/);
    let number = sqrt(col("n"));
    for (let i = 0; i < 100; ++i) number = sqrt(number);
    expect((await failureOf(() => compileExpression(number, someColumns))).what).toMatch(
      /too deep/,
    );
  });

  it("refuse what is neither text nor expression", async () => {
    const where = (() => true) as unknown as BooleanExpression;
    const error = await failureOf(() => compileWhere(where, someColumns));
    expect(error).toMatchObject({ code: "FITS_BAD_ARGUMENT", found: "function" });
  });
});

it("columns of different length are not computed with", async () => {
  const info = someColumns[0];
  if (info === undefined) throw new Error("no column");
  const data = new Float32Array(3);
  const column = { layout: "fixed", info, rows: 3, nulls: 0, shape: [3], data } as const;
  const error = await failureOf(() => evaluateExpression("mag > 1", [column], 4));
  expect(error).toMatchObject({ code: "FITS_BAD_ARGUMENT", expected: "4", found: "3" });
});
