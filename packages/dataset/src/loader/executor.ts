import { availableParallelism } from "node:os";
import { Piscina } from "piscina";
import { DatasetError } from "../errors.js";
import type { DecodeResult, DecodeSetup, DecodeTask } from "./decode-task.js";
import { Decoder } from "./decoder.js";

/** Where samples are decoded and transformed. */
export interface Executor {
  /** Threads that decode at the same time. */
  readonly threads: number;
  /** Settles when every thread has loaded its modules, or one could not. */
  readonly started: Promise<void>;
  run(task: DecodeTask): Promise<DecodeResult>;
  /** Waits for what is running, then ends the threads. */
  close(): Promise<void>;
}

/** A thread died, or did not start. */
function workerFailed(error: unknown): DatasetError {
  const found = error instanceof Error ? error.message : String(error);
  return new DatasetError(
    { code: "DATASET_WORKER_FAILED", what: "a worker thread failed", found },
    { cause: error },
  );
}

/** Keeps a promise in a set for as long as it is pending. */
function tracked<T>(running: Set<Promise<unknown>>, result: Promise<T>): Promise<T> {
  running.add(result);
  const settled = (): unknown => running.delete(result);
  result.then(settled, settled);
  return result;
}

/** Threads that libuv starts where UV_THREADPOOL_SIZE says nothing else. */
const libuvThreads = 4;

/** No threads of our own: libuv's decode, transforms run between the user's own work. */
class InlineExecutor implements Executor {
  readonly threads = Math.min(libuvThreads, availableParallelism());
  readonly started = Promise.resolve();
  readonly #decoder: Decoder;
  readonly #running = new Set<Promise<unknown>>();

  constructor(setup: DecodeSetup) {
    this.#decoder = new Decoder(setup, false);
  }

  run(task: DecodeTask): Promise<DecodeResult> {
    return tracked(this.#running, this.#decoder.run(task));
  }

  async close(): Promise<void> {
    await Promise.allSettled(this.#running);
  }
}

/** Worker threads, kept for the life of a loader. Idle ones do not keep the process alive. */
class WorkerExecutor implements Executor {
  readonly threads: number;
  readonly started: Promise<void>;
  readonly #pool: Piscina<DecodeTask, DecodeResult>;
  readonly #running = new Set<Promise<unknown>>();
  /** Decodes until a thread has started, which takes longer than a batch; undefined from then on. */
  #meanwhile: InlineExecutor | undefined;
  /** What waits for a thread: the pool itself leaves it waiting when the threads cannot start. */
  readonly #waiting = new Set<(reason: DatasetError) => void>();
  #failure: DatasetError | undefined;

  constructor(threads: number, setup: DecodeSetup) {
    this.threads = threads;
    this.#pool = new Piscina({
      filename: new URL("./worker.js", import.meta.url).href,
      name: "decode",
      minThreads: threads,
      maxThreads: threads,
      workerData: setup,
    });
    // Transforms stay away from the main thread.
    if (setup.steps.length === 0) this.#meanwhile = new InlineExecutor(setup);
    this.started = new Promise((resolve) => {
      let left = threads;
      this.#pool.on("message", () => {
        this.#meanwhile = undefined;
        if (--left === 0) resolve();
      });
      this.#pool.on("error", (error: unknown) => {
        this.#failure ??= workerFailed(error);
        for (const reject of this.#waiting) reject(this.#failure);
        resolve();
      });
    });
  }

  run(task: DecodeTask): Promise<DecodeResult> {
    if (this.#failure !== undefined) return Promise.reject(this.#failure);
    if (this.#meanwhile !== undefined) return tracked(this.#running, this.#meanwhile.run(task));
    const result = new Promise<DecodeResult>((resolve, reject) => {
      this.#waiting.add(reject);
      this.#pool
        .run(task)
        .then(resolve, (error: unknown) => reject(workerFailed(error)))
        .finally(() => this.#waiting.delete(reject));
    });
    return tracked(this.#running, result);
  }

  async close(): Promise<void> {
    // Tasks end by themselves, soon: the loader has raised their cancel flag by now. Threads are never
    // ended inside native code, which piscina's own close() would do: with two threads it counts
    // tasks as threads, and does not wait for the last one.
    await Promise.allSettled(this.#running);
    // Node 20 aborts the process when a thread is ended while it loads a module.
    await this.started;
    await this.#pool.destroy();
  }
}

/** @param workers Number of worker threads; 0 does without. */
export function makeExecutor(workers: number, setup: DecodeSetup): Executor {
  return workers === 0 ? new InlineExecutor(setup) : new WorkerExecutor(workers, setup);
}
