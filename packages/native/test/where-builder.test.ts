/** Expressions of the builder are the same as their texts. */
import {
  abs,
  ceil,
  col,
  columnsOf,
  compileWhere,
  cos,
  degrees,
  exp,
  floor,
  ln,
  log10,
  pow,
  radians,
  round,
  sin,
  sqrt,
  tan,
  within,
} from "@fitstream/native";
import { describe, expect, it } from "vitest";
import type { Node } from "../src/where/expression.js";
import { parse } from "../src/where/parser.js";
import { print } from "../src/where/print.js";
import { someColumns } from "./helpers/columns.js";
import { Random } from "./helpers/random.js";
import { RandomExpressions, type Vocabulary, withoutPlaces } from "./helpers/random-expressions.js";

const mag = col("mag");

describe("the text of", () => {
  it.each<[unknown, string]>([
    [
      mag
        .lt(20)
        .and(col("class").in(["STAR", "QSO"]))
        .and(within("ra", "dec", 10, 41, 0.5)),
      "mag < 20 AND class IN ('STAR', 'QSO') AND within(ra, dec, 10, 41, 0.5)",
    ],
    [mag.eq(1).or(mag.ne(2.5), mag.le(3)).not(), "NOT (mag = 1 OR mag != 2.5 OR mag <= 3)"],
    [mag.gt(1).or(mag.ge(-2)).and(col("GOOD")), "(mag > 1 OR mag >= -2) AND GOOD"],
    [mag.plus(1).times(2).minus(3).gt(0), "(mag + 1) * 2 - 3 > 0"],
    [mag.minus(mag.minus(1)).lt(mag.dividedBy(mag.mod(7))), "mag - (mag - 1) < mag / (mag % 7)"],
    [
      mag
        .negated()
        .plus(-1)
        .negated()
        .lt(2n ** 64n),
      "-(-mag + -1) < 18446744073709552000.0",
    ],
    [mag.between(1, 2n ** 63n), "mag BETWEEN 1 AND 9223372036854775808"],
    [mag.isNull().or(col("n").isNotNull()), "mag IS NULL OR n IS NOT NULL"],
    [mag.isNull().eq(col("GOOD")).eq(true), "((mag IS NULL) = GOOD) = TRUE"],
    [col("it's").eq("it's"), `"it's" = 'it''s'`],
    [col('a"b').like("50\\%_%"), `"a""b" LIKE '50\\%_%'`],
    [
      col("not").in([1, null, Number.NaN, Number.POSITIVE_INFINITY]),
      `"not" IN (1, NULL, NULL, 1e999)`,
    ],
    [mag.in([]), "mag IN ()"],
    [mag.in(new Float64Array([0.1, -1e-7, -0])), "mag IN (0.1, -1e-7, 0)"],
    [mag.lt(Number.NaN), "mag < NULL"],
    [mag.lt(2 ** 60), "mag < 1152921504606847000.0"],
    [within(mag.plus(1), 2, 3, mag, 5).not(), "NOT within(mag + 1, 2, 3, mag, 5)"],
    [sqrt(log10(ln(exp(abs(mag))))).gt(1), "sqrt(log10(ln(exp(abs(mag))))) > 1"],
    [floor(ceil(round(pow(mag, -1)))).gt(1), "floor(ceil(round(pow(mag, -1)))) > 1"],
    [sin(cos(tan(radians(degrees(mag))))).gt(1), "sin(cos(tan(radians(degrees(mag))))) > 1"],
  ])("%s", (expression, text) => {
    expect(String(expression)).toBe(text);
    expect(print(parse(text))).toBe(text);
  });
});

it("compiles to the program of its text", () => {
  const where = mag.lt(20).and(col("id").in([1, 2]), col("GOOD").not());
  expect(compileWhere(where, someColumns)).toEqual(compileWhere(String(where), someColumns));
  expect(columnsOf(where)).toEqual(["mag", "id", "GOOD"]);
});

it("takes conditions as they come, thousands of them", () => {
  let where = col("id").eq(0);
  for (let id = 1; id < 3000; ++id) where = where.or(col("id").eq(id));
  expect(compileWhere(where, someColumns).integers).toHaveLength(3000);
});

it("is refused by the compiler where types do not fit", () => {
  const condition = mag.lt(20);
  const number = mag.plus(1);
  const wrong = [
    // @ts-expect-error A number is no condition.
    () => condition.and(number),
    // @ts-expect-error A condition is no number.
    () => condition.plus(1),
    // @ts-expect-error A number has no text.
    () => number.like("x"),
    // @ts-expect-error A number is not compared with a text.
    () => number.lt("x"),
    // @ts-expect-error Conditions have no order.
    () => condition.lt(condition),
    // @ts-expect-error A list of numbers and texts.
    () => mag.in([1, "x"]),
    // @ts-expect-error A condition is no operand of a function.
    () => sqrt(condition),
    // @ts-expect-error A condition is needed.
    () => compileWhere(number, someColumns),
  ];
  expect(wrong).toHaveLength(8);
});

const words: Vocabulary = {
  numbers: ["mag", "n", "odd name", 'quo"ted', "IN", "ünï"],
  texts: ["CLASS", "like"],
  booleans: ["GOOD", "true"],
  numberLiterals: [
    0n,
    1n,
    -1n,
    20n,
    -(2n ** 63n),
    2n ** 64n - 1n,
    0.5,
    -2.5,
    1e300,
    -1e-300,
    1e21,
    3,
  ],
  textLiterals: ["", "STAR", "it's", "''", " x ", "\n", "é\u0080"],
  patterns: ["%", "S_A%", "\\%", "'"],
  functions: ["abs", "sqrt", "pow"],
};

it("any tree is the one that its text is read to", () => {
  const random = new Random(20);
  const expressions = new RandomExpressions(random, words);
  const kinds = new Set<Node["kind"]>();
  for (let i = 0; i < 3000; ++i) {
    const node = i % 3 === 0 ? expressions.number(4) : expressions.boolean(4);
    kinds.add(node.kind);
    const text = print(node);
    expect(withoutPlaces(parse(text)), text).toEqual(withoutPlaces(node));
    // Case and spaces between tokens change nothing.
    expect(print(parse(`( ${text}\n)`))).toBe(text);
  }
  expect(kinds.size).toBe(14);
});
