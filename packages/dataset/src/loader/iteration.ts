import type { DeviceBackend } from "../device/device.js";
import { DatasetError } from "../errors.js";
import type { TensorPool } from "../memory/tensor-pool.js";
import type { SamplePlan } from "../plan/sample-plan.js";
import { Batch } from "./batch.js";
import type { BatchMaker, HostBatch } from "./batch-maker.js";
import { type LoaderState, stateAt } from "./state.js";
import type { DeliveryClock, StageClock } from "./stats.js";

/** What an iteration needs of its loader. */
export interface IterationParts<T> {
  readonly open: () => Promise<{
    readonly plan: SamplePlan;
    readonly steps: number;
    readonly pool: TensorPool;
    readonly maker: BatchMaker;
  }>;
  readonly device: DeviceBackend<T>;
  readonly clock: StageClock;
  readonly epoch: number;
  readonly step: number;
  readonly prefetch: number;
  /** Aborts with the loader. */
  readonly stop: AbortSignal;
  readonly delivery: DeliveryClock;
  readonly onDeliver: (next: { readonly epoch: number; readonly step: number }) => void;
  readonly onEnd: () => void;
}

/** A batch under way. */
interface Pending {
  readonly step: number;
  readonly host: Promise<HostBatch>;
  hasSlot: boolean;
}

/**
 * How long the loader waits for memory that the caller alone could give back, before it says so. Long
 * enough for a training step that holds several batches, short enough to be found when they are
 * never released.
 */
const patienceMs = 10_000;

/** One walk through an epoch: keeps `prefetch` batches under way, hands them out in order. */
export class Iteration<T> implements AsyncIterator<Batch<T, string>, undefined> {
  readonly #parts: IterationParts<T>;
  readonly #stop = new AbortController();
  readonly #signal: AbortSignal;
  readonly #pending: Pending[] = [];
  readonly #held = new Set<Batch<T>>();
  #next: number;
  #isDone = false;

  constructor(parts: IterationParts<T>) {
    this.#parts = parts;
    this.#next = parts.step;
    this.#signal = AbortSignal.any([parts.stop, this.#stop.signal]);
  }

  async next(): Promise<IteratorResult<Batch<T, string>, undefined>> {
    if (this.#isDone) {
      // Whoever asks after an abort or a close hears of it; after the end there is nothing more.
      this.#parts.stop.throwIfAborted();
      return { done: true, value: undefined };
    }
    const askedAt = this.#parts.delivery.ask();
    try {
      const { plan, steps, pool, maker } = await this.#parts.open();
      this.#signal.throwIfAborted();
      this.#prefetch(maker, steps);
      const pending = this.#pending[0];
      if (pending === undefined) {
        await this.return();
        return { done: true, value: undefined };
      }
      const host = await this.#whenReady(pending, pool);
      this.#pending.shift();
      this.#prefetch(maker, steps);
      const next = { epoch: this.#parts.epoch, step: pending.step + 1 };
      const batch = this.#upload(host, stateAt(next, steps, plan.hash));
      this.#parts.onDeliver(next);
      this.#parts.delivery.deliver(
        askedAt,
        host.mask.reduce((n, m) => n + m, 0),
      );
      return { done: false, value: batch };
    } catch (error) {
      await this.return();
      throw this.#parts.stop.aborted ? this.#parts.stop.reason : error;
    }
  }

  /** Ends the walk: stops what is under way and waits until it has. */
  async return(): Promise<IteratorReturnResult<undefined>> {
    if (!this.#isDone) {
      this.#isDone = true;
      this.#stop.abort(new DatasetError({ code: "DATASET_CLOSED", what: "the iteration ended" }));
      const left = this.#pending.splice(0);
      for (const result of await Promise.allSettled(left.map(({ host }) => host))) {
        if (result.status === "fulfilled") result.value.lease.release();
      }
      this.#parts.onEnd();
    }
    return { done: true, value: undefined };
  }

  /** Makes tensors of a batch. Only when it is handed out: a device holds one batch, not several. */
  #upload({ arrays, lease, ...rest }: HostBatch, next: LoaderState): Batch<T> {
    const { device, clock } = this.#parts;
    try {
      const uploaded = clock.timeSync("upload", () => device.upload(arrays));
      if (!uploaded.aliasesHost) lease.release();
      const batch: Batch<T> = new Batch<T>({
        ...rest,
        device: uploaded,
        lease: uploaded.aliasesHost ? lease : undefined,
        next,
        onRelease: () => this.#held.delete(batch),
      });
      if (uploaded.aliasesHost) this.#held.add(batch);
      return batch;
    } catch (error) {
      lease[Symbol.dispose]();
      throw error;
    }
  }

  #prefetch(maker: BatchMaker, steps: number): void {
    while (this.#pending.length < this.#parts.prefetch && this.#next < steps) {
      const step = this.#next++;
      const pending: Pending = {
        step,
        hasSlot: false,
        host: maker.make(
          { epoch: this.#parts.epoch, step },
          {
            signal: this.#signal,
            // What is due first is fetched first.
            priority: -step,
            onSlot: () => {
              pending.hasSlot = true;
            },
          },
        ),
      };
      // It is awaited in its turn; until then its failure is nobody's.
      pending.host.catch(() => undefined);
      this.#pending.push(pending);
    }
  }

  /** Waits for a batch; says so when it cannot come because the caller holds all memory. */
  async #whenReady(pending: Pending, pool: TensorPool): Promise<HostBatch> {
    let timer: NodeJS.Timeout | undefined;
    const starved = new Promise<never>((_, reject) => {
      timer = setInterval(() => {
        const isStarved = !pending.hasSlot && pool.stats().leases === this.#held.size;
        if (isStarved) reject(this.#exhausted());
      }, patienceMs);
    });
    try {
      return await Promise.race([pending.host, starved]);
    } finally {
      clearInterval(timer);
    }
  }

  #exhausted(): DatasetError {
    return new DatasetError({
      code: "POOL_EXHAUSTED",
      what:
        `all memory for batches is in ${this.#held.size} batches that have not been released; ` +
        "release each when its step is done (`for await (using batch of loader)` or " +
        "batch.release()), keep copies instead (`data.slice()`), or raise `memory`",
    });
  }
}
