import { fitsError } from "../errors.js";
import type { Between, In, Like, LiteralValue, Node } from "./expression.js";
import { keywords } from "./parser.js";

/** Levels of the grammar, from the loosest. */
const levels = { or: 1, and: 2, not: 3, predicate: 4, sum: 5, product: 6, sign: 7, primary: 8 };

/** Deeper trees than the parser takes are not printed either: they would end the stack. */
const maxDepth = 1000;

function printNumber(value: number): string {
  if (value === Number.POSITIVE_INFINITY) return "1e999";
  if (value === Number.NEGATIVE_INFINITY) return "-1e999";
  const text = Object.is(value, -0) ? "-0" : String(value);
  return /^-?\d+$/.test(text) ? `${text}.0` : text;
}

function printLiteral(value: LiteralValue): string {
  switch (typeof value) {
    case "string":
      return `'${value.replaceAll("'", "''")}'`;
    case "number":
      return printNumber(value);
    case "object":
      return "NULL";
    default:
      return String(value).toUpperCase();
  }
}

function printName(name: string): string {
  const isBare = /^[A-Za-z_]\w*$/.test(name) && !keywords.has(name.toUpperCase());
  return isBare ? name : `"${name.replaceAll('"', '""')}"`;
}

/** How loosely the text of a node binds. */
function levelOf(node: Node): number {
  switch (node.kind) {
    case "literal":
      return printLiteral(node.value).startsWith("-") ? levels.sign : levels.primary;
    case "column":
    case "call":
      return levels.primary;
    case "negation":
      return levels.sign;
    case "comparison":
    case "in":
    case "between":
    case "is-null":
    case "like":
      return levels.predicate;
    default:
      return levels[node.kind];
  }
}

class Printer {
  #depth = 0;

  /** The text of `node` where `level` or a tighter one may stand. */
  print(node: Node, level: number): string {
    if (++this.#depth > maxDepth) {
      throw fitsError({ code: "FITS_BAD_ARGUMENT", what: "the expression is nested too deep" });
    }
    const text = this.#text(node);
    --this.#depth;
    return levelOf(node) < level ? `(${text})` : text;
  }

  #text(node: Node): string {
    const { sum, product, sign, not, and } = levels;
    switch (node.kind) {
      case "literal":
        return printLiteral(node.value);
      case "column":
        return printName(node.name);
      case "sum":
      case "product": {
        const tighter = node.kind === "sum" ? product : sign;
        const rest = node.rest.map((o) => ` ${o.operator} ${this.print(o.operand, tighter)}`);
        return this.print(node.first, tighter) + rest.join("");
      }
      case "negation": {
        // A minus directly before digits belongs to the constant.
        const isDigits = node.operand.kind === "literal" && typeof node.operand.value !== "object";
        return isDigits && levelOf(node.operand) !== sign
          ? `-(${this.print(node.operand, sum)})`
          : `-${this.print(node.operand, sign)}`;
      }
      case "call":
        return `${node.name}(${node.operands.map((o) => this.print(o, sum)).join(", ")})`;
      case "comparison":
        return `${this.print(node.left, sum)} ${node.operator} ${this.print(node.right, sum)}`;
      case "and":
      case "or": {
        const tighter = node.kind === "and" ? not : and;
        const terms = node.terms.map((term) => this.print(term, tighter));
        return terms.join(` ${node.kind.toUpperCase()} `);
      }
      case "not":
        return `NOT ${this.print(node.operand, not)}`;
      case "is-null":
        return `${this.print(node.value, sum)} IS ${node.isNegated ? "NOT " : ""}NULL`;
      default:
        return `${this.print(node.value, sum)} ${node.isNegated ? "NOT " : ""}${this.#test(node)}`;
    }
  }

  #test(node: In | Like | Between): string {
    switch (node.kind) {
      case "in":
        return `IN (${node.items.map(({ value }) => printLiteral(value)).join(", ")})`;
      case "like":
        return `LIKE ${printLiteral(node.pattern.value)}`;
      case "between":
        return `BETWEEN ${this.print(node.low, levels.sum)} AND ${this.print(node.high, levels.sum)}`;
    }
  }
}

/** The text of an expression, which the parser reads to the same tree. */
export function print(node: Node): string {
  return new Printer().print(node, levels.or);
}
