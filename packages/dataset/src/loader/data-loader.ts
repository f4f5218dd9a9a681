import { availableParallelism, totalmem } from "node:os";
import type { NdArray } from "@fitstream/native";
import type { RemoteClient } from "@fitstream/remote";
import type { BatchedDataset } from "../dataset.js";
import { cpu } from "../device/cpu.js";
import type { DeviceBackend } from "../device/device.js";
import { badArgument, DatasetError } from "../errors.js";
import { TensorPool, type TensorPoolStats } from "../memory/tensor-pool.js";
import { checkBatches, localBatchSize, type RankSpec, stepsOf } from "../order/batches.js";
import { planSamples, type SamplePlan } from "../plan/sample-plan.js";
import { chainOf, divideSteps, isImmutable, seedOf } from "../plan/steps.js";
import type { IndexProgress } from "../survey/survey-index.js";
import type { Batch } from "./batch.js";
import { BatchMaker } from "./batch-maker.js";
import { type Executor, makeExecutor } from "./executor.js";
import { explainPlan } from "./explain.js";
import type { Filler } from "./filler.js";
import { Iteration } from "./iteration.js";
import { makeFiller } from "./make-filler.js";
import { Prefetch } from "./prefetch.js";
import { type ErrorPolicy, Quarantine, type QuarantinedSample } from "./quarantine.js";
import { rankFromEnvironment } from "./rank.js";
import { SlotLayout } from "./slot-layout.js";
import { checkState, type LoaderState, stateAt } from "./state.js";
import { DeliveryClock, type LoaderStats, StageClock } from "./stats.js";

/** Options of {@link DataLoader}. */
export interface LoaderOptions<T = NdArray> {
  /**
   * Worker threads that decode and transform. With 0, libuv's threads decode and the main thread
   * transforms. Default: one for each core but one, between 1 and 8.
   */
  readonly workers?: number | undefined;
  /**
   * Batches under way beside the one in use. Default: two for each thread, at least 3; of batches that
   * are small and take little time, as many as are worth a message to a thread, up to 4 MiB, in the
   * place of each.
   */
  readonly prefetch?: number | undefined;
  /**
   * Hard limit of the memory for batches and fetched bytes, in bytes. Default: 1 GiB, or a quarter
   * of the machine's memory where that is less.
   */
  readonly memory?: number | undefined;
  /** What batches are made of. Default: typed arrays, `cpu()`. */
  readonly device?: DeviceBackend<T> | undefined;
  /** This process's part of every global batch. Default: what the launcher's environment says. */
  readonly rank?: number | undefined;
  /** Number of processes that share every global batch. Default: as for `rank`. */
  readonly worldSize?: number | undefined;
  /** Go on where this state says. */
  readonly resume?: LoaderState | undefined;
  /** What to do about samples that fail. Default "fail". */
  readonly onError?: ErrorPolicy | ((sample: QuarantinedSample) => ErrorPolicy) | undefined;
  /** Ends everything: iterations reject with its reason, threads stop, the loader is closed. */
  readonly signal?: AbortSignal | undefined;
  /** Client for remote files. Default: a shared one. The caller closes it. */
  readonly client?: RemoteClient | undefined;
  /** How far the indexing of the survey is, while the loader opens. */
  readonly onProgress?: ((progress: IndexProgress) => void) | undefined;
  /** As TensorPoolOptions.debug: overwrite released memory, name leaked batches on close. */
  readonly debug?: boolean | undefined;
}

/** Options with every default filled in. */
interface Resolved<T> {
  readonly workers: number;
  /** Undefined where the user leaves it to the loader. */
  readonly prefetch: number | undefined;
  readonly memory: number;
  readonly device: DeviceBackend<T>;
  readonly rank: RankSpec;
  readonly onError: (sample: QuarantinedSample) => ErrorPolicy;
}

/** What exists once the loader is open. */
interface Opened {
  readonly plan: SamplePlan;
  readonly steps: number;
  readonly pool: TensorPool;
  readonly executor: Executor;
  readonly layout: SlotLayout;
  readonly filler: Filler;
  readonly quarantine: Quarantine;
  readonly maker: BatchMaker;
  readonly prefetch: Prefetch;
}

const defaultMemory = 1024 ** 3;

function resolveOptions<T>(options: LoaderOptions<T>): Resolved<T> {
  const workers = options.workers ?? Math.min(8, Math.max(1, availableParallelism() - 1));
  const { prefetch } = options;
  const isCount = (n: number, least: number): boolean => Number.isSafeInteger(n) && n >= least;
  if (!isCount(workers, 0)) throw badArgument("workers", "a whole number >= 0", String(workers));
  if (prefetch !== undefined && !isCount(prefetch, 1)) {
    throw badArgument("prefetch", "a whole number >= 1", String(prefetch));
  }
  const found = rankFromEnvironment(process.env);
  const { onError = "fail" } = options;
  return {
    workers,
    prefetch,
    memory: options.memory ?? Math.min(defaultMemory, Math.floor(totalmem() / 4)),
    // Without a device of the user's, T is NdArray.
    device: options.device ?? (cpu() as DeviceBackend<unknown> as DeviceBackend<T>),
    rank: { rank: options.rank ?? found.rank, worldSize: options.worldSize ?? found.worldSize },
    onError: typeof onError === "function" ? onError : () => onError,
  };
}

/**
 * Streams the batches of a dataset, in the order that the dataset alone determines: workers,
 * prefetch, ranks and caches make no difference to it.
 *
 * Each `for await` goes through one epoch; the next one through the next. Ending it early (`break`,
 * an error, an abort) stops what is under way. Close the loader when it is no longer needed, best
 * with `await using`; a loader that is merely dropped does not keep the process alive.
 *
 * @typeParam T What the device makes of arrays.
 * @typeParam Names Names of the tensors.
 * @example
 * ```ts
 * await using loader = new DataLoader(dataset, { workers: 2 });
 * for await (using batch of loader) {
 *   const { data, shape } = batch.tensors.image;
 *   await train(data, shape, batch.mask);
 * }
 * ```
 */
export class DataLoader<T = NdArray, Names extends string = "image">
  implements AsyncIterable<Batch<T, Names>>, AsyncDisposable
{
  readonly #dataset: BatchedDataset<Names>;
  readonly #options: LoaderOptions<T>;
  readonly #resolved: Resolved<T>;
  readonly #clock = new StageClock();
  readonly #delivery = new DeliveryClock();
  readonly #cancel = new Int32Array(new SharedArrayBuffer(4));
  readonly #stop = new AbortController();
  #opening: Promise<Opened> | undefined;
  #opened: Opened | undefined;
  #iteration: Iteration<T> | undefined;
  #closing: Promise<void> | undefined;
  /** Where the next iteration starts, and what state() says. */
  #start: { readonly epoch: number; readonly step: number };
  #position: { readonly epoch: number; readonly step: number };

  constructor(dataset: BatchedDataset<Names>, options: LoaderOptions<T> = {}) {
    this.#dataset = dataset;
    this.#options = options;
    this.#resolved = resolveOptions(options);
    this.#start = { epoch: options.resume?.epoch ?? 0, step: options.resume?.step ?? 0 };
    this.#position = this.#start;
    const { signal } = options;
    const abort = (): void => {
      this.#stop.abort(signal?.reason);
      Atomics.store(this.#cancel, 0, 1);
      // Whoever iterates sees the reason; closing has nothing to add.
      this.close().catch(() => undefined);
    };
    if (signal?.aborted) abort();
    else signal?.addEventListener("abort", abort, { once: true, signal: this.#stop.signal });
  }

  /**
   * Indexes the files and starts the threads, which the first iteration would do otherwise: call it
   * while the model loads.
   *
   * @throws {DatasetError} DATASET_STATE_MISMATCH when `resume` belongs to another dataset.
   */
  async warm(): Promise<void> {
    const { executor } = await this.#open();
    await executor.started;
  }

  #open(): Promise<Opened> {
    this.#stop.signal.throwIfAborted();
    this.#opening ??= this.#openNow();
    return this.#opening;
  }

  async #openNow(): Promise<Opened> {
    const { workers, memory, rank, onError } = this.#resolved;
    const { client, onProgress, resume, debug = false } = this.#options;
    const { signal } = this.#stop;
    const chain = chainOf(this.#dataset.node);
    // Threads take as long to start as the files to index: both at once.
    const { workerSteps } = divideSteps(chain);
    const setup = {
      steps: workerSteps,
      seed: seedOf(chain),
      immutable: isImmutable(chain),
      cancel: this.#cancel,
    };
    const executor = makeExecutor(workers, setup);
    try {
      const plan = await planSamples(this.#dataset, { client, onProgress, signal });
      checkBatches(plan.batches, rank);
      const steps = stepsOf(plan.batches);
      if (resume !== undefined) checkState(resume, plan.hash, steps);
      signal.throwIfAborted();
      const pool = new TensorPool({ maxBytes: memory, debug });
      const layout = new SlotLayout(plan.tensors, localBatchSize(plan.batches, rank));
      const clock = this.#clock;
      const filler = makeFiller({ plan, layout, executor, pool, client, clock });
      const quarantine = new Quarantine(plan.source, onError);
      const maker = new BatchMaker({ plan, rank, pool, layout, filler, quarantine, clock });
      const prefetch = new Prefetch(this.#resolved.prefetch, Math.max(3, 2 * executor.threads), {
        slotBytes: layout.byteLength,
        memory,
        takesGroups: filler.takesGroups,
      });
      this.#opened = { plan, steps, pool, executor, layout, filler, quarantine, maker, prefetch };
      return this.#opened;
    } catch (error) {
      await executor.close();
      throw error;
    }
  }

  /**
   * Iterates over one epoch.
   *
   * @throws {DatasetError} DATASET_CLOSED when an iteration is going on already, or the loader is
   *   closed.
   */
  [Symbol.asyncIterator](): AsyncIterator<Batch<T, Names>, undefined> {
    if (this.#iteration !== undefined) {
      throw new DatasetError({
        code: "DATASET_CLOSED",
        what: "the loader is being iterated already; end that iteration first",
      });
    }
    const { epoch, step } = this.#start;
    const iteration = new Iteration<T>({
      open: () => this.#open(),
      epoch,
      step,
      stop: this.#stop.signal,
      delivery: this.#delivery,
      device: this.#resolved.device,
      clock: this.#clock,
      onDeliver: (next) => {
        this.#position = next;
      },
      onEnd: () => {
        this.#iteration = undefined;
        this.#start = { epoch: epoch + 1, step: 0 };
      },
    });
    this.#iteration = iteration;
    return iteration as AsyncIterator<Batch<T, Names>, undefined>;
  }

  /** Steps of an epoch; the same on every rank. Infinity for an endless dataset. */
  async steps(): Promise<number> {
    return (await this.#open()).steps;
  }

  /**
   * Where the run stands after the last batch that was handed out: at the end of an epoch, at the
   * start of the next. Give it to `resume`.
   */
  async state(): Promise<LoaderState> {
    const { plan, steps } = await this.#open();
    return stateAt(this.#position, steps, plan.hash);
  }

  /** The next iteration starts at this step; nothing is read to get there. */
  async seek(to: { readonly epoch: number; readonly step: number }): Promise<void> {
    const { plan, steps } = await this.#open();
    checkState({ version: 1, ...to, plan: plan.hash }, plan.hash, steps);
    if (this.#iteration !== undefined) {
      throw new DatasetError({ code: "DATASET_CLOSED", what: "end the iteration before seeking" });
    }
    this.#start = { epoch: to.epoch, step: to.step };
    this.#position = this.#start;
  }

  /** Counts and times so far, and what limits the speed. */
  stats(): LoaderStats & { readonly pool: TensorPoolStats | undefined } {
    const threads = this.#opened?.executor.threads ?? 0;
    const pool = this.#opened?.pool.stats();
    return { ...this.#delivery.stats(this.#clock, threads), pool };
  }

  /** The plan in words: samples, order, steps, where each runs, memory. */
  async explain(): Promise<string> {
    const { plan, layout, prefetch } = await this.#open();
    const { workers, memory, device, rank } = this.#resolved;
    return explainPlan(plan, {
      workers,
      prefetch: prefetch.mostBatches,
      memory,
      device: device.name,
      rank,
      slotBytes: layout.byteLength,
    });
  }

  /** The samples that were skipped. */
  quarantine(): readonly QuarantinedSample[] {
    return this.#opened?.quarantine.list() ?? [];
  }

  /**
   * Stops what is under way, ends the threads, gives the memory back. Batches that are still held
   * stay valid until they are released.
   *
   * @throws {DatasetError} POOL_LEAK in debug mode, when batches were not released.
   */
  close(): Promise<void> {
    this.#closing ??= this.#closeNow();
    return this.#closing;
  }

  async #closeNow(): Promise<void> {
    Atomics.store(this.#cancel, 0, 1);
    if (!this.#stop.signal.aborted) {
      this.#stop.abort(new DatasetError({ code: "DATASET_CLOSED", what: "the loader is closed" }));
    }
    await this.#opening?.catch(() => undefined);
    await this.#iteration?.return();
    await this.#opened?.executor.close();
    await this.#opened?.filler.close();
    this.#opened?.pool.close();
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.close();
  }
}
