/** What a fitted frame is saved as, and what is checked of one that is read. */
import { FlatLambdaCDM } from "../astronomy/cosmology.js";
import { isTableError, tableError } from "../errors.js";
import type { FrameSummaries } from "./frame-statistics.js";
import { oddOption } from "./option-kinds.js";
import type { FramePlan } from "./plan.js";
import { semanticType, semanticTypes } from "./registry.js";

/** The version that is written and read. In version 1, what came out was neither measured nor scaled. */
export const FRAME_VERSION = 2;

/** A fitted frame as plain data. */
export interface FrameState {
  /** What it is. */
  readonly format: "fitstream.frame";
  /** 2. */
  readonly version: number;
  /** The features. */
  readonly plan: FramePlan;
  /** What the fit found of them. */
  readonly statistics: FrameSummaries;
}

function badState(what: string, expected: string, found: unknown, cause?: unknown): Error {
  const text = typeof found === "string" ? found : (JSON.stringify(found) ?? "nothing");
  return tableError(
    { code: "TABLE_BAD_STATE", what, expected, found: text.slice(0, 80) },
    { cause },
  );
}

type Plain = Readonly<Record<string, unknown>>;
const isPlain = (value: unknown): value is Plain =>
  typeof value === "object" && value !== null && !Array.isArray(value);
const areTexts = (value: unknown): boolean =>
  Array.isArray(value) && value.every((item) => typeof item === "string");
const areNumbers = (value: unknown): boolean =>
  Array.isArray(value) && value.every((item) => typeof item === "number");

function checkFeature(feature: unknown): void {
  const isFeature =
    isPlain(feature) &&
    [feature["name"], feature["type"], feature["reason"]].every((t) => typeof t === "string") &&
    areTexts(feature["columns"]) &&
    areTexts(feature["units"]) &&
    isPlain(feature["options"]);
  if (!isFeature) throw badState("a feature of the saved frame is damaged", "a feature", feature);
  const type = String(feature["type"]);
  if (!semanticTypes().includes(type)) {
    const expected = "registerSemanticType before reading";
    throw badState("the saved frame has a semantic type that is not registered", expected, type);
  }
  const odd = oddOption(feature["options"] as Plain, semanticType(type).defaults);
  if (odd === undefined) return;
  throw badState(`the option ${odd.option} of a saved feature is damaged`, odd.expected, odd.found);
}

function isSummary(summary: unknown): boolean {
  if (!isPlain(summary)) return false;
  const { rows, nulls, nan, sentinels, numbers, categories } = summary;
  if (!areNumbers([rows, nulls, nan, sentinels])) return false;
  if (numbers !== undefined) {
    if (!isPlain(numbers) || !isPlain(numbers["quantiles"])) return false;
    if (!areNumbers([numbers["count"], numbers["mean"], numbers["std"]])) return false;
  }
  if (categories === undefined) return true;
  return isPlain(categories) && areTexts(categories["values"]) && areNumbers(categories["counts"]);
}

function checkStatistics(statistics: unknown): void {
  const parts = isPlain(statistics) ? Object.values(statistics) : [undefined];
  const summaries = parts.flatMap((part) => (isPlain(part) ? Object.values(part) : [undefined]));
  const damaged = summaries.findIndex((summary) => !isSummary(summary));
  if (damaged < 0) return;
  throw badState("the statistics of the saved frame are damaged", "statistics", summaries[damaged]);
}

/**
 * A state that may have come from anywhere.
 *
 * @throws {TableError} TABLE_BAD_STATE where it is damaged, of another version, or has unknown types.
 */
export function checkedState(state: unknown): FrameState {
  if (!isPlain(state) || state["format"] !== "fitstream.frame") {
    throw badState("this is no saved frame", 'format "fitstream.frame"', state);
  }
  const { version, plan, statistics } = state;
  if (version !== FRAME_VERSION) {
    const what = "the saved frame is of a version that this one does not read: fit it again";
    throw badState(what, String(FRAME_VERSION), version);
  }
  if (!isPlain(plan) || !Array.isArray(plan["features"])) {
    throw badState("the saved frame is damaged", "features", plan);
  }
  if (plan["dtype"] !== "float32" && plan["dtype"] !== "float64") {
    throw badState("the saved frame is damaged", "dtype float32 or float64", plan["dtype"]);
  }
  for (const feature of plan["features"]) checkFeature(feature);
  if (plan["target"] !== undefined) checkFeature(plan["target"]);
  checkStatistics(statistics);
  checkCosmology(plan["cosmology"]);
  return state as unknown as FrameState;
}

function checkCosmology(parameters: unknown): void {
  try {
    new FlatLambdaCDM(parameters as ConstructorParameters<typeof FlatLambdaCDM>[0]);
  } catch (cause) {
    if (!isTableError(cause) && !(cause instanceof TypeError)) throw cause;
    throw badState("the cosmology of the saved frame is damaged", "parameters", parameters, cause);
  }
}
