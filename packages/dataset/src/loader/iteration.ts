import type { DeviceBackend } from "../device/device.js";
import { DatasetError } from "../errors.js";
import type { TensorPool } from "../memory/tensor-pool.js";
import type { SamplePlan } from "../plan/sample-plan.js";
import { Batch } from "./batch.js";
import type { BatchMaker, HostBatch } from "./batch-maker.js";
import type { Prefetch } from "./prefetch.js";
import { type LoaderState, stateAt } from "./state.js";
import type { DeliveryClock, StageClock } from "./stats.js";

/** What an iteration needs of its loader. */
export interface IterationParts<T> {
  readonly open: () => Promise<{
    readonly plan: SamplePlan;
    readonly steps: number;
    readonly pool: TensorPool;
    readonly maker: BatchMaker;
    readonly prefetch: Prefetch;
  }>;
  readonly device: DeviceBackend<T>;
  readonly clock: StageClock;
  readonly epoch: number;
  readonly step: number;
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
  isSettled: boolean;
}

function pendingBatch(step: number, host: Promise<HostBatch>): Pending {
  const pending = { step, host, isSettled: false };
  const settle = (): void => {
    pending.isSettled = true;
  };
  // It is awaited in its turn; until then its failure is nobody's.
  host.then(settle, settle);
  return pending;
}

/**
 * How long the loader waits for memory that the caller alone could give back, before it says so. Long
 * enough for a training step that holds several batches, short enough to be found when they are
 * never released.
 */
const patienceMs = 10_000;

/** One walk through an epoch: keeps batches under way, hands them out in order. */
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
      const { plan, steps, pool, maker, prefetch } = await this.#parts.open();
      this.#signal.throwIfAborted();
      this.#prefetch(maker, prefetch, steps);
      const pending = this.#pending[0];
      if (pending === undefined) {
        await this.return();
        return { done: true, value: undefined };
      }
      const host = await (pending.isSettled ? pending.host : this.#whenReady(pending, pool));
      this.#pending.shift();
      this.#prefetch(maker, prefetch, steps);
      const next = { epoch: this.#parts.epoch, step: pending.step + 1 };
      const batch = this.#upload(host, () => stateAt(next, steps, plan.hash));
      this.#parts.onDeliver(next);
      this.#parts.delivery.deliver(askedAt, host.count);
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
  #upload({ epoch, step, ids, mask, arrays, lease }: HostBatch, next: () => LoaderState): Batch<T> {
    const { device, clock } = this.#parts;
    try {
      const uploaded = clock.timeSync("upload", () => device.upload(arrays));
      if (!uploaded.aliasesHost) lease.release();
      const batch: Batch<T> = new Batch<T>({
        epoch,
        step,
        ids,
        mask,
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

  /** Starts groups of batches for as long as there is room for a whole one. */
  #prefetch(maker: BatchMaker, prefetch: Prefetch, steps: number): void {
    const { epoch } = this.#parts;
    for (;;) {
      const size = Math.min(prefetch.groupSize, steps - this.#next);
      if (size <= 0 || this.#pending.length + size > prefetch.batches) return;
      const group = Array.from({ length: size }, (_, i) => ({ epoch, step: this.#next + i }));
      const startedAt = performance.now();
      // What is due first is fetched first.
      const hosts = maker.make(group, { signal: this.#signal, priority: -this.#next });
      this.#pending.push(...hosts.map((host, i) => pendingBatch(this.#next + i, host)));
      this.#next += size;
      hosts.at(-1)?.then(
        () => prefetch.made(size, performance.now() - startedAt),
        () => undefined,
      );
    }
  }

  /** Waits for a batch; says so when it cannot come because the caller holds all memory. */
  async #whenReady(pending: Pending, pool: TensorPool): Promise<HostBatch> {
    let timer: NodeJS.Timeout | undefined;
    const starved = new Promise<never>((_, reject) => {
      timer = setInterval(() => {
        // A batch under way that has got its slot holds a lease that nobody else does.
        if (pool.stats().leases === this.#held.size) reject(this.#exhausted());
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
