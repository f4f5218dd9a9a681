import type { DatasetNode, SampleFunction } from "../dataset-node.js";
import { badArgument } from "../errors.js";
import type { CropSpec } from "../transforms/crop.js";
import type { TransformSpec } from "../transforms/transform.js";

/** A step that can run in a worker thread, and the number that its randomness is keyed by. */
export type WorkerStep = { readonly op: number } & (
  | { readonly kind: "builtin"; readonly spec: TransformSpec }
  | { readonly kind: "module"; readonly url: string; readonly options: unknown }
);

/** A step that can only run on the main thread. */
export interface MainStep {
  readonly op: number;
  readonly run: SampleFunction;
}

/** The steps from the source on. */
export function chainOf(node: DatasetNode): readonly DatasetNode[] {
  if (!("from" in node)) return [node];
  return [...chainOf(node.from), node];
}

/** The map steps of a dataset, by where they run. */
export interface Steps {
  /** A crop that is done by reading less; its randomness is that of step `op`. */
  readonly crop: { readonly op: number; readonly spec: CropSpec } | undefined;
  readonly workerSteps: readonly WorkerStep[];
  readonly mainSteps: readonly MainStep[];
}

/**
 * Divides the map steps: a crop at the front is done by reading less, closures and all that come
 * after them run on the main thread, the rest in the workers.
 */
export function divideSteps(chain: readonly DatasetNode[]): Steps {
  const steps = chain.flatMap((node) => (node.kind === "map" ? [node.step] : []));
  const [first] = steps;
  const crop =
    first?.kind === "builtin" && first.spec.op === "crop" ? { op: 0, spec: first.spec } : undefined;
  const workerSteps: WorkerStep[] = [];
  const mainSteps: MainStep[] = [];
  for (const [op, step] of steps.entries()) {
    if (op === 0 && crop !== undefined) continue;
    if (step.kind === "closure") mainSteps.push({ op, run: step.run });
    else if (mainSteps.length > 0) {
      throw badArgument(
        "a function is mapped before a transform that runs in the workers",
        "built-in transforms and modules first, functions last",
      );
    } else if (step.kind === "builtin") workerSteps.push({ op, kind: "builtin", spec: step.spec });
    else workerSteps.push({ op, kind: "module", url: step.url, options: step.options });
  }
  return { crop, workerSteps, mainSteps };
}

/** Seed of the random transforms: that of the last shuffle, or 0. */
export function seedOf(chain: readonly DatasetNode[]): number {
  return chain.findLast((node) => node.kind === "shuffle")?.seed ?? 0;
}

/** Whether the local files of the source may be mapped. */
export function isImmutable(chain: readonly DatasetNode[]): boolean {
  return chain.some((node) => "options" in node && node.options.immutable === true);
}
