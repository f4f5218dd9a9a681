/** Semantic types by name: ours, and those that users register. */
import { tableError } from "../errors.js";
import type { SemanticType } from "./semantic-type.js";
import { categorical } from "./types/categorical.js";
import { coordinate } from "./types/coordinate.js";
import { embedding } from "./types/embedding.js";
import { flux } from "./types/flux.js";
import { id } from "./types/id.js";
import { magnitude } from "./types/magnitude.js";
import { multicategorical } from "./types/multicategorical.js";
import { numerical } from "./types/numerical.js";
import { redshift } from "./types/redshift.js";
import { time } from "./types/time.js";
import { timestamp } from "./types/timestamp.js";

const types = new Map<string, SemanticType>(
  [
    numerical,
    categorical,
    multicategorical,
    timestamp,
    embedding,
    id,
    coordinate,
    magnitude,
    flux,
    redshift,
    time,
  ].map((type) => [type.name, type]),
);

/** What a column is that no tensor is made of. */
export const IGNORE = "ignore";

/**
 * Makes a semantic type of one's own known by its name. A process that reads a saved frame must
 * register the same types.
 *
 * @throws {TableError} TABLE_BAD_ARGUMENT where another type has the name.
 */
export function registerSemanticType(type: SemanticType): void {
  const known = types.get(type.name);
  if (type.name === "" || type.name === IGNORE || (known !== undefined && known !== type)) {
    throw tableError({
      code: "TABLE_BAD_ARGUMENT",
      what: "a semantic type cannot have this name",
      expected: "a name that no other type has",
      found: type.name,
    });
  }
  types.set(type.name, type);
}

/** Names of the semantic types that are known. */
export function semanticTypes(): readonly string[] {
  return [...types.keys()];
}

/**
 * The semantic type of this name.
 *
 * @throws {TableError} TABLE_BAD_ARGUMENT where there is none.
 */
export function semanticType(name: string): SemanticType {
  const type = types.get(name);
  if (type !== undefined) return type;
  throw tableError({
    code: "TABLE_BAD_ARGUMENT",
    what: "there is no such semantic type",
    expected: [...types.keys()].join(", "),
    found: name,
  });
}
