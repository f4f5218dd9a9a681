/** From a table to the blocks of a frame, by what a fit found. */
import type { FlatLambdaCDM } from "../astronomy/cosmology.js";
import { tableError } from "../errors.js";
import type { FitsTable } from "../fits-table.js";
import { joinParts } from "./block.js";
import type { FrameParts, FrameTarget } from "./frame-parts.js";
import { type FrameSummaries, featureKey, inputOf } from "./frame-statistics.js";
import type { FramePlan, PlannedFeature } from "./plan.js";
import { semanticType } from "./registry.js";
import type { EncodedPart } from "./semantic-type.js";

/** What a fit found. */
export interface Fitted {
  readonly plan: FramePlan;
  readonly statistics: FrameSummaries;
  readonly cosmology: FlatLambdaCDM;
}

function encodeFeature(
  feature: PlannedFeature,
  { plan, statistics, cosmology }: Fitted,
  table: FitsTable,
): readonly EncodedPart[] {
  return semanticType(feature.type).encode(inputOf(feature, table), {
    statistics: statistics[featureKey(feature, plan)] ?? {},
    cosmology,
    dtype: plan.dtype,
  });
}

function encodeTarget(fitted: Fitted, table: FitsTable): FrameTarget | undefined {
  const { target } = fitted.plan;
  const [column = ""] = target?.columns ?? [];
  const isThere = table.names.some((name) => name.toLowerCase() === column.toLowerCase());
  if (target === undefined || !isThere) return undefined;
  const parts = encodeFeature(target, fitted, table);
  // What a type makes besides is no target: whether a value is missing, say.
  const block = joinParts(
    parts.filter((part) => part.block === parts[0]?.block),
    table.rows,
  );
  if (block.layout === "ragged") {
    throw tableError({
      code: "TABLE_TYPE",
      what: "cells of different length are no target",
      expected: "numbers, a category or a vector",
      found: target.type,
      column,
    });
  }
  const { categories } = fitted.statistics[featureKey(target, fitted.plan)]?.["value"] ?? {};
  const known = categories === undefined ? {} : { categories: categories.values };
  return { ...block, name: column, ...known };
}

/** A table as the parts of a frame. */
export function encodeTable(fitted: Fitted, table: FitsTable): FrameParts {
  const byBlock = new Map<string, EncodedPart[]>();
  for (const feature of fitted.plan.features) {
    for (const part of encodeFeature(feature, fitted, table)) {
      byBlock.set(part.block, [...(byBlock.get(part.block) ?? []), part]);
    }
  }
  const namesOf = (part: EncodedPart): readonly string[] =>
    part.layout === "dense" ? part.names : [part.name];
  const blocks = [...byBlock].map(([name, parts]) => [name, joinParts(parts, table.rows)] as const);
  return {
    rows: table.rows,
    blocks: new Map(blocks),
    columns: new Map([...byBlock].map(([name, parts]) => [name, parts.flatMap(namesOf)])),
    target: encodeTarget(fitted, table),
  };
}
