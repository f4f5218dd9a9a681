import type PQueue from "p-queue";
import { untilAborted } from "./abort.js";

let lastId = 0;

/**
 * Queued work that several readers wait for. It ends early only when the last of them has left, so
 * no reader's abort can hurt another's read.
 */
export class Flight<T> {
  readonly #id = String(++lastId);
  readonly #controller = new AbortController();
  readonly #queue: PQueue;
  readonly #result: Promise<T>;
  /** Resolves when the work has ended, however it did. */
  readonly settled: Promise<void>;
  #priority: number;
  #isQueued = true;
  #waiters = 0;

  constructor(queue: PQueue, priority: number, work: (signal: AbortSignal) => Promise<T>) {
    this.#queue = queue;
    this.#priority = priority;
    const { signal } = this.#controller;
    const start = (): Promise<T> => {
      this.#isQueued = false;
      return work(signal);
    };
    this.#result = queue.add(start, { id: this.#id, priority, signal });
    // Each reader is told by `wait`; after the last has left there is nobody to tell.
    this.settled = this.#result.then(
      () => {},
      () => {},
    );
  }

  /** Whether the last reader has left, or had what it wanted. */
  get isOver(): boolean {
    return this.#controller.signal.aborted;
  }

  /** Lets a more urgent reader pull the work forward in the queue. */
  raise(priority: number): void {
    if (!this.#isQueued || priority <= this.#priority) return;
    this.#priority = priority;
    this.#queue.setPriority(this.#id, priority);
  }

  /** Awaits the work, until `signal` aborts: then this reader leaves. */
  async wait(signal: AbortSignal): Promise<T> {
    this.#waiters += 1;
    try {
      return await untilAborted(this.#result, signal);
    } finally {
      this.#waiters -= 1;
      if (this.#waiters === 0) this.#controller.abort();
    }
  }
}
