import { allocate, type NdArray } from "@fitstream/native";
import type { Lease } from "../memory/lease.js";
import type { TensorPool } from "../memory/tensor-pool.js";
import type { RankSpec } from "../order/batches.js";
import type { SamplePlan } from "../plan/sample-plan.js";
import { Assigner } from "./assigner.js";
import type { Assignment, StepRef } from "./assignment.js";
import type { Filled, Filler, FillOptions } from "./filler.js";
import type { Quarantine } from "./quarantine.js";
import type { SlotLayout } from "./slot-layout.js";
import type { StageClock } from "./stats.js";

/** What a batch maker works with. */
export interface BatchMakerParts {
  readonly plan: SamplePlan;
  readonly rank: RankSpec;
  readonly pool: TensorPool;
  readonly layout: SlotLayout;
  readonly filler: Filler;
  readonly quarantine: Quarantine;
  readonly clock: StageClock;
}

/** A batch in host memory, before its device sees it. */
export interface HostBatch extends StepRef {
  readonly ids: Float64Array;
  readonly mask: Uint8Array;
  /** Samples that it holds. */
  readonly count: number;
  /** The tensors, and the labels. */
  readonly arrays: Readonly<Record<string, NdArray>>;
  /** The slot under the tensors. */
  readonly lease: Lease;
}

/** A batch that somebody waits for. */
interface Wanted {
  readonly at: StepRef;
  readonly resolve: (batch: HostBatch) => void;
  readonly reject: (error: unknown) => void;
}

/** The same, when there is memory for it. */
interface WantedInSlot extends Wanted {
  readonly lease: Lease;
}

/** Makes batches: slots, samples, labels, in this order. Holds no state between them. */
export class BatchMaker {
  readonly #parts: BatchMakerParts;
  readonly #assigner: Assigner;

  constructor(parts: BatchMakerParts) {
    const { plan, rank, layout, filler } = parts;
    this.#parts = parts;
    this.#assigner = new Assigner(plan, rank, layout.places, filler);
  }

  /** Makes the batches of these steps in one go, as far as there is memory for them at once. */
  make(steps: readonly StepRef[], options: FillOptions): readonly Promise<HostBatch>[] {
    const wanted: Wanted[] = [];
    const made = steps.map(
      (at) =>
        new Promise<HostBatch>((resolve, reject) => {
          wanted.push({ at, resolve, reject });
        }),
    );
    void this.#makeAll(wanted, options);
    return made;
  }

  async #makeAll(wanted: readonly Wanted[], options: FillOptions): Promise<void> {
    for (let left = wanted; left.length > 0; ) {
      try {
        const group = await this.#withSlots(left, options);
        void this.#makeGroup(group, options);
        left = left.slice(group.length);
      } catch (error) {
        for (const { reject } of left) reject(error);
        return;
      }
    }
  }

  /**
   * Slots for these batches, or for the first of them where memory is short: whoever holds some and
   * waits for more could wait for ever.
   */
  async #withSlots(
    wanted: readonly Wanted[],
    options: FillOptions,
  ): Promise<readonly WantedInSlot[]> {
    const { pool, clock, layout } = this.#parts;
    const { byteLength } = layout;
    const group: WantedInSlot[] = [];
    for (const one of wanted) {
      const lease =
        group.length > 0
          ? pool.tryLease(byteLength)
          : await clock.time("slot", () => pool.lease(byteLength, options));
      if (lease === undefined) break;
      group.push({ ...one, lease });
    }
    return group;
  }

  async #makeGroup(group: readonly WantedInSlot[], options: FillOptions): Promise<void> {
    const leases = group.map(({ lease }) => lease);
    try {
      const assignment = this.#assigner.assign(group.map(({ at }) => at));
      const filled = await this.#parts.filler.fill(leases, assignment, options);
      options.signal.throwIfAborted();
      const failed = [...assignment.failed, ...filled.failed];
      for (const [i, wanted] of group.entries()) {
        this.#deliver(wanted, i, assignment, { ...filled, failed });
      }
    } catch (error) {
      for (const lease of leases) lease[Symbol.dispose]();
      for (const { reject } of group) reject(error);
    }
  }

  /** Hands over batch `i` of a group, or the error of a sample that may not fail. */
  #deliver(wanted: WantedInSlot, i: number, assignment: Assignment, filled: Filled): void {
    try {
      wanted.resolve(this.#batch(wanted, i, assignment, filled));
    } catch (error) {
      wanted.lease[Symbol.dispose]();
      wanted.reject(error);
    }
  }

  /** Lists what failed of a batch, and clears its place. */
  #batch(
    { at, lease }: WantedInSlot,
    i: number,
    { samples, keys }: Assignment,
    { failed, arrays: others }: Filled,
  ): HostBatch {
    const { quarantine, layout } = this.#parts;
    const { places } = layout;
    const first = i * places;
    const ids = new Float64Array(places);
    const mask = new Uint8Array(places);
    let count = 0;
    for (let place = 0; place < places; ++place) {
      ids[place] = keys[2 * (first + place)] ?? Number.NaN;
      if (Number.isNaN(samples[first + place])) continue;
      mask[place] = 1;
      ++count;
    }
    for (const { place, error } of failed) {
      if (place < first || place >= first + places) continue;
      if (mask[place - first] === 1) --count;
      mask[place - first] = 0;
      quarantine.add(samples[place] ?? 0, error, at.epoch, at.step);
    }
    if (count < places) layout.clear(lease, mask);
    const arrays = Object.assign(layout.arrays(lease), others);
    this.#addLabels(arrays, ids, mask);
    return { epoch: at.epoch, step: at.step, ids, mask, count, arrays, lease };
  }

  #addLabels(arrays: Record<string, NdArray>, ids: Float64Array, mask: Uint8Array): void {
    for (const { name, dtype, values } of this.#parts.plan.labels) {
      const data = allocate(dtype, ids.length);
      for (const [i, id] of ids.entries()) data[i] = mask[i] === 0 ? 0 : (values[id] ?? 0);
      arrays[name] = { dtype, shape: [ids.length], data };
    }
  }
}
