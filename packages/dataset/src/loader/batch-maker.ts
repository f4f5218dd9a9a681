import { allocate, type NdArray } from "@fitstream/native";
import { DatasetError, toPlain } from "../errors.js";
import type { Lease } from "../memory/lease.js";
import type { TensorPool } from "../memory/tensor-pool.js";
import { positionsOf, type RankSpec } from "../order/batches.js";
import { type SamplePlan, sampleAt } from "../plan/sample-plan.js";
import { type Assignment, type FailedPlace, type PlacedSample, rowLength } from "./assignment.js";
import type { Filled, Filler, FillOptions } from "./filler.js";
import type { Quarantine } from "./quarantine.js";
import type { SlotLayout } from "./slot-layout.js";
import type { StageClock } from "./stats.js";

/** A step of the run. */
export interface StepRef {
  readonly epoch: number;
  readonly step: number;
}

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

function otherRank(expected: number, found: number): DatasetError {
  return new DatasetError({
    code: "DATASET_MISMATCH",
    what: "the image has another number of axes than the others",
    expected: String(expected),
    found: String(found),
  });
}

/** Makes batches: slots, samples, labels, in this order. Holds no state between them. */
export class BatchMaker {
  readonly #parts: BatchMakerParts;

  constructor(parts: BatchMakerParts) {
    this.#parts = parts;
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
        const leases = await this.#leases(left.length, options);
        void this.#makeGroup(left.slice(0, leases.length), leases, options);
        left = left.slice(leases.length);
      } catch (error) {
        for (const { reject } of left) reject(error);
        return;
      }
    }
  }

  /**
   * Slots for `count` batches, or for fewer where memory is short: whoever holds some and waits for
   * more could wait for ever.
   */
  async #leases(count: number, options: FillOptions): Promise<readonly Lease[]> {
    const { pool, clock, layout } = this.#parts;
    const leases = [await clock.time("slot", () => pool.lease(layout.byteLength, options))];
    while (leases.length < count) {
      const lease = pool.tryLease(layout.byteLength);
      if (lease === undefined) break;
      leases.push(lease);
    }
    return leases;
  }

  async #makeGroup(
    group: readonly Wanted[],
    leases: readonly Lease[],
    options: FillOptions,
  ): Promise<void> {
    const { filler } = this.#parts;
    try {
      const assignment = this.#assign(group);
      const filled = await filler.fill(leases, assignment, options);
      options.signal.throwIfAborted();
      for (const [i, { at, resolve, reject }] of group.entries()) {
        const lease = leases[i] as Lease;
        try {
          resolve(this.#batch(at, i, lease, assignment, filled));
        } catch (error) {
          lease[Symbol.dispose]();
          reject(error);
        }
      }
    } catch (error) {
      for (const lease of leases) lease[Symbol.dispose]();
      for (const { reject } of group) reject(error);
    }
  }

  /** Which samples the batches have, and where they lie. */
  #assign(group: readonly Wanted[]): Assignment {
    const { plan, rank, layout, filler } = this.#parts;
    const keys = new Float64Array(2 * layout.places * group.length).fill(Number.NaN);
    const samples = new Float64Array(layout.places * group.length).fill(Number.NaN);
    const { rank: axes } = filler;
    const length = rowLength(axes);
    const local = new Float64Array(length * samples.length);
    let end = 0;
    const remote: PlacedSample[] = [];
    const failed: FailedPlace[] = [];
    let place = -1;
    for (const { at } of group) {
      for (const position of positionsOf(plan.batches, at.step, rank)) {
        ++place;
        if (position === undefined) continue;
        const { sample, epoch } = sampleAt(plan, at.epoch, position);
        const id = plan.source.idOf(sample);
        samples[place] = sample;
        keys[2 * place] = id;
        keys[2 * place + 1] = epoch;
        const hdu = plan.source.hduOf(sample);
        const broken = plan.broken.get(hdu);
        if (broken !== undefined) {
          failed.push({ place, error: broken });
          continue;
        }
        try {
          const origin = filler.originOf(sample, hdu, id, epoch);
          if (origin.length !== axes) throw otherRank(axes, origin.length);
          if (plan.source.hdus[hdu]?.isRemote === true) {
            remote.push({ place, hdu, origin });
            continue;
          }
          local[end] = place;
          local[end + 1] = hdu;
          for (let axis = 0; axis < axes; ++axis) local[end + 2 + axis] = origin[axis] ?? 0;
          end += length;
        } catch (error) {
          failed.push({ place, error: toPlain(error) });
        }
      }
    }
    return { samples, keys, local: local.subarray(0, end), remote, failed };
  }

  /** Batch `i` of a group: lists what failed of it, and clears its place. */
  #batch(at: StepRef, i: number, lease: Lease, assignment: Assignment, filled: Filled): HostBatch {
    const { quarantine, layout } = this.#parts;
    const first = i * layout.places;
    const ids = new Float64Array(layout.places);
    const mask = new Uint8Array(layout.places);
    let count = 0;
    for (let place = 0; place < layout.places; ++place) {
      ids[place] = assignment.keys[2 * (first + place)] ?? Number.NaN;
      if (Number.isNaN(assignment.samples[first + place])) continue;
      mask[place] = 1;
      ++count;
    }
    for (const failed of [assignment.failed, filled.failed]) {
      for (const { place, error } of failed) {
        if (place < first || place >= first + layout.places) continue;
        mask[place - first] = 0;
        --count;
        quarantine.add(assignment.samples[place] ?? 0, error, at.epoch, at.step);
      }
    }
    if (count < layout.places) layout.clear(lease, mask);
    const arrays = { ...layout.arrays(lease), ...filled.arrays, ...this.#labels(ids, mask) };
    return { epoch: at.epoch, step: at.step, ids, mask, count, arrays, lease };
  }

  #labels(ids: Float64Array, mask: Uint8Array): Record<string, NdArray> {
    return Object.fromEntries(
      this.#parts.plan.labels.map(({ name, dtype, values }) => {
        const data = allocate(dtype, ids.length);
        for (const [i, id] of ids.entries()) data[i] = mask[i] === 0 ? 0 : (values[id] ?? 0);
        return [name, { dtype, shape: [ids.length], data }];
      }),
    );
  }
}
