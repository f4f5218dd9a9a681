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
  readonly threads = 1;
  readonly #decoder: Decoder;
  #last: Promise<unknown> = Promise.resolve();

  constructor(setup: DecodeSetup) {
    this.#decoder = new Decoder(setup, false);
  }

  run(task: DecodeTask): Promise<DecodeResult> {
    // One after the other: the decoder has one piece of scratch memory.
    const result = this.#last.then(() => this.#decoder.run(task));
    this.#last = result.catch(() => undefined);
    return result;
  }

  async close(): Promise<void> {
    await this.#last;
  }
}

/** @param workers Number of worker threads; 0 works on the main thread. */
export function makeExecutor(workers: number, setup: DecodeSetup): Executor {
  return workers === 0 ? new InlineExecutor(setup) : new WorkerExecutor(workers, setup);
}
