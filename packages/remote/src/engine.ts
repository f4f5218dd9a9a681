import PQueue from "p-queue";
import { Agent } from "undici";
import { remoteError } from "./errors.js";
import { Flight } from "./flight.js";
import type { ResolvedOptions } from "./options.js";
import { PageCache } from "./page-cache.js";
import {
  type RangeReply,
  type RangeRequest,
  type RequestContext,
  requestRange,
  type Sink,
} from "./request.js";
import { retry } from "./retry.js";
import { type Counters, newCounters } from "./stats.js";

/** What the sources of one client share: connections, queue, memory, statistics. */
export class Engine implements RequestContext {
  readonly options: ResolvedOptions;
  readonly agent: Agent;
  readonly pages: PageCache;
  readonly counters: Counters = newCounters();
  readonly #queue: PQueue;
  readonly #closing = new AbortController();

  constructor(options: ResolvedOptions) {
    this.options = options;
    this.pages = new PageCache(options.cacheBytes);
    this.#queue = new PQueue({ concurrency: options.concurrency });
    this.agent = new Agent({
      connections: options.concurrency,
      connect: { timeout: options.connectTimeoutMs },
      headersTimeout: options.headersTimeoutMs,
      bodyTimeout: options.idleTimeoutMs,
      keepAliveTimeout: options.keepAliveMs,
      keepAliveMaxTimeout: options.keepAliveMs,
    });
  }

  /** Aborts when the client is closed. */
  get closing(): AbortSignal {
    return this.#closing.signal;
  }

  /** Queues work that asks a server. It keeps its place in the queue while it pauses for a retry. */
  launch<T>(priority: number, work: (signal: AbortSignal) => Promise<T>): Flight<T> {
    return new Flight(this.#queue, priority, work);
  }

  /** Fetches one range. After a failed attempt `sink` gets the bytes from the start again. */
  async fetch(request: RangeRequest, sink: Sink, signal: AbortSignal): Promise<RangeReply> {
    const { retries, deadlineMs } = this.options;
    const attempt = (attemptSignal: AbortSignal, number: number): Promise<RangeReply> => {
      if (number > 1) this.counters.retries += 1;
      return requestRange(request, sink, this, attemptSignal);
    };
    try {
      return await retry(attempt, { url: request.name, retries, deadlineMs }, signal);
    } catch (error) {
      if (!signal.aborted) this.counters.errors += 1;
      throw error;
    }
  }

  async close(): Promise<void> {
    this.#closing.abort(remoteError({ code: "REMOTE_CLOSED", what: "the client was closed" }));
    this.pages.clear();
    await this.agent.destroy();
  }
}
