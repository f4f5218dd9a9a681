import { allocate, type NdArray } from "@fitstream/native";
import { toPlain } from "../errors.js";
import type { Lease } from "../memory/lease.js";
import type { TensorPool } from "../memory/tensor-pool.js";
import { localBatchSize, positionsOf, type RankSpec } from "../order/batches.js";
import { type SamplePlan, sampleAt } from "../plan/sample-plan.js";
import { rngFor } from "../random.js";
import { cropOrigin } from "../transforms/crop.js";
import type { Sample } from "../transforms/transform.js";
import {
  copyInto,
  type DecodePlan,
  type DecodeResult,
  type DecodeTask,
  type FailedPlace,
  type SharedPlace,
  sampleLength,
} from "./decode-task.js";
import type { Executor } from "./executor.js";
import type { Fetched, Fetcher, FetchRow } from "./fetcher.js";
import type { Quarantine } from "./quarantine.js";
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
  readonly executor: Executor;
  readonly fetcher: Fetcher;
  readonly quarantine: Quarantine;
  readonly clock: StageClock;
}

/** Options of one {@link BatchMaker.make}. */
export interface MakeOptions {
  readonly signal: AbortSignal;
  /** Higher is wanted sooner. */
  readonly priority: number;
  /** Called when the batch has got its slot. */
  readonly onSlot: () => void;
}

/** A batch in host memory, before its device sees it. */
export interface HostBatch extends StepRef {
  readonly ids: Float64Array;
  readonly mask: Uint8Array;
  /** `image`, and the labels. */
  readonly arrays: Readonly<Record<string, NdArray>>;
  /** The slot under `arrays.image`. */
  readonly lease: Lease;
}

/** The samples of one batch, by their places. */
interface Assignment {
  /** Sample (position in storage) at each place; undefined where it stays empty. */
  readonly samples: readonly (number | undefined)[];
  /** Id and epoch of the sample at each place, interleaved; NaN where there is none. */
  readonly keys: Float64Array;
  readonly local: readonly FetchRow[];
  readonly remote: readonly FetchRow[];
  readonly failed: FailedPlace[];
}

/** Samples a thread gets in one message, at least: a message costs as much as decoding several. */
const minimumRun = 32;

/** Makes batches: slot, bytes, pixels, labels, in this order. Holds no state between them. */
export class BatchMaker {
  readonly #parts: BatchMakerParts;
  readonly #places: number;
  readonly #sampleBytes: number;
  readonly #decodePlan: DecodePlan;

  constructor(parts: BatchMakerParts) {
    this.#parts = parts;
    this.#places = localBatchSize(parts.plan.batches, parts.rank);
    const { table, decoded, output } = parts.plan;
    this.#sampleBytes = sampleLength(output);
    this.#decodePlan = { images: table.images, paths: table.paths, decoded, output };
  }

  /** Bytes of a slot. */
  get slotBytes(): number {
    return Math.max(1, this.#places * this.#sampleBytes);
  }

  async make(at: StepRef, options: MakeOptions): Promise<HostBatch> {
    const { pool, clock } = this.#parts;
    const assignment = this.#assign(at);
    const lease = await clock.time("slot", () => pool.lease(this.slotBytes, options));
    options.onSlot();
    try {
      const mask = await this.#fill(lease, assignment, at, options);
      options.signal.throwIfAborted();
      return this.#finish(lease, assignment, mask, at);
    } catch (error) {
      lease[Symbol.dispose]();
      throw error;
    }
  }

  /** Which samples the batch has, and where they lie. */
  #assign({ epoch, step }: StepRef): Assignment {
    const { plan, rank } = this.#parts;
    const keys = new Float64Array(2 * this.#places).fill(Number.NaN);
    const local: FetchRow[] = [];
    const remote: FetchRow[] = [];
    const failed: FailedPlace[] = [];
    const samples = positionsOf(plan.batches, step, rank).map((position, place) => {
      if (position === undefined) return undefined;
      const { sample, epoch: sampleEpoch } = sampleAt(plan, epoch, position);
      const id = plan.source.idOf(sample);
      keys.set([id, sampleEpoch], 2 * place);
      const image = plan.source.imageOf(sample);
      const broken = plan.broken.get(image);
      if (broken !== undefined) {
        failed.push({ place, error: broken });
        return sample;
      }
      try {
        const origin = this.#originOf(sample, image, id, sampleEpoch);
        const isRemote = plan.source.images[image]?.isRemote === true;
        (isRemote ? remote : local).push({ place, image, origin });
      } catch (error) {
        failed.push({ place, error: toPlain(error) });
      }
      return sample;
    });
    return { samples, keys, local, remote, failed };
  }

  /** First pixel to read: of the sample's window, and of the crop within that. */
  #originOf(sample: number, image: number, id: number, epoch: number): readonly number[] {
    const { plan } = this.#parts;
    const origin = plan.source.originOf(sample);
    if (plan.crop === undefined) return origin;
    const shape = plan.source.windowShape ?? plan.source.images[image]?.hdu?.shape ?? [];
    const rng = rngFor(plan.seed, epoch, id, plan.crop.op);
    const offset = cropOrigin(plan.crop.spec, shape, rng);
    return origin.map((n, axis) => n + (offset[axis] ?? 0));
  }

  /** Decodes everything into the slot; returns which places hold a sample. */
  async #fill(
    lease: Lease,
    assignment: Assignment,
    at: StepRef,
    options: MakeOptions,
  ): Promise<Uint8Array> {
    const { fetcher, quarantine, clock, executor } = this.#parts;
    const failed = [...assignment.failed];
    let fetched: Fetched | undefined;
    try {
      if (assignment.remote.length > 0) {
        fetched = await clock.time("fetch", () => fetcher.fetch(assignment.remote, options));
        failed.push(...fetched.failed);
      }
      const tasks = this.#tasks(lease, assignment, fetched);
      const results = await clock.time("decode", () =>
        allEnded(tasks.map((task) => executor.run(task))),
      );
      for (const result of results) clock.addThreads(result);
      failed.push(...results.flatMap((result: DecodeResult) => result.failed));
    } finally {
      fetched?.lease?.release();
    }
    options.signal.throwIfAborted();
    const mask = Uint8Array.from(assignment.samples, (sample) => (sample === undefined ? 0 : 1));
    for (const { place } of failed) mask[place] = 0;
    await this.#runOnMain(lease, assignment, mask, failed);
    for (const { place, error } of failed) {
      mask[place] = 0;
      quarantine.add(assignment.samples[place] ?? 0, error, at.epoch, at.step);
    }
    this.#clearEmpty(lease, mask);
    return mask;
  }

  /** Local samples divided among the threads, in runs worth a message; fetched ones as one task. */
  #tasks(lease: Lease, { local, keys }: Assignment, fetched: Fetched | undefined): DecodeTask[] {
    const target: SharedPlace = { ...lease.place, byteLength: lease.byteLength };
    const none = new Float64Array(0);
    const plan = this.#decodePlan;
    const base = { plan, target, keys, local: none, fetched: none, packed: undefined, shards: [] };
    const { threads } = this.#parts.executor;
    const runs = Math.min(
      local.length,
      Math.max(1, Math.min(threads, Math.floor(local.length / minimumRun))),
    );
    const tasks: DecodeTask[] = Array.from({ length: runs }, (_, i) => {
      const part = local.slice((i * local.length) / runs, ((i + 1) * local.length) / runs);
      return { ...base, local: rowsOf(part) };
    });
    if (fetched === undefined || fetched.rows.length === 0) return tasks;
    const packed = fetched.lease && {
      ...fetched.lease.place,
      byteLength: fetched.lease.byteLength,
    };
    return [...tasks, { ...base, fetched: rowsOf(fetched.rows), packed, shards: fetched.shards }];
  }

  /** Functions that could not go to the workers. */
  async #runOnMain(
    lease: Lease,
    { keys }: Assignment,
    mask: Uint8Array,
    failed: FailedPlace[],
  ): Promise<void> {
    const { plan, clock } = this.#parts;
    if (plan.mainSteps.length === 0) return;
    const { shape, dtype } = plan.output;
    const length = shape.reduce((n, m) => n * m, 1);
    await clock.time("main", async () => {
      for (const place of mask.keys()) {
        if (mask[place] === 0) continue;
        const data = lease.view(dtype, length, place * this.#sampleBytes);
        const [id = 0, epoch = 0] = keys.subarray(2 * place, 2 * place + 2);
        try {
          let sample: Sample = { data, shape, dtype };
          for (const { op, run } of plan.mainSteps) {
            const context = { rng: rngFor(plan.seed, epoch, id, op), id, epoch };
            sample = (await run(sample, context)) ?? sample;
          }
          if (sample.data !== data) copyInto(data, sample, plan.output);
        } catch (error) {
          failed.push({ place, error: toPlain(error) });
        }
      }
    });
  }

  #clearEmpty(lease: Lease, mask: Uint8Array): void {
    const { bytes } = lease;
    for (const [place, isFull] of mask.entries()) {
      const at = place * this.#sampleBytes;
      if (isFull === 0) bytes.fill(0, at, at + this.#sampleBytes);
    }
  }

  #finish(lease: Lease, { keys }: Assignment, mask: Uint8Array, at: StepRef): HostBatch {
    const { plan } = this.#parts;
    const ids = Float64Array.from({ length: this.#places }, (_, i) => keys[2 * i] ?? Number.NaN);
    const { shape, dtype } = plan.output;
    const length = this.#places * shape.reduce((n, m) => n * m, 1);
    const data = lease.view(dtype, length);
    const arrays: Record<string, NdArray> = {
      image: { dtype, shape: [this.#places, ...shape], data },
    };
    for (const label of plan.labels) {
      const values = allocate(label.dtype, this.#places);
      for (const [i, id] of ids.entries()) {
        values[i] = mask[i] === 0 ? 0 : (label.values[id] ?? 0);
      }
      arrays[label.name] = { dtype: label.dtype, shape: [this.#places], data: values };
    }
    return { ...at, ids, mask, arrays, lease };
  }
}

/** Waits for all, also when one fails: the others still write into the slot. */
async function allEnded<T>(promises: readonly Promise<T>[]): Promise<T[]> {
  await Promise.allSettled(promises);
  return Promise.all(promises);
}

function rowsOf(rows: readonly FetchRow[]): Float64Array {
  return Float64Array.from(rows.flatMap(({ place, image, origin }) => [place, image, ...origin]));
}
