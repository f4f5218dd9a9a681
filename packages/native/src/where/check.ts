import type { FitsErrorFields } from "../errors.js";
import type { ColumnMetadata } from "../table/column.js";
import { columnNamed, typedColumn } from "./columns.js";
import { arithmeticConstant, constantOf, foreignCharacter, listFor } from "./constants.js";
import type {
  Between,
  Call,
  Chain,
  ChainLink,
  ColumnName,
  Comparison,
  ComparisonOperator,
  In,
  Like,
  Literal,
  Logical,
  Node,
} from "./expression.js";
import { functions } from "./functions.js";
import { isNumeric, nothing, type PlainOperation, type Typed } from "./typed.js";
import { whereError } from "./where-error.js";

const comparisons: Readonly<Record<ComparisonOperator, PlainOperation>> = {
  "=": "EQ",
  "!=": "NE",
  "<": "LT",
  "<=": "LE",
  ">": "GT",
  ">=": "GE",
};
const arithmetic: Readonly<Record<ChainLink["operator"], PlainOperation>> = {
  "+": "ADD",
  "-": "SUBTRACT",
  "*": "MULTIPLY",
  "/": "DIVIDE",
  "%": "MODULO",
};

const isEquality = (operator: ComparisonOperator): boolean => operator === "=" || operator === "!=";

/** Finds the columns of an expression and makes sure that its types fit. */
class Checker {
  readonly #text: string;
  readonly #columns: readonly ColumnMetadata[];
  /** By name: an expression may have thousands of terms, and a table as many columns. */
  readonly #found = new Map<string, Typed>();

  constructor(text: string, columns: readonly ColumnMetadata[]) {
    this.#text = text;
    this.#columns = columns;
  }

  check(node: Node): Typed {
    switch (node.kind) {
      case "literal":
        return this.#literal(node);
      case "column":
        return this.#column(node);
      case "sum":
      case "product":
        return this.#chain(node);
      case "negation": {
        const operand = this.#number(node.operand, "-");
        if (operand.type === "null") return nothing;
        return { ...operand, isUnsigned: false, code: [operand, { operation: "NEGATE" }] };
      }
      case "call":
        return this.#call(node);
      case "comparison":
        return this.#comparison(node);
      case "and":
      case "or":
        return this.#logical(node);
      case "not": {
        const code = [this.boolean(node.operand, "NOT"), { operation: "NOT" }] as const;
        return { type: "boolean", label: "a NOT", code };
      }
      case "between":
        return this.#between(node);
      case "is-null": {
        const isNull = [this.check(node.value), { operation: "IS_NULL" }] as const;
        return this.#negated(node.isNegated, isNull, "an IS NULL");
      }
      case "in":
        return this.#in(node);
      case "like":
        return this.#like(node);
    }
  }

  #column(node: ColumnName): Typed {
    const known = this.#found.get(node.name);
    if (known !== undefined) return known;
    const typed = typedColumn(node, columnNamed(node, this.#columns, this.#text), this.#text);
    this.#found.set(node.name, typed);
    return typed;
  }

  /** A boolean operand of `operator`. */
  boolean(node: Node, operator: string): Typed {
    const typed = this.check(node);
    if (typed.type === "boolean" || typed.type === "null") return typed;
    throw this.#unfit(node, `${operator} takes booleans`, "a boolean", typed);
  }

  #unfit(node: Node, what: string, expected: string, { label }: Typed): Error {
    return this.#error(node.at, { what, expected, found: label });
  }

  #error(at: number, fields: Omit<FitsErrorFields, "code">): Error {
    return whereError(this.#text, at, fields);
  }

  #negated(isNegated: boolean, code: Typed["code"], label: string): Typed {
    const last: Typed["code"] = isNegated ? [{ operation: "NOT" }] : [];
    return { type: "boolean", label, code: [...code, ...last] };
  }

  /** An operand of arithmetic. */
  #number(node: Node, operator: string): Typed {
    const typed =
      node.kind === "literal" ? constantOf(arithmeticConstant(node.value)) : this.check(node);
    if (isNumeric(typed) || typed.type === "null") return typed;
    throw this.#unfit(node, `${operator} takes numbers`, "a number", typed);
  }

  #literal({ value, at }: Literal): Typed {
    this.#checkCharacters(value, at);
    return constantOf(value);
  }

  #checkCharacters(value: Literal["value"], at: number): void {
    const foreign = typeof value === "string" ? foreignCharacter(value) : -1;
    if (typeof value !== "string" || foreign < 0) return;
    throw this.#error(at, {
      what: "no text in a FITS file has this character",
      expected: "Latin-1",
      found: String.fromCodePoint(value.codePointAt(foreign) ?? 0),
    });
  }

  #chain(node: Chain): Typed {
    const operands = [node.first, ...node.rest.map(({ operand }) => operand)];
    const operators = node.rest.map(({ operator }) => operator);
    const typed = operands.map((operand, i) =>
      this.#number(operand, operators[Math.max(0, i - 1)] ?? ""),
    );
    if (typed.some(({ type }) => type === "null")) return nothing;
    const isInteger = typed.every(({ type }) => type === "integer") && !operators.includes("/");
    const code = typed.flatMap((operand, i): Typed["code"] => {
      const operator = operators[i - 1];
      return operator === undefined ? [operand] : [operand, { operation: arithmetic[operator] }];
    });
    return { type: isInteger ? "integer" : "number", label: `a ${node.kind} of numbers`, code };
  }

  #call({ name, operands }: Call): Typed {
    const { operation, result } = functions[name];
    const typed = operands.map((operand) => this.#number(operand, name));
    if (typed.some(({ type }) => type === "null")) return nothing;
    const label = `what ${name} gives`;
    const code: Typed["code"] = [...typed, { operation }];
    if (result !== "same") return { type: result, label, code };
    const { type = "number", isUnsigned = false } = typed[0] ?? {};
    return { type, isUnsigned, label, code };
  }

  #comparison({ operator, left, right }: Comparison): Typed {
    const [a, b] = [this.check(left), this.check(right)];
    this.#checkComparable(operator, left, a, a);
    this.#checkComparable(operator, right, b, a);
    if (a.type === "null" || b.type === "null") return nothing;
    const code = [a, b, { operation: comparisons[operator] }] as const;
    return { type: "boolean", label: "a comparison", code };
  }

  /** That `typed`, at `node`, has an order if the operator needs one, and the type of `other`. */
  #checkComparable(operator: ComparisonOperator, node: Node, typed: Typed, other: Typed): void {
    if (typed.type === "boolean" && !isEquality(operator)) {
      const what = `booleans have no order, so ${operator} cannot compare them`;
      throw this.#unfit(node, what, "= or !=, a number or a text", typed);
    }
    const isNull = typed.type === "null" || other.type === "null";
    if (isNull || typed.type === other.type || (isNumeric(typed) && isNumeric(other))) return;
    const kind = isNumeric(other) ? "number" : other.type;
    throw this.#unfit(
      node,
      `${operator} compares a ${kind} with another type`,
      `a ${kind} beside ${other.label}`,
      typed,
    );
  }

  #logical({ kind, terms }: Logical): Typed {
    const operation = kind === "and" ? "AND" : "OR";
    const code = terms.flatMap((term, i): Typed["code"] => {
      const typed = this.boolean(term, operation);
      return i === 0 ? [typed] : [typed, { operation }];
    });
    return { type: "boolean", label: `an ${operation}`, code };
  }

  /** As SQL defines it: two comparisons. */
  #between({ value, low, high, isNegated }: Between): Typed {
    const { at } = value;
    const above = { kind: "comparison", at, operator: ">=", left: value, right: low } as const;
    const below = { kind: "comparison", at, operator: "<=", left: value, right: high } as const;
    const both = this.#logical({ kind: "and", at, terms: [above, below] });
    return this.#negated(isNegated, [both], "a BETWEEN");
  }

  /** A null among the items makes null of false: `x = 1 OR x = NULL`. */
  #in(node: In): Typed {
    const value = this.check(node.value);
    if (value.type === "null") return nothing;
    if (value.type === "boolean") {
      throw this.#unfit(node.value, "IN takes numbers or texts", "a number or a text", value);
    }
    for (const item of node.items) {
      this.#checkCharacters(item.value, item.at);
      const typed = constantOf(item.value);
      if (typed.type === "null" || isNumeric(typed) === isNumeric(value)) continue;
      const kind = isNumeric(value) ? "number" : "text";
      throw this.#unfit(item, `IN looks for a ${kind} among another type`, `a ${kind}`, typed);
    }
    const found = [value, { operation: "IN", list: listFor(value, node.items) }] as const;
    const hasNull = node.items.some((item) => item.value === null);
    const orNull: Typed["code"] = hasNull ? [nothing, { operation: "OR" }] : [];
    return this.#negated(node.isNegated, [...found, ...orNull], "an IN");
  }

  #like({ value, pattern, isNegated }: Like): Typed {
    const text = this.check(value);
    if (text.type === "null") return nothing;
    if (text.type !== "text") throw this.#unfit(value, "LIKE takes texts", "a text", text);
    this.#checkCharacters(pattern.value, pattern.at);
    if (/(?<!\\)(\\\\)*\\$/.test(pattern.value)) {
      throw this.#error(pattern.at, {
        what: "the pattern ends in an escape",
        expected: "a character behind each \\",
        found: "the end of the pattern",
      });
    }
    const like = { operation: "LIKE", value: Buffer.from(pattern.value, "latin1") } as const;
    return this.#negated(isNegated, [text, like], "a LIKE");
  }
}

/** The tree of `text` with its columns found; throws where a name or a type does not fit. */
export function check(node: Node, text: string, columns: readonly ColumnMetadata[]): Typed {
  return new Checker(text, columns).check(node);
}

/** The same for a condition, which must be boolean. */
export function checkCondition(
  node: Node,
  text: string,
  columns: readonly ColumnMetadata[],
): Typed {
  return new Checker(text, columns).boolean(node, "where");
}
