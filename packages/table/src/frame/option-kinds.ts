import type { FeatureOptions } from "./semantic-type.js";

/** What kind of plain data a value is; lists by their items, where there are any. */
function kindOf(value: unknown): string {
  if (!Array.isArray(value)) return typeof value;
  return `list of ${[...new Set(value.map((item) => typeof item))].join(" and ") || "nothing"}`;
}

/** An option whose value is of another kind than its default, and what it should be. */
export interface OddOption {
  readonly option: string;
  readonly expected: string;
  readonly found: unknown;
}

/**
 * The first option that is missing, or of another kind than its default: options come from users and
 * from saved files. A default that is null allows anything, an empty list any list.
 */
export function oddOption(
  options: FeatureOptions,
  defaults: FeatureOptions,
): OddOption | undefined {
  for (const [option, usual] of Object.entries(defaults)) {
    const found = options[option];
    const [expected, kind] = [kindOf(usual), kindOf(found)];
    const isEmpty = expected === "list of nothing" || kind === "list of nothing";
    const isList = Array.isArray(usual) && Array.isArray(found);
    if (usual === null || kind === expected || (isEmpty && isList)) continue;
    return { option, expected: isEmpty ? "a list" : expected, found };
  }
  return undefined;
}
