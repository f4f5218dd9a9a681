import { fitsError } from "../errors.js";
import { operations, type RawList, type RawProgram, type ValueType } from "../raw/where.js";
import type { ColumnMetadata } from "../table/column.js";
import { Expression } from "./builder.js";
import { check, checkCondition } from "./check.js";
import { childrenOf, type Node } from "./expression.js";
import { parse } from "./parser.js";
import type { Instruction, Typed } from "./typed.js";

/** Collects instructions and the constants that they name. */
class ProgramBuilder {
  readonly #code: number[] = [];
  readonly #numbers: number[] = [];
  readonly #integers: bigint[] = [];
  readonly #texts: Uint8Array[] = [];
  readonly #lists: RawList[] = [];
  readonly #slots = new Map<number, number>();

  add(typed: Typed): void {
    for (const part of typed.code) {
      if ("code" in part) this.add(part);
      else this.#code.push(operations[part.operation], this.#argument(part));
    }
  }

  #argument(instruction: Instruction): number {
    switch (instruction.operation) {
      case "COLUMN": {
        const slot = this.#slots.get(instruction.column) ?? this.#slots.size;
        this.#slots.set(instruction.column, slot);
        return slot;
      }
      case "NUMBER":
        return this.#numbers.push(instruction.value) - 1;
      case "INTEGER":
      case "UNSIGNED":
        return this.#integers.push(instruction.value) - 1;
      case "TEXT":
      case "LIKE":
        return this.#texts.push(instruction.value) - 1;
      case "BOOLEAN":
        return Number(instruction.value);
      case "IN":
        return this.#lists.push(instruction.list) - 1;
      default:
        return 0;
    }
  }

  program(): RawProgram {
    return {
      code: Int32Array.from(this.#code),
      numbers: Float64Array.from(this.#numbers),
      integers: BigInt64Array.from(this.#integers),
      texts: this.#texts,
      lists: this.#lists,
      columns: Int32Array.from(this.#slots.keys()),
    };
  }
}

/** Expressions of the builder go through their text, so that errors have a place to point at. */
function textOf(expression: string | Expression<never>): string {
  if (typeof expression === "string") return expression;
  if (expression instanceof Expression) return expression.toString();
  throw fitsError({
    code: "FITS_BAD_ARGUMENT",
    what: "this is no expression",
    expected: "a text, or what col() and its methods give",
    found: typeof expression,
  });
}

function programOf(typed: Typed): RawProgram {
  const builder = new ProgramBuilder();
  builder.add(typed);
  return builder.program();
}

/**
 * A condition on the rows of a table, ready to be evaluated.
 *
 * @throws {FitsArgumentError} FITS_BAD_ARGUMENT, FITS_OUT_OF_BOUNDS for unknown columns: with the
 *   place in the text.
 */
export function compileWhere(
  where: string | Expression<boolean>,
  columns: readonly ColumnMetadata[],
): RawProgram {
  const text = textOf(where);
  return programOf(checkCondition(parse(text), text, columns));
}

/** An expression of any type, ready to be evaluated. */
export interface CompiledExpression {
  /** For the core. */
  readonly program: RawProgram;
  /** Of the values; of `NULL` alone, boolean. */
  readonly type: ValueType;
  /** Positions of the columns that it names. */
  readonly columns: readonly number[];
}

/** As {@link compileWhere}, for an expression of any type. */
export function compileExpression(
  expression: string | Expression<never>,
  columns: readonly ColumnMetadata[],
): CompiledExpression {
  const text = textOf(expression);
  const typed = check(parse(text), text, columns);
  const program = programOf(typed);
  const type = typed.type === "null" ? "boolean" : typed.type;
  return { program, type, columns: Array.from(program.columns) };
}

/**
 * The names of the columns that an expression uses, each once, as they are written there.
 *
 * @throws {FitsArgumentError} FITS_BAD_ARGUMENT with the place, for a text that cannot be read.
 */
export function columnsOf(expression: string | Expression<never>): readonly string[] {
  const names = new Set<string>();
  const collect = (node: Node): void => {
    if (node.kind === "column") names.add(node.name);
    childrenOf(node).forEach(collect);
  };
  collect(parse(textOf(expression)));
  return [...names];
}
