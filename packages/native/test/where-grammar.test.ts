/** The language of `where`: what texts mean, as trees and as programs of the core. */
import { columnsOf, compileExpression, compileWhere } from "@fitstream/native";
import { describe, expect, it } from "vitest";
import { operations } from "../src/raw/where.js";
import type { Node } from "../src/where/expression.js";
import { parse } from "../src/where/parser.js";
import { print } from "../src/where/print.js";
import { columnInfo, someColumns } from "./helpers/columns.js";

/** A tree in parentheses, operators first. */
function shape(node: Node): string {
  const list = (...parts: readonly (string | Node)[]): string =>
    `(${parts.map((part) => (typeof part === "string" ? part : shape(part))).join(" ")})`;
  switch (node.kind) {
    case "literal":
      return typeof node.value === "string" ? `'${node.value}'` : String(node.value);
    case "column":
      return node.name;
    case "sum":
    case "product":
      return list(node.first, ...node.rest.flatMap(({ operator, operand }) => [operator, operand]));
    case "negation":
      return list("-", node.operand);
    case "not":
      return list("not", node.operand);
    case "call":
      return list(node.name, ...node.operands);
    case "comparison":
      return list(node.operator, node.left, node.right);
    case "and":
    case "or":
      return list(node.kind, ...node.terms);
    case "between":
      return list(node.isNegated ? "not between" : "between", node.value, node.low, node.high);
    case "in":
      return list(node.isNegated ? "not in" : "in", node.value, ...node.items);
    case "is-null":
      return list(node.isNegated ? "is not null" : "is null", node.value);
    case "like":
      return list(node.isNegated ? "not like" : "like", node.value, node.pattern);
  }
}

const names = new Map(Object.entries(operations).map(([name, number]) => [number, name]));

const latin1 = (bytes: Uint8Array | undefined): string =>
  Buffer.from(bytes ?? []).toString("latin1");
const itemOf = (item: unknown): unknown => (item instanceof Uint8Array ? latin1(item) : item);

/** The operations of a program, with what they take from it. */
function listing(text: string): string {
  const { code, numbers, integers, texts, lists, columns } = compileExpression(
    text,
    someColumns,
  ).program;
  const argument: Readonly<Record<string, (i: number) => unknown>> = {
    COLUMN: (i) => someColumns[columns[i] ?? -1]?.name,
    NUMBER: (i) => numbers[i],
    INTEGER: (i) => integers[i],
    UNSIGNED: (i) => BigInt.asUintN(64, integers[i] ?? 0n),
    TEXT: (i) => latin1(texts[i]),
    LIKE: (i) => latin1(texts[i]),
    BOOLEAN: (i) => i,
    IN: (i) =>
      `${lists[i]?.constructor.name}[${Array.from(lists[i] as Iterable<unknown>, itemOf)}]`,
  };
  const words: string[] = [];
  for (let i = 0; i < code.length; i += 2) {
    const name = names.get(code[i] as 0) ?? "?";
    const of = argument[name]?.(code[i + 1] ?? -1);
    words.push(of === undefined ? name : `${name}:${of}`);
  }
  return words.join(" ");
}

describe("trees", () => {
  it.each([
    ["a OR b AND c", "(or a (and b c))"],
    ["(a OR b) AND c", "(and (or a b) c)"],
    ["NOT a AND b", "(and (not a) b)"],
    ["NOT a = b", "(not (= a b))"],
    ["NOT NOT a", "(not (not a))"],
    ["a + b * c - d / e % f", "(a + (b * c) - (d / e % f))"],
    ["(a + b) * c", "((a + b) * c)"],
    ["a - (b - c)", "(a - (b - c))"],
    ["(a - b) - c", "(a - b - c)"],
    ["-a * b", "((- a) * b)"],
    ["-(a * b)", "(- (a * b))"],
    ["a--2", "(a - -2)"],
    ["- -a", "(- (- a))"],
    ["-(2)", "(- 2)"],
    ["a + 1 < b * 2", "(< (a + 1) (b * 2))"],
    ["a < 1 AND b >= 2 OR c <> 3", "(or (and (< a 1) (>= b 2)) (!= c 3))"],
    ["a == 1 or b != 2", "(or (= a 1) (!= b 2))"],
    ["a BETWEEN 1 AND 2 AND b", "(and (between a 1 2) b)"],
    ["a NOT BETWEEN 1 + 1 AND -2", "(not between a (1 + 1) -2)"],
    ["a IN (1, -2.5, 'x', NULL, TRUE)", "(in a 1 -2.5 'x' null true)"],
    ["a NOT IN ()", "(not in a)"],
    ["a IS NULL AND b IS NOT NULL", "(and (is null a) (is not null b))"],
    ["a LIKE 'M%' OR b NOT LIKE '_'", "(or (like a 'M%') (not like b '_'))"],
    ["(a = b) = (c = d)", "(= (= a b) (= c d))"],
    ["pow(a + 1, 2) > Abs(-b)", "(> (pow (a + 1) 2) (abs (- b)))"],
    ["WITHIN(ra, dec, 10, -41.5, 1/2)", "(within ra dec 10 -41.5 (1 / 2))"],
    ["abs = 1 AND within < 2", "(and (= abs 1) (< within 2))"],
  ])("of %s", (text, tree) => {
    expect(shape(parse(text))).toBe(tree);
    expect(shape(parse(print(parse(text))))).toBe(tree);
  });

  it.each(["and", "between", "in", "is", "like", "not", "null", "or", "true", "false"])(
    "do not depend on the case of %s",
    (word) => {
      const text =
        "not a and b or c between 1 and 2 or d in (null, true, false) or e is null or f like 'x'";
      const upper = text.replaceAll(new RegExp(`\\b${word}\\b`, "g"), word.toUpperCase());
      expect(shape(parse(upper))).toBe(shape(parse(text)));
    },
  );

  it("hold names as they are written, also odd ones", () => {
    expect(columnsOf('"2MASS J" > 1 AND `e"`"x" IS NULL'.replace('"x"', ""))).toEqual([
      "2MASS J",
      'e"',
    ]);
    expect(columnsOf('"a""b" = `c``d` AND "NOT" = _x9')).toEqual(['a"b', "c`d", "NOT", "_x9"]);
    expect(columnsOf("a = 1 OR b = a")).toEqual(["a", "b"]);
  });

  it("hold texts as they are written", () => {
    expect(shape(parse("a = 'it''s' OR a = '' OR a = '''' OR a = 'x\ny'"))).toBe(
      "(or (= a 'it's') (= a '') (= a ''') (= a 'x\ny'))",
    );
  });
});

describe("numbers", () => {
  it.each<[string, bigint | number]>([
    ["0", 0n],
    ["007", 7n],
    ["-5", -5n],
    ["9223372036854775808", 2n ** 63n],
    ["-9223372036854775808", -(2n ** 63n)],
    ["18446744073709551615", 2n ** 64n - 1n],
    ["18446744073709551616", 2 ** 64],
    ["1000000000000000000000000", 1e24],
    [`${"0".repeat(30)}12`, 12n],
    ["1.", 1],
    [".5", 0.5],
    ["1e-3", 0.001],
    ["2.50E+1", 25],
    ["1e400", Number.POSITIVE_INFINITY],
  ])("%s", (text, value) => {
    expect(parse(text)).toMatchObject({ kind: "literal", value });
    expect(parse(print(parse(text)))).toMatchObject({ kind: "literal", value });
  });

  it("of a million digits take no time", () => {
    expect(parse("9".repeat(1e6))).toMatchObject({ value: Number.POSITIVE_INFINITY });
  });
});

describe("programs", () => {
  it.each([
    ["mag < 20", "COLUMN:mag INTEGER:20 LT"],
    ["mag < 20.5", "COLUMN:mag NUMBER:20.5 LT"],
    ["n + 1 - 2", "COLUMN:n INTEGER:1 ADD INTEGER:2 SUBTRACT"],
    ["n * (1 + n)", "COLUMN:n INTEGER:1 COLUMN:n ADD MULTIPLY"],
    ["-n % 3 / 2", "COLUMN:n NEGATE INTEGER:3 MODULO INTEGER:2 DIVIDE"],
    ["good AND NOT flag", "COLUMN:GOOD COLUMN:flag NOT AND"],
    ["good OR flag OR TRUE", "COLUMN:GOOD COLUMN:flag OR BOOLEAN:1 OR"],
    ["good = FALSE", "COLUMN:GOOD BOOLEAN:0 EQ"],
    ["n BETWEEN 1 AND 2", "COLUMN:n INTEGER:1 GE COLUMN:n INTEGER:2 LE AND"],
    ["n NOT BETWEEN 1 AND 2", "COLUMN:n INTEGER:1 GE COLUMN:n INTEGER:2 LE AND NOT"],
    ["mag IS NULL", "COLUMN:mag IS_NULL"],
    ["mag IS NOT NULL", "COLUMN:mag IS_NULL NOT"],
    ["class = 'QSO  '", "COLUMN:CLASS TEXT:QSO EQ"],
    ["class LIKE 'Q_O %'", "COLUMN:CLASS LIKE:Q_O %"],
    ["class NOT LIKE 'é'", "COLUMN:CLASS LIKE:é NOT"],
    ["class IN ('a ', 'b')", "COLUMN:CLASS IN:Array[a,b]"],
    ["pow(mag, 2) > sqrt(n)", "COLUMN:mag INTEGER:2 POW COLUMN:n SQRT GT"],
    ["within(ra, dec, 1, 2, 3)", "COLUMN:ra COLUMN:dec INTEGER:1 INTEGER:2 INTEGER:3 WITHIN"],
  ])("of %s", (text, program) => {
    expect(listing(text)).toBe(program);
  });

  it("leave out of lists what cannot be equal, and keep the rest exact", () => {
    expect(listing("n IN (1, 2.0, 2.5, 1e300, 18446744073709551615)")).toBe(
      "COLUMN:n IN:BigInt64Array[1,2]",
    );
    expect(listing("big IN (-1, 1, 18446744073709551615)")).toBe(
      "COLUMN:big IN:BigUint64Array[1,18446744073709551615]",
    );
    expect(listing("mag IN (1, 2.5, 9007199254740993)")).toBe("COLUMN:mag IN:Float64Array[1,2.5]");
    expect(listing("n + 1 IN ()")).toBe("COLUMN:n INTEGER:1 ADD IN:BigInt64Array[]");
  });

  it("make null of a false IN with a null", () => {
    expect(listing("n IN (1, NULL)")).toBe("COLUMN:n IN:BigInt64Array[1] NULL OR");
    expect(listing("n NOT IN (1, NULL)")).toBe("COLUMN:n IN:BigInt64Array[1] NULL OR NOT");
  });

  it("are null where an operand always is", () => {
    for (const text of [
      "NULL",
      "n = NULL",
      "-NULL",
      "abs(NULL)",
      "NULL + n",
      "NULL IN (1)",
      "NULL LIKE 'x'",
    ]) {
      expect(listing(text)).toBe("NULL");
    }
    expect(listing("n = NULL OR good")).toBe("NULL COLUMN:GOOD OR");
    expect(listing("n + NULL IS NULL")).toBe("NULL IS_NULL");
  });

  it("case 67: hold literals that are wider than any column exactly", () => {
    expect(listing("big = 18446744073709551615")).toBe(
      "COLUMN:big UNSIGNED:18446744073709551615 EQ",
    );
    expect(listing("id > 9223372036854775807")).toBe("COLUMN:id INTEGER:9223372036854775807 GT");
    expect(listing("id >= 9223372036854775808")).toBe("COLUMN:id UNSIGNED:9223372036854775808 GE");
    expect(listing("id > -9223372036854775809")).toBe("COLUMN:id NUMBER:-9223372036854778000 GT");
    expect(listing("id < 1e30")).toBe("COLUMN:id NUMBER:1e+30 LT");
    // Arithmetic has 64 bits with a sign.
    expect(listing("id + 9223372036854775808")).toBe("COLUMN:id NUMBER:9223372036854776000 ADD");
  });

  it.each([
    ["n + 1", "integer"],
    ["-n", "integer"],
    ["n % 2", "integer"],
    ["abs(n)", "integer"],
    ["round(n)", "integer"],
    ["n / 2", "number"],
    ["n + 1.5", "number"],
    ["round(mag)", "number"],
    ["sqrt(n)", "number"],
    ["mag", "number"],
    ["class", "text"],
    ["'x'", "text"],
    ["good", "boolean"],
    ["flag", "boolean"],
    ["n > 1", "boolean"],
    ["n IS NULL", "boolean"],
    ["NULL", "boolean"],
  ])("of %s: %s", (text, type) => {
    expect(compileExpression(text, someColumns).type).toBe(type);
  });

  it("name the columns by position, each once", () => {
    const { columns } = compileExpression("n + id + N", someColumns);
    expect(columns).toEqual([1, 2]);
  });

  it("prefer the column that is written in the same case", () => {
    expect(compileExpression("CASE", someColumns).columns).toEqual([16]);
    expect(compileExpression("Case", someColumns).columns).toEqual([15]);
    expect(compileExpression("cLaSs", someColumns).columns).toEqual([4]);
  });

  it("take the one string or number of a cell that has a shape", () => {
    const one = columnInfo("one", { form: "1E", cellShape: [1] });
    expect(compileExpression("one", [one]).type).toBe("number");
  });
});

describe("long texts", () => {
  it("of 10,000 terms compile", () => {
    const terms = Array.from({ length: 10_000 }, (_, i) => `n = ${i}`);
    for (const [word, code] of [
      ["OR", operations.OR],
      ["AND", operations.AND],
    ] as const) {
      const program = compileWhere(terms.join(` ${word} `), someColumns);
      expect(program.integers).toHaveLength(10_000);
      expect(program.code.filter((op, i) => i % 2 === 0 && op === code)).toHaveLength(9_999);
    }
    const sum = compileExpression(terms.map(() => "n").join(" + "), someColumns);
    expect(sum.program.columns).toHaveLength(1);
  });

  it("compile with 100,000 items in a list", () => {
    const items = Array.from({ length: 100_000 }, (_, i) => i * 1_000_003);
    const { lists } = compileWhere(`id IN (${items.join(",")})`, someColumns);
    expect(lists).toEqual([BigInt64Array.from(items, BigInt)]);
  });
});
