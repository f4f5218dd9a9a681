import PQueue from "p-queue";
import { expect, it } from "vitest";
import { Engine } from "../src/engine.js";
import { Flight } from "../src/flight.js";
import { HttpSource } from "../src/http-source.js";
import { locate } from "../src/location.js";
import { resolveOptions } from "../src/options.js";
import { PageCache, type Pages, pageBytes } from "../src/page-cache.js";
import type { RangeReply, RangeRequest, Sink } from "../src/request.js";

it("is not offered to others from the moment that its last reader left", async () => {
  const queue = new PQueue();
  const cache = new PageCache(1_000_000);
  const flight = new Flight<Pages>(queue, 0, () => new Promise(() => {}));
  cache.announce("file", { first: 3, count: 2 }, flight);
  expect(cache.flight("file", 4)).toBe(flight);
  expect(cache.flight("file", 5)).toBeUndefined();
  const controller = new AbortController();
  const offered = flight.wait(controller.signal).catch(() => cache.flight("file", 4));
  controller.abort();
  expect(await offered).toBeUndefined();
});

it("lets a later flight of the same pages stay announced when an earlier one ends", async () => {
  const queue = new PQueue();
  const cache = new PageCache(1_000_000);
  const none: Pages = new Map();
  const early = new Flight<Pages>(queue, 0, async () => none);
  cache.announce("file", { first: 0, count: 1 }, early);
  const late = new Flight<Pages>(queue, 0, () => new Promise(() => {}));
  cache.announce("file", { first: 0, count: 1 }, late);
  await early.settled;
  expect(cache.flight("file", 0)).toBe(late);
});

/** Hands out the sinks of its requests after the first, which is the opening. */
class HeldEngine extends Engine {
  readonly sinks: Sink[] = [];

  override fetch(request: RangeRequest, sink: Sink): Promise<RangeReply> {
    if (request.validator !== undefined) {
      this.sinks.push(sink);
      return new Promise(() => {});
    }
    return Promise.resolve({ validator: { size: 1_000_000, etag: '"v1"' }, isWhole: false });
  }
}

it("that streams into a target leaves it alone once the read has rejected", async () => {
  const engine = new HeldEngine(resolveOptions({ cacheBytes: 0 }));
  const source = await HttpSource.open(engine, locate("http://example.org/m31.fits"), undefined);
  const target = new Uint8Array(100);
  const controller = new AbortController();
  const { signal } = controller;
  const reading = source.readInto([{ offset: pageBytes, length: 100 }], target, { signal });
  const [sink] = engine.sinks;
  sink?.(pageBytes, new Uint8Array(50).fill(1));
  expect(target[49]).toBe(1);
  controller.abort();
  await expect(reading).rejects.toBe(signal.reason);
  sink?.(pageBytes, new Uint8Array(50).fill(2));
  expect(target[49]).toBe(1);
});
