import { readFileSync } from "node:fs";
import type { CosmologyQuantity } from "@fitstream/table/frame";

/** What astropy gives; made by fixtures/make-astropy.py. */
export const astropy = JSON.parse(
  readFileSync(new URL("../../fixtures/astropy.json", import.meta.url), "utf8"),
) as {
  readonly z: readonly number[];
  readonly cosmologies: Readonly<
    Record<string, Readonly<Record<CosmologyQuantity | "expansion", readonly number[]>>>
  >;
  readonly ra: readonly number[];
  readonly dec: readonly number[];
  readonly xyz: readonly (readonly number[])[];
  readonly l: readonly number[];
  readonly b: readonly number[];
};

/** The largest relative difference, element by element. */
export function worstRatio(found: ArrayLike<number>, expected: ArrayLike<number>): number {
  let worst = found.length === expected.length ? 0 : Number.POSITIVE_INFINITY;
  for (let i = 0; i < expected.length; ++i) {
    const difference = Math.abs((found[i] as number) / (expected[i] as number) - 1);
    if (!(difference <= worst)) worst = difference;
  }
  return worst;
}
