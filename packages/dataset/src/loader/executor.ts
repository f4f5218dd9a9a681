import { availableParallelism } from "node:os";
import { Piscina } from "piscina";
import { type DecodeResult, Decoder, type DecodeSetup, type DecodeTask } from "./decode-task.js";

/** Where samples are decoded and transformed. */
export interface Executor {
  /** Threads that decode at the same time. */
  readonly threads: number;
  run(task: DecodeTask): Promise<DecodeResult>;
  /** Waits for what is running, then ends the threads. */
  close(): Promise<void>;
}

/** Threads that libuv starts where UV_THREADPOOL_SIZE says nothing else. */
const libuvThreads = 4;

/** Worker threads, kept for the life of a loader. Idle ones do not keep the process alive. */
class WorkerExecutor implements Executor {
  readonly threads: number;
  readonly #pool: Piscina<DecodeTask, DecodeResult>;

  constructor(threads: number, setup: DecodeSetup) {
    this.threads = threads;
    this.#pool = new Piscina({
      filename: new URL("./worker.js", import.meta.url).href,
      name: "decode",
      minThreads: threads,
      maxThreads: threads,
      workerData: setup,
    });
  }

  run(task: DecodeTask): Promise<DecodeResult> {
    return this.#pool.run(task);
  }

  async close(): Promise<void> {
    // Tasks end by themselves, soon: the loader has raised their cancel flag by now. Threads are
    // never killed inside native code.
    await this.#pool.close();
  }
}

/** No threads of our own: libuv's decode, transforms run between the user's own work. */
class InlineExecutor implements Executor {
  readonly threads = Math.min(libuvThreads, availableParallelism());
  readonly #decoder: Decoder;
  readonly #running = new Set<Promise<unknown>>();

  constructor(setup: DecodeSetup) {
    this.#decoder = new Decoder(setup, false);
  }

  run(task: DecodeTask): Promise<DecodeResult> {
    const result = this.#decoder.run(task).finally(() => this.#running.delete(result));
    this.#running.add(result);
    return result;
  }

  async close(): Promise<void> {
    await Promise.allSettled(this.#running);
  }
}

/** @param workers Number of worker threads; 0 does without. */
export function makeExecutor(workers: number, setup: DecodeSetup): Executor {
  return workers === 0 ? new InlineExecutor(setup) : new WorkerExecutor(workers, setup);
}
