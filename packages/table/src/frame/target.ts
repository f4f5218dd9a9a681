/** What is predicted: how it is chosen, and the way back from predictions. */
import { tableError } from "../errors.js";
import type { ColumnSummary } from "./column-statistics.js";
import { adjustmentOf } from "./outputs.js";
import type { Feature } from "./semantic-type.js";
import { numericalPart } from "./types/numerical.js";

/** The column to predict, and as what. */
export interface TargetChoice {
  /** Its name. */
  readonly column: string;
  /**
   * "log1p": ln(1 + x), of redshifts what makes errors relative to 1 + z. Default "none".
   * {@link FrameEncoder.decodeTarget} undoes it.
   */
  readonly transform?: "none" | "log1p" | undefined;
}

/** Options of a target's type. */
export function targetOptions(
  { column, transform }: TargetChoice,
  type: string,
): { readonly transform?: string } {
  if (transform === undefined) return {};
  if (type === "numerical") return { transform };
  throw tableError({
    code: "TABLE_BAD_ARGUMENT",
    what: "only targets that are numbers are transformed",
    expected: "numerical",
    found: type,
    column,
  });
}

/** Values of a target in the units of its column. */
export function decodedTarget(
  values: ArrayLike<number>,
  target: Feature | undefined,
  statistics: Readonly<Record<string, ColumnSummary>>,
): Float64Array {
  if (target?.type !== "numerical") {
    throw tableError({
      code: target === undefined ? "TABLE_BAD_ARGUMENT" : "TABLE_TYPE",
      what: "only targets that are numbers are decoded",
      expected: "a frame that was fitted with a target of the type numerical",
      found: target?.type ?? "no target",
      column: target?.name,
    });
  }
  const part = numericalPart(target);
  const { middle, width } = adjustmentOf(target, statistics[part]);
  const undo = part === "log1p" ? Math.expm1 : (value: number): number => value;
  return Float64Array.from(values, (value) => undo(value * width + middle));
}
