import type { ByteSource as NativeByteSource } from "@fitstream/native";
import { type ByteRange, type ByteSource, RemoteClient, resolve } from "@fitstream/remote";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { bytesAsked, bytesOf, startServer, type TestServer } from "./helpers/server.js";

const kiB = 1024;
const page = 64 * kiB;
const fileSize = 80 * 1024 * kiB + 12_345;

let server: TestServer;
let client: RemoteClient;

beforeEach(async () => {
  server = await startServer(fileSize);
  client = new RemoteClient();
});

afterEach(async () => {
  await client.close();
  await server[Symbol.asyncDispose]();
});

async function read(source: ByteSource, ranges: readonly ByteRange[]): Promise<Buffer> {
  const target = Buffer.alloc(ranges.reduce((sum, { length }) => sum + length, 0));
  await source.readInto(ranges, target);
  return target;
}

async function expectRight(source: ByteSource, ranges: readonly ByteRange[]): Promise<void> {
  expect((await read(source, ranges)).equals(bytesOf(ranges))).toBe(true);
}

const rows = (stride: number): ByteRange[] =>
  Array.from({ length: 64 }, (_, row) => ({ offset: 200_000 + row * stride, length: 256 }));

describe("opening", () => {
  it("takes one request, which brings size, validator and first page", async () => {
    const source = await client.open(server.url);
    expect(source.byteLength).toBe(fileSize);
    expect(source.name).toBe(server.url);
    expect(source.validator).toEqual({
      size: fileSize,
      etag: '"v1"',
      lastModified: "Sun, 22 Nov 2026 10:00:00 GMT",
    });
    await expectRight(source, [{ offset: 0, length: page }]);
    expect(server.exchanges).toHaveLength(1);
    const { request } = server.exchanges[0] ?? {};
    expect(request?.method).toBe("GET");
    expect(request?.headers).toMatchObject({
      range: "bytes=0-65535",
      "accept-encoding": "identity",
    });
    expect(client.stats()).toEqual({
      requests: 1,
      bytesFetched: page,
      bytesFromCache: page,
      retries: 0,
      errors: 0,
    });
  });

  it("works without a client, and yields what @fitstream/native reads", async () => {
    const source: NativeByteSource = await resolve(new URL(server.url));
    await expectRight(source, [{ offset: fileSize - 10, length: 10 }]);
    await source.close();
  });

  it("opens files smaller than a page, and empty ones", async () => {
    server.size = 100;
    const small = await client.open(server.url);
    await expectRight(small, [{ offset: 0, length: 100 }]);
    server.size = 0;
    const empty = await client.open(server.url);
    expect(empty.byteLength).toBe(0);
    await expectRight(empty, [{ offset: 0, length: 0 }]);
    expect(server.exchanges).toHaveLength(2);
  });

  it("sends the caller's headers, but none that would spoil the bytes", async () => {
    await client.open(server.url, {
      headers: { Authorization: "Bearer t", Range: "bytes=5-6", "Accept-Encoding": "gzip" },
    });
    expect(server.exchanges[0]?.request.headers).toMatchObject({
      authorization: "Bearer t",
      range: "bytes=0-65535",
      "accept-encoding": "identity",
    });
  });

  it("keeps bytes of one version for the next open", async () => {
    await expectRight(await client.open(server.url), rows(page));
    const before = server.exchanges.length;
    await expectRight(await client.open(server.url), rows(page));
    expect(server.exchanges.length).toBe(before + 1);
  });

  it("does not trust two opens to be of one version when the server does not name it", async () => {
    server.etag = undefined;
    server.lastModified = undefined;
    const range = [{ offset: 10 * page, length: 10 }];
    await expectRight(await client.open(server.url), range);
    await expectRight(await client.open(server.url), range);
    expect(server.exchanges).toHaveLength(4);
  });
});

describe("reading", () => {
  it("brings ranges in the caller's order, overlapping, over page borders, to the last byte", async () => {
    const source = await client.open(server.url);
    await expectRight(source, [
      { offset: fileSize - 1, length: 1 },
      { offset: page - 3, length: 7 },
      { offset: 3 * page, length: 2 * page },
      { offset: 3 * page + 5, length: 100 },
      { offset: 0, length: 0 },
      { offset: fileSize - 70_000, length: 70_000 },
    ]);
  });

  it("fills a part of a shared buffer, and only that", async () => {
    const source = await client.open(server.url);
    const memory = new Uint8Array(new SharedArrayBuffer(300));
    await source.readInto([{ offset: 777_777, length: 100 }], memory.subarray(100, 200));
    const right = bytesOf([{ offset: 777_777, length: 100 }]);
    expect(Buffer.from(memory.slice(100, 200)).equals(right)).toBe(true);
    expect(memory.filter((_, i) => i < 100 || i >= 200).every((byte) => byte === 0)).toBe(true);
  });

  it("brings a cutout with rows 16 KiB apart in one request of a mebibyte", async () => {
    const source = await client.open(server.url);
    await expectRight(source, rows(16 * kiB));
    expect(server.exchanges).toHaveLength(2);
    expect(bytesAsked(server, 2)).toBeGreaterThanOrEqual(1024 * kiB - page);
    expect(bytesAsked(server, 2)).toBeLessThanOrEqual(1024 * kiB + page);
  });

  it("fetches only the rows' pages when they are 1 MiB apart", async () => {
    const source = await client.open(server.url);
    await expectRight(source, rows(1024 * kiB));
    expect(server.exchanges).toHaveLength(65);
    expect(bytesAsked(server, 2)).toBe(64 * page);
  });

  it("asks for nothing twice", async () => {
    const source = await client.open(server.url);
    await expectRight(source, rows(100_000));
    const { requests, bytesFetched, bytesFromCache } = client.stats();
    await expectRight(source, rows(100_000));
    const after = client.stats();
    expect(after).toMatchObject({ requests, bytesFetched });
    expect(after.bytesFromCache - bytesFromCache).toBe(64 * 256);
  });

  it("cuts a long read into requests of at most 2 MiB, eight at a time", async () => {
    const source = await client.open(server.url);
    const held: (() => void)[] = [];
    let most = 0;
    server.handler = ({ answer, response }) => {
      held.push(answer);
      most = Math.max(most, held.length);
      response.once("finish", () => held.shift());
      // The first eight wait for one another, and then whether a ninth comes.
      if (server.exchanges.length === 9) setTimeout(() => held.slice().map((go) => go()), 50);
      if (server.exchanges.length > 9) answer();
    };
    await expectRight(source, [{ offset: 5 * page, length: 20 * 1024 * kiB }]);
    const asked = server.exchanges.slice(1).map(({ start, end }) => end - start);
    expect(asked).toHaveLength(10);
    expect(Math.max(...asked)).toBeLessThanOrEqual(2 * 1024 * kiB);
    expect(most).toBe(8);
  });

  it("makes one request of the same pages wanted by many at once, also through other sources", async () => {
    const one = await client.open(server.url);
    const two = await client.open(server.url);
    const range = [{ offset: 100 * page, length: 3 * page }];
    const reads = Array.from({ length: 20 }, (_, i) => expectRight(i % 2 ? one : two, range));
    await Promise.all(reads);
    expect(server.exchanges).toHaveLength(3);
  });

  it("fetches of a read only what others are not fetching already", async () => {
    const source = await client.open(server.url);
    await Promise.all([
      expectRight(source, [{ offset: 10 * page, length: 4 * page }]),
      expectRight(source, [{ offset: 12 * page, length: 4 * page }]),
    ]);
    expect(bytesAsked(server, 2)).toBe(6 * page);
  });

  it("lets demand overtake prefetch in the queue", async () => {
    const narrow = new RemoteClient({ concurrency: 1 });
    const source = await narrow.open(server.url);
    const at = (n: number): ByteRange[] => [{ offset: n * 10 * page, length: 10 }];
    const reads = [1, 2, 3].map((n) => source.readInto(at(n), Buffer.alloc(10), { priority: -1 }));
    reads.push(source.readInto(at(4), Buffer.alloc(10)));
    // Joins the prefetch of 3, which must not keep its place behind 2.
    reads.push(source.readInto(at(3), Buffer.alloc(10), { priority: 1 }));
    await Promise.all(reads);
    expect(server.exchanges.slice(1).map(({ start }) => start / (10 * page))).toEqual([1, 3, 4, 2]);
    await narrow.close();
  });

  it("keeps connections", async () => {
    const source = await client.open(server.url);
    for (let i = 1; i < 10; ++i) await expectRight(source, [{ offset: i * 10 * page, length: 9 }]);
    expect(server.exchanges).toHaveLength(10);
    // Two, because undici leaves a connection alone for one turn of the event loop.
    expect(await server.connections()).toBeLessThanOrEqual(2);
  });
});

describe("memory", () => {
  it("holds no more than its limit, and reads on when pages are evicted under way", async () => {
    const tight = new RemoteClient({ cacheBytes: 20 * page });
    const source = await tight.open(server.url);
    const spots = Array.from({ length: 40 }, (_, i) => [
      { offset: i * 5 * page, length: 5 * page },
    ]);
    await Promise.all(spots.map((range) => expectRight(source, range)));
    const before = server.exchanges.length;
    for (const range of spots) await expectRight(source, range);
    const again = bytesAsked(server, before + 1) / page;
    expect(again).toBeGreaterThanOrEqual(200 - 20);
    await tight.close();
  });

  it("passes a read of more than a quarter of it by, straight into the target", async () => {
    const tight = new RemoteClient({ cacheBytes: 64 * page });
    const source = await tight.open(server.url);
    const kept = [{ offset: 500 * page, length: 10 * page }];
    await expectRight(source, kept);
    await expectRight(source, [
      { offset: 40 * page + 3, length: 100 * page },
      { offset: 41 * page, length: 10 },
    ]);
    const before = server.exchanges.length;
    await expectRight(source, kept);
    expect(server.exchanges).toHaveLength(before);
    await expectRight(source, [{ offset: 60 * page, length: 1 }]);
    expect(server.exchanges).toHaveLength(before + 1);
    await tight.close();
  });

  it("may be none at all", async () => {
    const bare = new RemoteClient({ cacheBytes: 0 });
    const source = await bare.open(server.url);
    await expectRight(source, rows(page));
    await expectRight(source, rows(page));
    expect(bare.stats().bytesFromCache).toBe(0);
    await bare.close();
  });
});

describe("misuse", () => {
  it.each([
    [{ offset: fileSize - 5, length: 6 }],
    [{ offset: -1, length: 1 }],
    [{ offset: 0, length: -1 }],
    [{ offset: 0.5, length: 1 }],
    [{ offset: Number.MAX_SAFE_INTEGER, length: 10 }],
  ])("refuses the range %o", async (range) => {
    const source = await client.open(server.url);
    await expect(source.readInto([range], Buffer.alloc(1))).rejects.toMatchObject({
      code: "REMOTE_OUT_OF_BOUNDS",
      url: server.url,
      offset: range.offset,
    });
    expect(server.exchanges).toHaveLength(1);
  });

  it("refuses a target of another length", async () => {
    const source = await client.open(server.url);
    const reading = source.readInto([{ offset: 0, length: 9 }], Buffer.alloc(10));
    await expect(reading).rejects.toMatchObject({ code: "REMOTE_BAD_ARGUMENT", found: "10" });
  });

  it.each([
    { concurrency: 0 },
    { retries: -1 },
    { deadlineMs: Number.NaN },
    { cacheBytes: 1.5 },
    { deadlineMs: 2 ** 31 },
  ])("refuses the options %o", (options) => {
    expect(() => new RemoteClient(options)).toThrow(
      expect.objectContaining({ code: "REMOTE_BAD_ARGUMENT" }),
    );
  });

  it("rejects reads under way and after when the source or the client is closed", async () => {
    server.handler = (exchange) => {
      if (exchange.number <= 2) exchange.answer();
    };
    const closed = await client.open(server.url);
    const open = await client.open(server.url);
    const range = [{ offset: 9 * page, length: 9 }];
    const reads = [closed, open].map((source) => source.readInto(range, Buffer.alloc(9)));
    const outcomes = Promise.allSettled(reads);
    await closed.close();
    await expect(reads[0]).rejects.toMatchObject({ code: "REMOTE_CLOSED" });
    const later = closed.readInto([{ offset: 0, length: 1 }], Buffer.alloc(1));
    await expect(later).rejects.toMatchObject({ code: "REMOTE_CLOSED" });
    await client.close();
    const refused = { status: "rejected", reason: { code: "REMOTE_CLOSED" } };
    expect(await outcomes).toMatchObject([refused, refused]);
    await expect(client.open(server.url)).rejects.toMatchObject({ code: "REMOTE_CLOSED" });
  });
});
