import type { Operation, RawList, ValueType } from "../raw/where.js";

/** An instruction with its argument. */
export type Instruction =
  | { readonly operation: "COLUMN"; readonly column: number }
  | { readonly operation: "NUMBER"; readonly value: number }
  | { readonly operation: "INTEGER" | "UNSIGNED"; readonly value: bigint }
  | { readonly operation: "TEXT" | "LIKE"; readonly value: Uint8Array }
  | { readonly operation: "BOOLEAN"; readonly value: boolean }
  | { readonly operation: "IN"; readonly list: RawList }
  | { readonly operation: PlainOperation };

type ArgumentOperation =
  | "COLUMN"
  | "NUMBER"
  | "INTEGER"
  | "UNSIGNED"
  | "TEXT"
  | "LIKE"
  | "BOOLEAN"
  | "IN";

/** An operation without an argument. */
export type PlainOperation = Exclude<Operation, ArgumentOperation>;

/** An expression whose names are resolved and whose types fit. */
export interface Typed {
  /** "null" for what is null in every row. */
  readonly type: ValueType | "null";
  /** Integers above 2^63 may come: a column of uint64, or such a constant. */
  readonly isUnsigned?: boolean;
  /** What it is, for messages. */
  readonly label: string;
  /** Instructions, operands first. */
  readonly code: readonly (Instruction | Typed)[];
}

/** Null in every row: what follows from an operand that is NULL. */
export const nothing: Typed = { type: "null", label: "NULL", code: [{ operation: "NULL" }] };

export function isNumeric({ type }: Typed): boolean {
  return type === "integer" || type === "number";
}
