import { Engine } from "./engine.js";
import { HttpSource } from "./http-source.js";
import { locate } from "./location.js";
import { type RemoteClientOptions, resolveOptions } from "./options.js";
import type { RemoteStats } from "./stats.js";

/** Options of opening one file. */
export interface OpenOptions {
  /** More request headers, for example Authorization. Redirects to other origins do not get them. */
  readonly headers?: Readonly<Record<string, string>> | undefined;
  /** Ends the opening; reads have signals of their own. */
  readonly signal?: AbortSignal | undefined;
}

/**
 * Connections, a queue of requests, and memory for pages, which the files opened through it share.
 * It keeps no process alive and need not be closed.
 *
 * @example
 * ```ts
 * await using client = new RemoteClient({ concurrency: 32 });
 * const source = await client.open("https://example.org/m31.fits");
 * ```
 * @throws {RemoteError} REMOTE_BAD_ARGUMENT for impossible options.
 */
export class RemoteClient implements AsyncDisposable {
  readonly #engine: Engine;

  constructor(options: RemoteClientOptions = {}) {
    this.#engine = new Engine(resolveOptions(options));
  }

  /** As {@link resolve}, which see. */
  async open(url: string | URL, options: OpenOptions = {}): Promise<HttpSource> {
    return HttpSource.open(this.#engine, locate(url, options.headers), options.signal);
  }

  /** What it has done so far. */
  stats(): RemoteStats {
    return { ...this.#engine.counters };
  }

  /** Drops connections and memory. What is under way, and all reads after it, reject. */
  async close(): Promise<void> {
    await this.#engine.close();
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.close();
  }
}
