import type { FunctionName } from "./functions.js";

/** A constant. Integers are exact as far as 64 bits go, signed or not; others are numbers. */
export type LiteralValue = bigint | number | string | boolean | null;

export type ComparisonOperator = "=" | "!=" | "<" | "<=" | ">" | ">=";
export type SumOperator = "+" | "-";
export type ProductOperator = "*" | "/" | "%";

interface Placed {
  /** First character in the text, from 0. */
  readonly at: number;
}

export interface Literal extends Placed {
  readonly kind: "literal";
  readonly value: LiteralValue;
}

export interface ColumnName extends Placed {
  readonly kind: "column";
  readonly name: string;
}

/** Operators of one precedence, left to right: a list, so that long sums are not deep trees. */
export interface Chain extends Placed {
  readonly kind: "sum" | "product";
  readonly first: Node;
  readonly rest: readonly ChainLink[];
}

export interface ChainLink {
  readonly operator: SumOperator | ProductOperator;
  readonly operand: Node;
}

export interface Negation extends Placed {
  readonly kind: "negation";
  readonly operand: Node;
}

export interface Call extends Placed {
  readonly kind: "call";
  readonly name: FunctionName;
  readonly operands: readonly Node[];
}

export interface Comparison extends Placed {
  readonly kind: "comparison";
  readonly operator: ComparisonOperator;
  readonly left: Node;
  readonly right: Node;
}

/** AND or OR of two terms or more, in one list for the same reason as {@link Chain}. */
export interface Logical extends Placed {
  readonly kind: "and" | "or";
  readonly terms: readonly Node[];
}

export interface Not extends Placed {
  readonly kind: "not";
  readonly operand: Node;
}

export interface In extends Placed {
  readonly kind: "in";
  readonly isNegated: boolean;
  readonly value: Node;
  readonly items: readonly Literal[];
}

export interface Between extends Placed {
  readonly kind: "between";
  readonly isNegated: boolean;
  readonly value: Node;
  readonly low: Node;
  readonly high: Node;
}

export interface IsNull extends Placed {
  readonly kind: "is-null";
  readonly isNegated: boolean;
  readonly value: Node;
}

export interface Like extends Placed {
  readonly kind: "like";
  readonly isNegated: boolean;
  readonly value: Node;
  readonly pattern: Literal & { readonly value: string };
}

/** An expression as a tree. */
export type Node =
  | Literal
  | ColumnName
  | Chain
  | Negation
  | Call
  | Comparison
  | Logical
  | Not
  | In
  | Between
  | IsNull
  | Like;

/** Integers of 64 bits stay exact; others become the nearest number. */
export function integer(value: bigint): bigint | number {
  return value > -(2n ** 64n) && value < 2n ** 64n ? value : Number(value);
}

/** `first` and what follows it; a chain in front of a chain of its kind goes into it. */
export function chain(kind: Chain["kind"], first: Node, rest: readonly ChainLink[]): Node {
  if (rest.length === 0) return first;
  if (first.kind !== kind) return { kind, at: first.at, first, rest };
  return { ...first, rest: [...first.rest, ...rest] };
}

/** AND or OR of the terms; terms of the same kind give theirs, which means the same. */
export function logical(kind: Logical["kind"], terms: readonly [Node, ...Node[]]): Node {
  if (terms.length === 1) return terms[0];
  const flat = terms.flatMap((term) => (term.kind === kind ? term.terms : [term]));
  return { kind, at: terms[0].at, terms: flat };
}

/** What a node stands on. */
export function childrenOf(node: Node): readonly Node[] {
  switch (node.kind) {
    case "literal":
    case "column":
      return [];
    case "sum":
    case "product":
      return [node.first, ...node.rest.map(({ operand }) => operand)];
    case "negation":
    case "not":
      return [node.operand];
    case "call":
      return node.operands;
    case "comparison":
      return [node.left, node.right];
    case "and":
    case "or":
      return node.terms;
    case "between":
      return [node.value, node.low, node.high];
    case "in":
    case "is-null":
    case "like":
      return [node.value];
  }
}
