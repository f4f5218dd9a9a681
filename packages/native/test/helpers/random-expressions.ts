/** Expressions over given columns, as trees, in every form that the language has. */
import {
  type ChainLink,
  type ComparisonOperator,
  chain,
  type Literal,
  logical,
  type Node,
} from "../../src/where/expression.js";
import { type FunctionName, functions } from "../../src/where/functions.js";
import type { Random } from "./random.js";

/** Names of columns by what they hold, and constants that are worth comparing with. */
export interface Vocabulary {
  readonly numbers: readonly string[];
  readonly texts: readonly string[];
  readonly booleans: readonly string[];
  readonly numberLiterals: readonly (bigint | number)[];
  readonly textLiterals: readonly string[];
  readonly patterns: readonly string[];
  readonly functions: readonly FunctionName[];
}

const at = 0;
const comparisons: readonly ComparisonOperator[] = ["=", "!=", "<", "<=", ">", ">="];

export class RandomExpressions {
  readonly #random: Random;
  readonly #words: Vocabulary;

  constructor(random: Random, words: Vocabulary) {
    this.#random = random;
    this.#words = words;
  }

  #column(names: readonly string[]): Node {
    return { kind: "column", at, name: this.#random.pick(names) };
  }

  #literal(values: readonly (bigint | number | string)[]): Literal {
    return { kind: "literal", at, value: this.#random.pick(values) };
  }

  number(depth: number): Node {
    const random = this.#random;
    const kind = depth > 0 ? random.int(6) : random.int(2);
    if (kind === 0) return this.#literal(this.#words.numberLiterals);
    if (kind === 1) return this.#column(this.#words.numbers);
    if (kind === 2) return { kind: "negation", at, operand: this.number(depth - 1) };
    if (kind === 3 && this.#words.functions.length > 0) {
      const name = random.pick(this.#words.functions);
      const operands = functions[name].operands.map(() => this.number(depth - 1));
      return { kind: "call", at, name, operands };
    }
    const isSum = random.int(2) === 0;
    const operators: readonly ChainLink["operator"][] = isSum ? ["+", "-"] : ["*", "/", "%"];
    const rest = Array.from({ length: 1 + random.int(2) }, () => ({
      operator: random.pick(operators),
      operand: this.number(depth - 1),
    }));
    return chain(isSum ? "sum" : "product", this.number(depth - 1), rest);
  }

  #text(): Node {
    const isColumn = this.#random.int(4) > 0;
    return isColumn ? this.#column(this.#words.texts) : this.#literal(this.#words.textLiterals);
  }

  /** Numbers or texts, to compare with each other. */
  #alike(count: number, depth: number): readonly Node[] {
    const isText = this.#random.int(4) === 0;
    return Array.from({ length: count }, () => (isText ? this.#text() : this.number(depth - 1)));
  }

  #in(isNegated: boolean, depth: number): Node {
    const random = this.#random;
    const isText = random.int(4) === 0;
    const values = isText ? this.#words.textLiterals : this.#words.numberLiterals;
    const items = Array.from({ length: random.int(12) }, () => this.#literal(values));
    if (random.int(4) === 0) items.push({ kind: "literal", at, value: null });
    // A constant would be equal to itself also where it is beyond 64 bits, and no item of a list.
    const number = this.number(depth - 1);
    const sought = number.kind === "literal" ? this.#column(this.#words.numbers) : number;
    return { kind: "in", at, isNegated, value: isText ? this.#text() : sought, items };
  }

  #test(depth: number): Node {
    const random = this.#random;
    const isNegated = random.int(2) === 0;
    const kind = random.int(10);
    const [value, low, high] = this.#alike(3, depth);
    if (value === undefined || low === undefined || high === undefined) throw new RangeError();
    if (kind === 0) return { kind: "between", at, isNegated, value, low, high };
    if (kind === 1) return this.#in(isNegated, depth);
    if (kind === 2) {
      const pattern = { kind: "literal", at, value: random.pick(this.#words.patterns) } as const;
      return { kind: "like", at, isNegated, value: this.#text(), pattern };
    }
    if (kind === 3) return { kind: "is-null", at, isNegated, value };
    if (kind === 4) return this.#column(this.#words.booleans);
    return { kind: "comparison", at, operator: random.pick(comparisons), left: value, right: low };
  }

  boolean(depth: number): Node {
    const random = this.#random;
    const kind = depth > 0 ? random.int(6) : 0;
    if (kind < 2) return this.#test(depth);
    if (kind === 2) return { kind: "not", at, operand: this.boolean(depth - 1) };
    if (kind === 3) {
      const operator = random.pick(["=", "!="] as const);
      const [left, right] = [this.boolean(depth - 1), this.boolean(depth - 1)];
      return { kind: "comparison", at, operator, left, right };
    }
    const terms = Array.from({ length: random.int(3) }, () => this.boolean(depth - 1));
    return logical(kind === 4 ? "and" : "or", [this.boolean(depth - 1), ...terms]);
  }
}

/** The tree with nothing in it that a position in a text changes. */
export function withoutPlaces(node: Node): Node {
  const text = JSON.stringify(node, (key, value: unknown) =>
    key === "at" ? 0 : typeof value === "bigint" ? { $integer: String(value) } : value,
  );
  return JSON.parse(text, (_key, value: unknown) =>
    value !== null && typeof value === "object" && "$integer" in value
      ? BigInt(String(value.$integer))
      : value,
  ) as Node;
}
