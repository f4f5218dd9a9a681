import { binding } from "../binding.js";
import { bytesOf } from "../dtype.js";
import { fitsError, native } from "../errors.js";
import type { RawOperand, RawValues } from "../raw/where.js";
import type { Column } from "../table/column.js";
import type { Expression } from "./builder.js";
import { compileExpression } from "./compile.js";

interface Evaluated {
  /** How many of the values are null. */
  readonly nulls: number;
  /** One bit a value, least significant first, 0 where it is null; absent without nulls. */
  readonly validity?: Uint8Array;
}

/** What {@link evaluateExpression} gives, by `type`: one value a row, in new memory. */
export type EvaluatedValues =
  | (Evaluated & {
      readonly type: "boolean";
      /** 0 or 1. */
      readonly values: Uint8Array;
    })
  | (Evaluated & {
      readonly type: "integer";
      /** Exact. */
      readonly values: BigInt64Array;
    })
  | (Evaluated & {
      readonly type: "number";
      /** NaN where it is null. */
      readonly values: Float64Array;
    })
  | (Evaluated & {
      readonly type: "text";
      /** The characters of all texts, Latin-1, one text after the other. */
      readonly values: Uint8Array;
      /** Text `i` is `values[offsets[i]]` to `values[offsets[i + 1]]`. */
      readonly offsets: Int32Array;
    });

function operandOf(column: Column): RawOperand {
  const { info, validity } = column;
  const { kind, dtype, name } = info;
  if (column.layout === "string") {
    const { bytes, offsets } = column;
    return { kind: "string", dtype, values: bytes, offsets, validity };
  }
  if (kind !== "string" && kind !== "complex") {
    return { kind, dtype, values: bytesOf(column.data), validity };
  }
  throw fitsError({
    code: "FITS_BAD_ARGUMENT",
    what: `column ${name} cannot stand in an expression`,
    expected: "strings that were read as texts",
    found: `${kind}s as ${column.layout} values`,
  });
}

function valuesOf({ kind, values, offsets, validity, nulls }: RawValues): EvaluatedValues {
  const base = validity === undefined ? { nulls } : { nulls, validity: new Uint8Array(validity) };
  switch (kind) {
    case "boolean":
      return { type: kind, values: new Uint8Array(values), ...base };
    case "integer":
      return { type: kind, values: new BigInt64Array(values), ...base };
    case "number":
      return { type: kind, values: new Float64Array(values), ...base };
    case "text": {
      const ends = new Int32Array(offsets ?? new ArrayBuffer(4));
      return { type: kind, values: new Uint8Array(values), offsets: ends, ...base };
    }
  }
}

/**
 * Computes an expression over columns in memory, such as those of {@link Table}, in native code.
 *
 * @param columns Where its names are looked up; they must have `rows` rows and stay as they are until
 *   the promise settles.
 * @throws {FitsArgumentError} As {@link compileExpression}; FITS_BAD_ARGUMENT also for an integer
 *   that leaves 64 bits, with its row.
 */
export async function evaluateExpression(
  expression: string | Expression<never>,
  columns: readonly Column[],
  rows: number,
): Promise<EvaluatedValues> {
  const short = columns.find((column) => column.rows !== rows);
  if (short !== undefined) {
    throw fitsError({
      code: "FITS_BAD_ARGUMENT",
      what: `column ${short.info.name} has another number of rows`,
      expected: `${rows}`,
      found: `${short.rows}`,
    });
  }
  const infos = columns.map(({ info }, index) => ({ ...info, index }));
  const { program, columns: used } = compileExpression(expression, infos);
  const operands = used.flatMap((index) => columns[index] ?? []).map(operandOf);
  const slots = Int32Array.from(operands, (_, slot) => slot);
  const job = { program: { ...program, columns: slots }, rows, columns: operands };
  return valuesOf(await native(() => binding.evaluate(job)));
}
