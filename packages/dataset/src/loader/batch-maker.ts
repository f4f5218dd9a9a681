import { allocate, type NdArray } from "@fitstream/native";
import { toPlain } from "../errors.js";
import type { Lease } from "../memory/lease.js";
import type { TensorPool } from "../memory/tensor-pool.js";
import { positionsOf, type RankSpec } from "../order/batches.js";
import { type SamplePlan, sampleAt } from "../plan/sample-plan.js";
import type { Assignment, FailedPlace, PlacedSample } from "./assignment.js";
import type { Filler, FillOptions } from "./filler.js";
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

/** Options of one {@link BatchMaker.make}. */
export interface MakeOptions extends FillOptions {
  /** Called when the batch has got its slot. */
  readonly onSlot: () => void;
}

/** A batch in host memory, before its device sees it. */
export interface HostBatch extends StepRef {
  readonly ids: Float64Array;
  readonly mask: Uint8Array;
  /** The tensors, and the labels. */
  readonly arrays: Readonly<Record<string, NdArray>>;
  /** The slot under the tensors. */
  readonly lease: Lease;
}

/** Makes batches: slot, samples, labels, in this order. Holds no state between them. */
export class BatchMaker {
  readonly #parts: BatchMakerParts;

  constructor(parts: BatchMakerParts) {
    this.#parts = parts;
  }

  async make(at: StepRef, options: MakeOptions): Promise<HostBatch> {
    const { pool, clock, layout } = this.#parts;
    const assignment = this.#assign(at);
    const lease = await clock.time("slot", () => pool.lease(layout.byteLength, options));
    options.onSlot();
    try {
      return await this.#fill(lease, assignment, at, options);
    } catch (error) {
      lease[Symbol.dispose]();
      throw error;
    }
  }

  /** Which samples the batch has, and where they lie. */
  #assign({ epoch, step }: StepRef): Assignment {
    const { plan, rank, layout, filler } = this.#parts;
    const keys = new Float64Array(2 * layout.places).fill(Number.NaN);
    const local: PlacedSample[] = [];
    const remote: PlacedSample[] = [];
    const failed: FailedPlace[] = [];
    const samples = positionsOf(plan.batches, step, rank).map((position, place) => {
      if (position === undefined) return undefined;
      const { sample, epoch: sampleEpoch } = sampleAt(plan, epoch, position);
      const id = plan.source.idOf(sample);
      keys.set([id, sampleEpoch], 2 * place);
      const hdu = plan.source.hduOf(sample);
      const broken = plan.broken.get(hdu);
      if (broken !== undefined) {
        failed.push({ place, error: broken });
        return sample;
      }
      try {
        const origin = filler.originOf(sample, hdu, id, sampleEpoch);
        const isRemote = plan.source.hdus[hdu]?.isRemote === true;
        (isRemote ? remote : local).push({ place, hdu, origin });
      } catch (error) {
        failed.push({ place, error: toPlain(error) });
      }
      return sample;
    });
    return { samples, keys, local, remote, failed };
  }

  /** Reads everything into the slot; lists what failed. */
  async #fill(
    lease: Lease,
    assignment: Assignment,
    at: StepRef,
    options: MakeOptions,
  ): Promise<HostBatch> {
    const { filler, quarantine, layout } = this.#parts;
    const filled = await filler.fill(lease, assignment, options);
    options.signal.throwIfAborted();
    const mask = Uint8Array.from(assignment.samples, (sample) => (sample === undefined ? 0 : 1));
    for (const { place, error } of [...assignment.failed, ...filled.failed]) {
      mask[place] = 0;
      quarantine.add(assignment.samples[place] ?? 0, error, at.epoch, at.step);
    }
    layout.clear(lease, mask);
    const ids = assignment.keys.filter((_, i) => i % 2 === 0);
    const arrays = { ...layout.arrays(lease), ...filled.arrays, ...this.#labels(ids, mask) };
    return { ...at, ids, mask, arrays, lease };
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
