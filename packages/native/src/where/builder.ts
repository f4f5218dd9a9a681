import {
  type ChainLink,
  type ComparisonOperator,
  chain,
  integer,
  type Literal,
  type LiteralValue,
  logical,
  type Node,
} from "./expression.js";
import type { FunctionName } from "./functions.js";
import { print } from "./print.js";

/** A number in an expression: a constant, a column, or what is computed. */
export type NumberOperand = number | bigint | Expression<number>;
/** A text in an expression: a constant (no column name: that is `col(name)`), or a column. */
export type TextOperand = string | Expression<string>;
/** A condition: a column of logicals or bits, a comparison, or conditions that are combined. */
export type BooleanExpression = Expression<boolean>;

/** A whole number counts as an integer; NaN is null, as it is in columns. */
function literal(value: LiteralValue): Literal {
  if (typeof value === "bigint") return { kind: "literal", at: 0, value: integer(value) };
  if (typeof value !== "number") return { kind: "literal", at: 0, value };
  if (Number.isNaN(value)) return { kind: "literal", at: 0, value: null };
  return { kind: "literal", at: 0, value: Number.isSafeInteger(value) ? BigInt(value) : value };
}

let nodeOf: (expression: Expression<never>) => Node;

function operand(value: LiteralValue | Expression<never>): Node {
  return value instanceof Expression ? nodeOf(value) : literal(value);
}

/**
 * An expression over the columns of a table, made by {@link col}, its methods, and functions such as
 * {@link abs}. `String(expression)` is its text in the language of `where`; both do the same.
 * Immutable.
 *
 * ```ts
 * import { col, within } from "@fitstream/native";
 *
 * const bright = col("mag").lt(20).and(col("class").in(["STAR", "QSO"]));
 * console.log(String(bright.and(within("ra", "dec", 10, 41, 0.5))));
 * ```
 *
 * `T` is what it can be used as; a column can be used as anything until it meets a table.
 */
export class Expression<in T extends boolean | number | string> {
  declare protected readonly usableAs: (value: T) => void;
  readonly #node: Node;

  /** Of the tree. */
  constructor(node: Node) {
    this.#node = node;
  }

  static {
    nodeOf = (expression) => expression.#node;
  }

  /** `this = other`; null where either is. */
  eq(this: Expression<number>, other: NumberOperand): BooleanExpression;
  eq(this: Expression<string>, other: TextOperand): BooleanExpression;
  eq(this: Expression<boolean>, other: boolean | BooleanExpression): BooleanExpression;
  eq(other: LiteralValue | Expression<never>): BooleanExpression {
    return this.#compared("=", other);
  }

  /** `this != other`; null where either is. */
  ne(this: Expression<number>, other: NumberOperand): BooleanExpression;
  ne(this: Expression<string>, other: TextOperand): BooleanExpression;
  ne(this: Expression<boolean>, other: boolean | BooleanExpression): BooleanExpression;
  ne(other: LiteralValue | Expression<never>): BooleanExpression {
    return this.#compared("!=", other);
  }

  /** `this < other`; texts by their bytes. */
  lt(this: Expression<number>, other: NumberOperand): BooleanExpression;
  lt(this: Expression<string>, other: TextOperand): BooleanExpression;
  lt(other: LiteralValue | Expression<never>): BooleanExpression {
    return this.#compared("<", other);
  }

  /** `this <= other`. */
  le(this: Expression<number>, other: NumberOperand): BooleanExpression;
  le(this: Expression<string>, other: TextOperand): BooleanExpression;
  le(other: LiteralValue | Expression<never>): BooleanExpression {
    return this.#compared("<=", other);
  }

  /** `this > other`. */
  gt(this: Expression<number>, other: NumberOperand): BooleanExpression;
  gt(this: Expression<string>, other: TextOperand): BooleanExpression;
  gt(other: LiteralValue | Expression<never>): BooleanExpression {
    return this.#compared(">", other);
  }

  /** `this >= other`. */
  ge(this: Expression<number>, other: NumberOperand): BooleanExpression;
  ge(this: Expression<string>, other: TextOperand): BooleanExpression;
  ge(other: LiteralValue | Expression<never>): BooleanExpression {
    return this.#compared(">=", other);
  }

  /** `this BETWEEN low AND high`, both included. */
  between(this: Expression<number>, low: NumberOperand, high: NumberOperand): BooleanExpression;
  between(this: Expression<string>, low: TextOperand, high: TextOperand): BooleanExpression;
  between(
    low: LiteralValue | Expression<never>,
    high: LiteralValue | Expression<never>,
  ): BooleanExpression {
    const [from, to] = [operand(low), operand(high)];
    const node = { kind: "between", at: 0, isNegated: false, value: this.#node } as const;
    return new Expression({ ...node, low: from, high: to });
  }

  /** Whether the value is one of these; null where it is not and one of these is null. */
  in(this: Expression<number>, values: Iterable<number | bigint | null>): BooleanExpression;
  in(this: Expression<string>, values: Iterable<string | null>): BooleanExpression;
  in(values: Iterable<LiteralValue>): BooleanExpression {
    const items = Array.from(values, literal);
    return new Expression({ kind: "in", at: 0, isNegated: false, value: this.#node, items });
  }

  /** Whether the text fits a pattern: `%` any characters, `_` any one, `\` before these itself. */
  like(this: Expression<string>, pattern: string): BooleanExpression {
    const node = { kind: "like", at: 0, isNegated: false, value: nodeOf(this) } as const;
    return new Expression({ ...node, pattern: { kind: "literal", at: 0, value: pattern } });
  }

  /** Whether there is no value: never null itself. */
  isNull(): BooleanExpression {
    return new Expression({ kind: "is-null", at: 0, isNegated: false, value: this.#node });
  }

  /** Whether there is a value: never null itself. */
  isNotNull(): BooleanExpression {
    return new Expression({ kind: "is-null", at: 0, isNegated: true, value: this.#node });
  }

  /** True where all are; false where one is false, even beside nulls. */
  and(this: BooleanExpression, ...others: readonly BooleanExpression[]): BooleanExpression {
    return new Expression(logical("and", [nodeOf(this), ...others.map(nodeOf)]));
  }

  /** True where one is, even beside nulls. */
  or(this: BooleanExpression, ...others: readonly BooleanExpression[]): BooleanExpression {
    return new Expression(logical("or", [nodeOf(this), ...others.map(nodeOf)]));
  }

  /** True where this is false; null where it is null. */
  not(this: BooleanExpression): BooleanExpression {
    return new Expression({ kind: "not", at: 0, operand: nodeOf(this) });
  }

  /** `this + other`. Integers give an integer; one that 64 bits do not hold fails the read. */
  plus(this: Expression<number>, other: NumberOperand): Expression<number> {
    return chained("sum", nodeOf(this), "+", other);
  }

  /** `this - other`, as {@link plus}. */
  minus(this: Expression<number>, other: NumberOperand): Expression<number> {
    return chained("sum", nodeOf(this), "-", other);
  }

  /** `this * other`, as {@link plus}. */
  times(this: Expression<number>, other: NumberOperand): Expression<number> {
    return chained("product", nodeOf(this), "*", other);
  }

  /** `this / other`, in float64, of integers too. */
  dividedBy(this: Expression<number>, other: NumberOperand): Expression<number> {
    return chained("product", nodeOf(this), "/", other);
  }

  /** `this % other`: the rest, with the sign of `this`; null for a divisor of 0. */
  mod(this: Expression<number>, other: NumberOperand): Expression<number> {
    return chained("product", nodeOf(this), "%", other);
  }

  /** `-this`. */
  negated(this: Expression<number>): Expression<number> {
    return new Expression({ kind: "negation", at: 0, operand: nodeOf(this) });
  }

  /** The text, as `where` takes it. */
  toString(): string {
    return print(this.#node);
  }

  #compared(
    operator: ComparisonOperator,
    other: LiteralValue | Expression<never>,
  ): BooleanExpression {
    const right = operand(other);
    return new Expression({ kind: "comparison", at: 0, operator, left: this.#node, right });
  }
}

function chained(
  kind: "sum" | "product",
  first: Node,
  operator: ChainLink["operator"],
  other: NumberOperand,
): Expression<number> {
  return new Expression(chain(kind, first, [{ operator, operand: operand(other) }]));
}

/** A column, by name. Whether it exists, and what it holds, is seen when it meets a table. */
export function col(name: string): Expression<boolean | number | string> {
  return new Expression({ kind: "column", at: 0, name });
}

/** A call of a function. */
export function called(
  name: FunctionName,
  ...operands: readonly NumberOperand[]
): Expression<boolean | number> {
  return new Expression({ kind: "call", at: 0, name, operands: operands.map(operand) });
}
