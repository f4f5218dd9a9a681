import { withAbort } from "./abort.js";
import type { ByteRange, ByteSource, ReadOptions } from "./byte-source.js";
import { coalesce, type PageSpan, pagesOf } from "./coalesce.js";
import type { Engine } from "./engine.js";
import { remoteError } from "./errors.js";
import type { Flight } from "./flight.js";
import type { Location } from "./location.js";
import { PageCollector, type Pages, pageBytes } from "./page-cache.js";
import type { RangeReply, RangeRequest } from "./request.js";
import type { Validator } from "./response.js";
import { Scatter } from "./scatter.js";

let versionless = 0;

/** Names one version of one file. Without a validator no two opens can be trusted to be alike. */
function keyOf(location: Location, { size, etag, lastModified }: Validator): string {
  return `${etag ?? lastModified ?? `open ${++versionless}`} ${size} ${location.url.href}`;
}

/**
 * A file on a server, read by ranges. Holds no connection and no bytes of its own: both are the
 * client's. All its bytes are of the version that was opened.
 */
export class HttpSource implements ByteSource {
  readonly name: string;
  readonly byteLength: number;
  /** What the server said of the version that was opened. */
  readonly validator: Validator;
  readonly #engine: Engine;
  readonly #location: Location;
  readonly #key: string;
  /** Whether the server sends the whole file whatever it is asked. */
  readonly #isWhole: boolean;
  readonly #closing = new AbortController();

  private constructor(engine: Engine, location: Location, { validator, isWhole }: RangeReply) {
    this.name = location.name;
    this.byteLength = validator.size;
    this.validator = validator;
    this.#engine = engine;
    this.#location = location;
    this.#key = keyOf(location, validator);
    this.#isWhole = isWhole;
  }

  /** Asks for the first page at once, which also tells the size: a HEAD would cost a round trip. */
  static open(
    engine: Engine,
    location: Location,
    signal: AbortSignal | undefined,
  ): Promise<HttpSource> {
    return withAbort([signal, engine.closing], async (controller) => {
      const request = { location, name: location.name, start: 0, end: pageBytes };
      const first = engine.launch(0, async (flightSignal) => {
        const collector = new PageCollector();
        const reply = await engine.fetch(request, collector.write, flightSignal);
        return { reply, pages: collector.pages };
      });
      const { reply, pages } = await first.wait(controller.signal);
      const source = new HttpSource(engine, location, reply);
      engine.pages.put(source.#key, pages);
      return source;
    });
  }

  /**
   * Pages that are in memory are copied from there; the others are fetched, neighbours together,
   * and kept. A read of more than a quarter of the memory passes it by, so that one large image
   * does not push out everything else.
   *
   * @throws {RemoteError} any code but REMOTE_UNSUPPORTED_URL.
   */
  async readInto(
    ranges: readonly ByteRange[],
    target: Uint8Array,
    options: ReadOptions = {},
  ): Promise<void> {
    const signals = [options.signal, this.#closing.signal, this.#engine.closing];
    for (const signal of signals) signal?.throwIfAborted();
    this.#check(ranges, target);
    const scatter = new Scatter(ranges, target);
    const missing = this.#copyCached(pagesOf(ranges, pageBytes), scatter);
    if (missing.length === 0) return;
    await withAbort(signals, ({ signal }) =>
      Promise.all(this.#bring(missing, scatter, options.priority ?? 0, signal)),
    );
  }

  #check(ranges: readonly ByteRange[], target: Uint8Array): void {
    let total = 0;
    for (const { offset, length } of ranges) {
      const isRange = Number.isSafeInteger(offset) && Number.isSafeInteger(length);
      if (!isRange || offset < 0 || length < 0 || offset + length > this.byteLength) {
        throw remoteError({
          code: "REMOTE_OUT_OF_BOUNDS",
          what: "the range leaves the file",
          expected: `a range within 0 to ${this.byteLength}`,
          found: `${length} bytes at ${offset}`,
          url: this.name,
          offset,
        });
      }
      total += length;
    }
    if (total === target.length) return;
    throw remoteError({
      code: "REMOTE_BAD_ARGUMENT",
      what: "the target has another length than the ranges together",
      expected: `${total} bytes`,
      found: `${target.length}`,
      url: this.name,
    });
  }

  /** Copies what is in memory, and returns the pages that are not. */
  #copyCached(pages: readonly number[], scatter: Scatter): number[] {
    return pages.filter((page) => {
      const bytes = this.#engine.pages.get(this.#key, page);
      if (bytes === undefined) return true;
      this.#engine.counters.bytesFromCache += scatter.write(page * pageBytes, bytes);
      return false;
    });
  }

  /** Joins the requests under way for `missing` pages, and launches those for the others. */
  #bring(
    missing: readonly number[],
    scatter: Scatter,
    priority: number,
    signal: AbortSignal,
  ): Promise<void>[] {
    const joined = new Set<Flight<Pages>>();
    const rest = missing.filter((page) => {
      const flight = this.#engine.pages.flight(this.#key, page);
      if (flight !== undefined) joined.add(flight);
      return flight === undefined;
    });
    for (const flight of joined) flight.raise(priority);
    const isLarge = rest.length * pageBytes > this.#engine.options.cacheBytes / 4;
    return [
      ...[...joined].map((flight) => this.#await(flight, scatter, signal)),
      ...this.#plan(rest).map((span) =>
        isLarge
          ? this.#stream(span, scatter, priority, signal)
          : this.#await(this.#launch(span, priority), scatter, signal),
      ),
    ];
  }

  #plan(pages: readonly number[]): PageSpan[] {
    if (this.#isWhole && pages.length > 0) {
      return [{ first: 0, count: Math.ceil(this.byteLength / pageBytes) }];
    }
    const { maxGapBytes, maxSpanBytes } = this.#engine.options;
    const maxGapPages = Math.floor(maxGapBytes / pageBytes);
    const maxSpanPages = Math.max(1, Math.floor(maxSpanBytes / pageBytes));
    return coalesce(pages, { maxGapPages, maxSpanPages });
  }

  #request({ first, count }: PageSpan): RangeRequest {
    const start = first * pageBytes;
    const end = Math.min(start + count * pageBytes, this.byteLength);
    const { name, validator } = this;
    return { location: this.#location, name, start, end, validator };
  }

  /** Fetches pages for whoever wants them. */
  #launch(span: PageSpan, priority: number): Flight<Pages> {
    const flight = this.#engine.launch(priority, async (signal) => {
      const collector = new PageCollector();
      await this.#engine.fetch(this.#request(span), collector.write, signal);
      this.#engine.pages.put(this.#key, collector.pages);
      return collector.pages;
    });
    this.#engine.pages.announce(this.#key, span, flight);
    return flight;
  }

  async #await(flight: Flight<Pages>, scatter: Scatter, signal: AbortSignal): Promise<void> {
    const pages = await flight.wait(signal);
    signal.throwIfAborted();
    for (const [page, bytes] of pages) scatter.write(page * pageBytes, bytes);
  }

  /** Fetches straight into the target of one read. */
  async #stream(
    span: PageSpan,
    scatter: Scatter,
    priority: number,
    signal: AbortSignal,
  ): Promise<void> {
    // The target is the caller's again as soon as the read has rejected.
    const sink = (offset: number, bytes: Uint8Array): void => {
      if (!signal.aborted) scatter.write(offset, bytes);
    };
    const work = (s: AbortSignal): Promise<RangeReply> =>
      this.#engine.fetch(this.#request(span), sink, s);
    await this.#engine.launch(priority, work).wait(signal);
  }

  async close(): Promise<void> {
    const what = "the source was closed";
    this.#closing.abort(remoteError({ code: "REMOTE_CLOSED", what, url: this.name }));
  }
}
