import { whereError } from "./where-error.js";

/** A piece of the text. */
export interface Token {
  readonly kind: "integer" | "number" | "text" | "name" | "quoted" | "symbol" | "end";
  /** As written; of texts and quoted names, what the quotes hold. */
  readonly text: string;
  /** First character, from 0. */
  readonly at: number;
}

/** Longer texts are refused: what comes from strangers must not fill memory. */
const maxLength = 16 * 1024 * 1024;

const space = /\s*/y;
const number = /(?:\d+(\.\d*)?|(\.\d+))([eE][+-]?\d+)?/y;
const name = /[A-Za-z_]\w*/y;
const symbol = /[<>!=]=|<>|[=<>+\-*/%(),]/y;
/** What people of other languages write. */
const foreign: Readonly<Record<string, string>> = {
  "&": "AND",
  "|": "OR",
  "!": "NOT",
  "^": "pow(x, y)",
  "[": "a name in double quotes",
  ".": "names with dots in double quotes",
};

/** Cuts a text into tokens, one at a time. */
export class Lexer {
  readonly text: string;
  #next = 0;

  constructor(text: string) {
    this.text = text;
    if (text.length <= maxLength) return;
    throw whereError(text, maxLength, {
      what: "the expression is too long",
      expected: `up to ${maxLength} characters`,
      found: `${text.length}`,
    });
  }

  #match(pattern: RegExp): RegExpExecArray | null {
    pattern.lastIndex = this.#next;
    const match = pattern.exec(this.text);
    if (match !== null) this.#next = pattern.lastIndex;
    return match;
  }

  next(): Token {
    this.#match(space);
    const at = this.#next;
    const first = this.text[at];
    if (first === undefined) return { kind: "end", text: "", at };
    if (first === "'") return { kind: "text", text: this.#quoted("'"), at };
    if (first === '"' || first === "`") return { kind: "quoted", text: this.#quoted(first), at };
    const digits = this.#match(number);
    if (digits !== null) return this.#number(digits, at);
    const word = this.#match(name);
    if (word !== null) return { kind: "name", text: word[0], at };
    const sign = this.#match(symbol);
    if (sign !== null) return { kind: "symbol", text: sign[0], at };
    const character = String.fromCodePoint(this.text.codePointAt(at) ?? 0);
    throw whereError(this.text, at, {
      what: "the expression cannot be read",
      expected: foreign[first] ?? "a name, a number, a text or an operator",
      found: JSON.stringify(character),
    });
  }

  #number([text, fraction, onlyFraction, exponent]: RegExpExecArray, at: number): Token {
    if (this.#match(name) !== null) {
      throw whereError(this.text, at, {
        what: "a number runs into a name",
        expected: "names that start with a digit in double quotes",
        found: this.text.slice(at, Math.min(this.#next, at + 40)),
      });
    }
    const isInteger = (fraction ?? onlyFraction ?? exponent) === undefined;
    return { kind: isInteger ? "integer" : "number", text, at };
  }

  /** What quotes hold; two of them stand for one. */
  #quoted(quote: string): string {
    const at = this.#next;
    let end = at;
    do {
      end = this.text.indexOf(quote, end + 1);
      if (end < 0) {
        throw whereError(this.text, at, {
          what: "a quote is not closed",
          expected: `another ${quote}`,
          found: "the end",
        });
      }
    } while (this.text[end + 1] === quote && ++end);
    this.#next = end + 1;
    return this.text.slice(at + 1, end).replaceAll(quote + quote, quote);
  }
}
