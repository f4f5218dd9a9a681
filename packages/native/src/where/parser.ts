import { nearestName } from "../nearest-name.js";
import {
  type ChainLink,
  type ComparisonOperator,
  chain,
  integer,
  type Like,
  type Literal,
  logical,
  type Node,
} from "./expression.js";
import { type FunctionName, functionNames, functions } from "./functions.js";
import { Lexer, type Token } from "./lexer.js";
import { whereError } from "./where-error.js";

/** Parentheses, calls, NOTs and signs within one another: they take stack here and in the core. */
const maxDepth = 64;
/** Names and constants, those of lists aside. */
const maxTerms = 250_000;

/** Words that mean something; columns of these names need quotes. */
export const keywords: ReadonlySet<string> = new Set(
  "AND OR NOT IN BETWEEN IS NULL LIKE TRUE FALSE".split(" "),
);

const comparisons: Readonly<Record<string, ComparisonOperator>> = {
  "=": "=",
  "==": "=",
  "!=": "!=",
  "<>": "!=",
  "<": "<",
  "<=": "<=",
  ">": ">",
  ">=": ">=",
};

/** Reads an expression; precedences are SQL's. */
class Parser {
  readonly #lexer: Lexer;
  #token: Token;
  #depth = 0;
  #terms = 0;

  constructor(text: string) {
    this.#lexer = new Lexer(text);
    this.#token = this.#lexer.next();
  }

  parse(): Node {
    const node = this.#or();
    if (this.#token.kind === "end") return node;
    const isChain = this.#token.text in comparisons;
    throw this.#unexpected(
      isChain ? "one comparison: a < b AND b < c, or parentheses" : "an operator or the end",
    );
  }

  #advance(): Token {
    const token = this.#token;
    this.#token = this.#lexer.next();
    return token;
  }

  #isKeyword(word: string): boolean {
    return this.#token.kind === "name" && this.#token.text.toUpperCase() === word;
  }

  #isSymbol(...symbols: readonly string[]): boolean {
    return this.#token.kind === "symbol" && symbols.includes(this.#token.text);
  }

  #acceptKeyword(word: string): boolean {
    const isThere = this.#isKeyword(word);
    if (isThere) this.#advance();
    return isThere;
  }

  #acceptSymbol(symbol: string): boolean {
    const isThere = this.#isSymbol(symbol);
    if (isThere) this.#advance();
    return isThere;
  }

  #expectSymbol(symbol: string, or = ""): void {
    if (!this.#acceptSymbol(symbol)) throw this.#unexpected(`${symbol}${or}`);
  }

  #unexpected(expected: string): Error {
    const { kind, text, at } = this.#token;
    const shown = text.length > 40 ? `${text.slice(0, 40)}...` : text;
    const found = kind === "end" ? "the end" : kind === "text" ? `'${shown}'` : shown;
    const what = "the expression cannot be read";
    return whereError(this.#lexer.text, at, { what, expected, found });
  }

  /** Guards the stack. */
  #nested<T>(work: () => T): T {
    if (++this.#depth > maxDepth) {
      throw whereError(this.#lexer.text, this.#token.at, {
        what: "the expression is nested too deep",
        expected: `up to ${maxDepth} levels`,
      });
    }
    const result = work();
    --this.#depth;
    return result;
  }

  #or(): Node {
    const terms: [Node, ...Node[]] = [this.#and()];
    while (this.#acceptKeyword("OR")) terms.push(this.#and());
    return logical("or", terms);
  }

  #and(): Node {
    const terms: [Node, ...Node[]] = [this.#not()];
    while (this.#acceptKeyword("AND")) terms.push(this.#not());
    return logical("and", terms);
  }

  #not(): Node {
    if (!this.#isKeyword("NOT")) return this.#predicate();
    const { at } = this.#advance();
    return { kind: "not", at, operand: this.#nested(() => this.#not()) };
  }

  #predicate(): Node {
    const value = this.#sum();
    const { at } = value;
    const operator = this.#token.kind === "symbol" ? comparisons[this.#token.text] : undefined;
    if (operator !== undefined) {
      this.#advance();
      return { kind: "comparison", at, operator, left: value, right: this.#sum() };
    }
    if (this.#acceptKeyword("IS")) {
      const isNegated = this.#acceptKeyword("NOT");
      if (!this.#acceptKeyword("NULL")) throw this.#unexpected(isNegated ? "NULL" : "NULL or NOT");
      return { kind: "is-null", at, isNegated, value };
    }
    const isNegated = this.#acceptKeyword("NOT");
    if (this.#acceptKeyword("IN"))
      return { kind: "in", at, isNegated, value, items: this.#items() };
    if (this.#acceptKeyword("LIKE")) {
      return { kind: "like", at, isNegated, value, pattern: this.#pattern() };
    }
    if (this.#acceptKeyword("BETWEEN")) {
      const low = this.#sum();
      if (!this.#acceptKeyword("AND")) throw this.#unexpected("AND");
      return { kind: "between", at, isNegated, value, low, high: this.#sum() };
    }
    if (isNegated) throw this.#unexpected("IN, LIKE or BETWEEN");
    return value;
  }

  #items(): Literal[] {
    this.#expectSymbol("(");
    const items: Literal[] = [];
    if (this.#acceptSymbol(")")) return items;
    do {
      const { at } = this.#token;
      const item = this.#acceptSymbol("-") ? this.#number(at, true) : this.#literal();
      if (item === undefined) throw this.#unexpected("a constant");
      items.push(item);
    } while (this.#acceptSymbol(","));
    this.#expectSymbol(")", " or ,");
    return items;
  }

  #pattern(): Like["pattern"] {
    if (this.#token.kind !== "text") throw this.#unexpected("a pattern in single quotes");
    const { text, at } = this.#advance();
    return { kind: "literal", at, value: text };
  }

  #sum(): Node {
    const first = this.#product();
    const rest: ChainLink[] = [];
    while (this.#isSymbol("+", "-")) {
      const operator = this.#advance().text as ChainLink["operator"];
      rest.push({ operator, operand: this.#product() });
    }
    return chain("sum", first, rest);
  }

  #product(): Node {
    const first = this.#signed();
    const rest: ChainLink[] = [];
    while (this.#isSymbol("*", "/", "%")) {
      const operator = this.#advance().text as ChainLink["operator"];
      rest.push({ operator, operand: this.#signed() });
    }
    return chain("product", first, rest);
  }

  #signed(): Node {
    if (!this.#isSymbol("-")) return this.#primary();
    const { at } = this.#advance();
    const constant = this.#number(at, true);
    if (constant !== undefined) return constant;
    return { kind: "negation", at, operand: this.#nested(() => this.#signed()) };
  }

  #primary(): Node {
    if (++this.#terms > maxTerms) {
      throw whereError(this.#lexer.text, this.#token.at, {
        what: "the expression has too many terms",
        expected: `up to ${maxTerms}; lists behind IN may be longer`,
      });
    }
    const literal = this.#literal();
    if (literal !== undefined) return literal;
    if (this.#acceptSymbol("(")) {
      const inner = this.#nested(() => this.#or());
      this.#expectSymbol(")", " or an operator");
      return inner;
    }
    const { kind, text } = this.#token;
    const isName = kind === "name" && !keywords.has(text.toUpperCase());
    if (!isName && kind !== "quoted") throw this.#unexpected("a column, a constant or (");
    const name = this.#advance();
    if (isName && this.#isSymbol("(")) return this.#call(name);
    return { kind: "column", at: name.at, name: text };
  }

  #call({ text, at }: Token): Node {
    const name = functionNames.find((known) => known === text.toLowerCase());
    if (name === undefined) throw this.#noSuchFunction(text, at);
    this.#advance();
    const operands = this.#nested(() => this.#operands(name));
    this.#expectSymbol(")", " or an operator");
    return { kind: "call", at, name, operands };
  }

  #operands(name: FunctionName): Node[] {
    const wanted: readonly string[] = functions[name].operands;
    return wanted.map((operand, i) => {
      if (i > 0) this.#expectSymbol(",", ` and ${operand}: ${name}(${wanted.join(", ")})`);
      return this.#sum();
    });
  }

  #noSuchFunction(name: string, at: number): Error {
    const near = name.toLowerCase() === "log" ? "log10 or ln" : nearestName(name, functionNames);
    return whereError(this.#lexer.text, at, {
      what: "there is no such function",
      expected: near ?? functionNames.join(", "),
      found: name.slice(0, 40),
    });
  }

  #literal(): Literal | undefined {
    const { kind, text, at } = this.#token;
    if (kind === "text") {
      this.#advance();
      return { kind: "literal", at, value: text };
    }
    if (this.#acceptKeyword("TRUE")) return { kind: "literal", at, value: true };
    if (this.#acceptKeyword("FALSE")) return { kind: "literal", at, value: false };
    if (this.#acceptKeyword("NULL")) return { kind: "literal", at, value: null };
    return this.#number(at, false);
  }

  #number(at: number, isNegative: boolean): Literal | undefined {
    const { kind, text } = this.#token;
    if (kind !== "integer" && kind !== "number") return undefined;
    this.#advance();
    // No integer of more digits has 64 bits, and the work to make BigInts of millions is not linear.
    const isExact = kind === "integer" && text.replace(/^0+/, "").length <= 20;
    if (!isExact) return { kind: "literal", at, value: isNegative ? -Number(text) : Number(text) };
    const value = integer(BigInt(text));
    return { kind: "literal", at, value: isNegative ? -value : value };
  }
}

/** The tree of an expression. */
export function parse(text: string): Node {
  return new Parser(text).parse();
}
