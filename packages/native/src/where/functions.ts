import type { PlainOperation } from "./typed.js";

/** Name of a function of the language. */
export type FunctionName =
  | "abs"
  | "sqrt"
  | "log10"
  | "ln"
  | "exp"
  | "pow"
  | "floor"
  | "ceil"
  | "round"
  | "sin"
  | "cos"
  | "tan"
  | "radians"
  | "degrees"
  | "within";

interface FunctionRule {
  readonly operation: PlainOperation;
  /** What the operands are called; all are numbers. */
  readonly operands: readonly string[];
  /** "same": an integer for an integer, else a number. */
  readonly result: "same" | "number" | "boolean";
}

const ofOne = (
  operation: PlainOperation,
  result: FunctionRule["result"] = "number",
): FunctionRule => ({
  operation,
  operands: ["x"],
  result,
});

/** What calls stand for. */
export const functions: Readonly<Record<FunctionName, FunctionRule>> = {
  abs: ofOne("ABS", "same"),
  sqrt: ofOne("SQRT"),
  log10: ofOne("LOG10"),
  ln: ofOne("LN"),
  exp: ofOne("EXP"),
  pow: { operation: "POW", operands: ["x", "y"], result: "number" },
  floor: ofOne("FLOOR", "same"),
  ceil: ofOne("CEIL", "same"),
  round: ofOne("ROUND", "same"),
  sin: ofOne("SIN"),
  cos: ofOne("COS"),
  tan: ofOne("TAN"),
  radians: ofOne("RADIANS"),
  degrees: ofOne("DEGREES"),
  within: {
    operation: "WITHIN",
    operands: ["ra", "dec", "ra0", "dec0", "radius"],
    result: "boolean",
  },
};

export const functionNames: readonly FunctionName[] = Object.keys(functions) as FunctionName[];
