import { toPlain } from "../errors.js";
import type { Lease } from "../memory/lease.js";
import type { ImageReading } from "../plan/image-plan.js";
import type { SamplePlan } from "../plan/sample-plan.js";
import { rngFor } from "../random.js";
import { cropOrigin } from "../transforms/crop.js";
import type { Sample } from "../transforms/transform.js";
import {
  type Assignment,
  allEnded,
  divided,
  type FailedPlace,
  rowsOf,
  sharedPlace,
} from "./assignment.js";
import type { DecodePlan, ImageTask } from "./decode-task.js";
import type { Executor } from "./executor.js";
import type { Fetched, Fetcher } from "./fetcher.js";
import type { Filled, Filler, FillOptions } from "./filler.js";
import { copyInto } from "./image-decoder.js";
import type { SlotLayout } from "./slot-layout.js";
import type { StageClock } from "./stats.js";

/** What an image filler works with. */
export interface ImageFillerParts {
  readonly plan: SamplePlan;
  readonly reading: ImageReading;
  readonly layout: SlotLayout;
  readonly executor: Executor;
  readonly fetcher: Fetcher;
  readonly clock: StageClock;
}

/** Images and cutouts: bytes of remote ones are fetched, then threads decode and transform. */
export class ImageFiller implements Filler {
  readonly #parts: ImageFillerParts;
  readonly #decodePlan: DecodePlan;
  readonly rank: number;
  /** Local ones only: the bytes of remote batches are fetched in the order they are wanted in. */
  readonly takesGroups: boolean;

  constructor(parts: ImageFillerParts) {
    this.#parts = parts;
    const { table, decoded, output } = parts.reading;
    this.rank = decoded.shape.length;
    this.takesGroups = !parts.plan.source.hdus.some(({ isRemote }) => isRemote);
    this.#decodePlan = { images: table.images, paths: table.paths, decoded, output };
  }

  /** Of the sample's window, and of the crop within that. */
  originOf(sample: number, hdu: number, id: number, epoch: number): readonly number[] {
    const { plan, reading } = this.#parts;
    const origin = plan.source.originOf(sample);
    if (reading.crop === undefined) return origin;
    const shape = plan.source.windowShape ?? plan.source.hdus[hdu]?.hdu?.shape ?? [];
    const rng = rngFor(plan.seed, epoch, id, reading.crop.op);
    const offset = cropOrigin(reading.crop.spec, shape, rng);
    return origin.map((n, axis) => n + (offset[axis] ?? 0));
  }

  async fill(
    leases: readonly Lease[],
    assignment: Assignment,
    options: FillOptions,
  ): Promise<Filled> {
    const { fetcher, clock, executor } = this.#parts;
    const failed: FailedPlace[] = [];
    let fetched: Fetched | undefined;
    try {
      if (assignment.remote.length > 0) {
        fetched = await clock.time("fetch", () => fetcher.fetch(assignment.remote, options));
        failed.push(...fetched.failed);
      }
      const tasks = this.#tasks(leases, assignment, fetched);
      const results = await clock.time("decode", () =>
        allEnded(tasks.map((task) => executor.run(task))),
      );
      for (const result of results) clock.addThreads(result);
      failed.push(...results.flatMap((result) => result.failed));
    } finally {
      fetched?.lease?.release();
    }
    options.signal.throwIfAborted();
    await this.#runOnMain(leases, assignment, failed);
    return { failed, arrays: {} };
  }

  close(): Promise<void> {
    return this.#parts.fetcher.close();
  }

  /** Local samples divided among the threads; fetched ones as one task. */
  #tasks(
    leases: readonly Lease[],
    { local, keys }: Assignment,
    fetched: Fetched | undefined,
  ): ImageTask[] {
    const none = new Float64Array(0);
    const plan = this.#decodePlan;
    const base = {
      kind: "images",
      plan,
      targets: leases.map(sharedPlace),
      keys,
      local: none,
      fetched: none,
      packed: undefined,
      shards: [],
    } as const;
    const runs = divided(local, this.rank, this.#parts.executor.threads);
    const tasks: ImageTask[] = runs.map((part) => ({ ...base, local: part }));
    if (fetched === undefined || fetched.rows.length === 0) return tasks;
    const packed = fetched.lease && sharedPlace(fetched.lease);
    return [
      ...tasks,
      { ...base, fetched: rowsOf(fetched.rows, this.rank), packed, shards: fetched.shards },
    ];
  }

  /** Functions that could not go to the workers. */
  async #runOnMain(
    leases: readonly Lease[],
    assignment: Assignment,
    failed: FailedPlace[],
  ): Promise<void> {
    const { plan, reading, clock, layout } = this.#parts;
    const [tensor] = layout.tensors;
    if (reading.mainSteps.length === 0 || tensor === undefined) return;
    const lost = new Set([...assignment.failed, ...failed].map(({ place }) => place));
    const { shape, dtype } = reading.output;
    await clock.time("main", async () => {
      for (const [place, number] of assignment.samples.entries()) {
        if (Number.isNaN(number) || lost.has(place)) continue;
        const data = layout.sample(leases, tensor, place);
        const [id = 0, epoch = 0] = assignment.keys.subarray(2 * place, 2 * place + 2);
        try {
          let sample: Sample = { data, shape, dtype };
          for (const { op, run } of reading.mainSteps) {
            const context = { rng: rngFor(plan.seed, epoch, id, op), id, epoch };
            sample = (await run(sample, context)) ?? sample;
          }
          if (sample.data !== data) copyInto(data, sample, reading.output);
        } catch (error) {
          failed.push({ place, error: toPlain(error) });
        }
      }
    });
  }
}
