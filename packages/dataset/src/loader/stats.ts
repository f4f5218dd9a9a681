import type { DecodeResult } from "./decode-task.js";

/**
 * Where the time of a batch goes, in the order of its way:
 * - `slot`: waiting for memory, that is for the consumer to release a batch;
 * - `fetch`: bytes from servers;
 * - `decode`: from handing a task to the threads until it is done, queueing included;
 * - `main`: functions mapped on the main thread;
 * - `upload`: making tensors.
 */
export type Stage = "slot" | "fetch" | "decode" | "main" | "upload";

/** What a loader has done so far. Times in milliseconds. */
export interface LoaderStats {
  /** Batches delivered. */
  readonly batches: number;
  /** Samples delivered, without empty places. */
  readonly samples: number;
  /** From the first request for a batch to the last delivery. */
  readonly elapsedMs: number;
  /** Samples a second over that time. */
  readonly samplesPerSecond: number;
  /** From the first request to the first batch. */
  readonly firstBatchMs: number;
  /** Time the consumer waited for batches. */
  readonly waitedMs: number;
  /** Sums over batches, which overlap: several are under way at once. */
  readonly stageMs: Readonly<Record<Stage, number>>;
  /** Time the threads spent decoding and transforming. */
  readonly threadMs: { readonly decode: number; readonly transform: number };
  /** Threads that decode: the workers, or 1 without any. */
  readonly threads: number;
  /** Names what limits the speed, in a sentence. */
  readonly bottleneck: string;
}

/** Adds up the times of the stages. */
export class StageClock {
  readonly #ms: Record<Stage, number> = { slot: 0, fetch: 0, decode: 0, main: 0, upload: 0 };
  readonly #threads = { decode: 0, transform: 0 };

  async time<R>(stage: Stage, work: () => Promise<R>): Promise<R> {
    const start = performance.now();
    try {
      return await work();
    } finally {
      this.#ms[stage] += performance.now() - start;
    }
  }

  timeSync<R>(stage: Stage, work: () => R): R {
    const start = performance.now();
    const result = work();
    this.#ms[stage] += performance.now() - start;
    return result;
  }

  addThreads({ decodeMs, transformMs }: DecodeResult): void {
    this.#threads.decode += decodeMs;
    this.#threads.transform += transformMs;
  }

  get stageMs(): Readonly<Record<Stage, number>> {
    return { ...this.#ms };
  }

  get threadMs(): LoaderStats["threadMs"] {
    return { ...this.#threads };
  }
}

/** Counts deliveries and what the consumer waits for. */
export class DeliveryClock {
  #start: number | undefined;
  #last = 0;
  #first = 0;
  #batches = 0;
  #samples = 0;
  #waited = 0;

  /** The consumer asks for a batch. */
  ask(): number {
    const now = performance.now();
    this.#start ??= now;
    return now;
  }

  /** It has got one, of this many samples. */
  deliver(askedAt: number, samples: number): void {
    this.#last = performance.now();
    if (this.#batches === 0) this.#first = this.#last - (this.#start ?? this.#last);
    this.#waited += this.#last - askedAt;
    this.#batches += 1;
    this.#samples += samples;
  }

  stats(clock: StageClock, threads: number): LoaderStats {
    const elapsedMs = Math.max(0, this.#last - (this.#start ?? this.#last));
    const stats = {
      batches: this.#batches,
      samples: this.#samples,
      elapsedMs,
      samplesPerSecond: elapsedMs > 0 ? (this.#samples * 1000) / elapsedMs : 0,
      firstBatchMs: this.#first,
      waitedMs: this.#waited,
      stageMs: clock.stageMs,
      threadMs: clock.threadMs,
      threads,
    };
    return { ...stats, bottleneck: bottleneckOf(stats) };
  }
}

function percent(part: number, whole: number): string {
  return `${Math.round((100 * part) / Math.max(whole, 1e-9))} %`;
}

/** Share of the time that a consumer may wait before the loader is worth looking at. */
const enoughWaiting = 0.2;

/**
 * Says what limits the speed: the consumer, while it hardly waits for batches; otherwise the stage
 * that is busiest for its capacity.
 */
function bottleneckOf(stats: Omit<LoaderStats, "bottleneck">): string {
  const { elapsedMs, waitedMs, stageMs, threadMs, threads, batches } = stats;
  if (batches === 0) return "nothing has been delivered yet";
  const waited = percent(waitedMs, elapsedMs);
  if (waitedMs < enoughWaiting * elapsedMs) {
    return `the consumer: it waited for batches only ${waited} of the time, so a faster loader would hardly help`;
  }
  const capacity = threads * elapsedMs;
  const busy = [
    { name: "decoding", share: threadMs.decode / capacity, fix: "more workers" },
    {
      name: "transforms in the workers",
      share: threadMs.transform / capacity,
      fix: "more workers",
    },
    { name: "functions on the main thread", share: stageMs.main / elapsedMs, fix: "a module" },
    { name: "upload to the device", share: stageMs.upload / elapsedMs, fix: "smaller batches" },
  ].reduce((a, b) => (b.share > a.share ? b : a));
  const fetching = stageMs.fetch / Math.max(stageMs.fetch + stageMs.decode, 1e-9);
  const head = `the consumer waited for batches ${waited} of the time`;
  if (fetching > 0.5 && busy.share < 0.7) {
    return `the network: ${head}, ${percent(fetching, 1)} of which went into fetching bytes; more prefetch may help`;
  }
  if (busy.share < 0.2 && fetching <= 0.5) {
    return `starting up: ${head}, and no stage was busy for long; a longer run tells more`;
  }
  return `${busy.name}: ${head}, while this was busy ${percent(busy.share, 1)}; ${busy.fix} may help`;
}
