import { type ByteSource, RemoteClient } from "@fitstream/remote";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { bytesOf, startServer, type TestServer } from "./helpers/server.js";

const page = 65_536;
const range = { offset: 10 * page, length: 100 };

let server: TestServer;
let client: RemoteClient;

beforeEach(async () => {
  server = await startServer(4_000_000);
  client = new RemoteClient();
});

afterEach(async () => {
  await client.close();
  await server[Symbol.asyncDispose]();
});

async function expectChanged(source: ByteSource, parts: object): Promise<void> {
  await expect(source.readInto([range], Buffer.alloc(100))).rejects.toMatchObject({
    code: "REMOTE_CHANGED",
    url: server.url,
    ...parts,
  });
  expect(client.stats().retries).toBe(0);
}

it("sends a strong ETag as a condition, but not when it opens", async () => {
  const source = await client.open(server.url);
  await source.readInto([range], Buffer.alloc(100));
  const sent = server.exchanges.map(({ request }) => request.headers["if-match"]);
  expect(sent).toEqual([undefined, '"v1"']);
});

it("is told of another version by status 412", async () => {
  const source = await client.open(server.url);
  server.etag = '"v2"';
  await expectChanged(source, { expected: '"v1"' });
});

describe("on a server that ignores conditions", () => {
  let source: ByteSource;

  beforeEach(async () => {
    server.handler = (exchange) => {
      delete exchange.request.headers["if-match"];
      exchange.answer();
    };
    source = await client.open(server.url);
  });

  it("sees another ETag", async () => {
    server.etag = '"v2"';
    await expectChanged(source, { expected: '"v1"', found: '"v2"' });
  });

  it("sees that the ETag is gone", async () => {
    server.etag = undefined;
    await expectChanged(source, { expected: '"v1"', found: "none" });
  });

  it("sees another size under the same ETag", async () => {
    server.size += 1;
    await expectChanged(source, { expected: "4000000 bytes", found: "4000001 bytes" });
  });

  it("sees that the file ends before the range", async () => {
    server.size = 1000;
    await expectChanged(source, { found: "1000 bytes" });
  });

  it("still has the bytes of the old version that are in memory", async () => {
    server.etag = '"v2"';
    const first = Buffer.alloc(10);
    await source.readInto([{ offset: 5, length: 10 }], first);
    expect(first.equals(bytesOf([{ offset: 5, length: 10 }]))).toBe(true);
  });

  it("never mixes versions in one read", async () => {
    server.handler = (exchange) => {
      delete exchange.request.headers["if-match"];
      if (exchange.number === 4) server.etag = '"v2"';
      exchange.answer();
    };
    const ranges = Array.from({ length: 10 }, (_, i) => ({ offset: i * 5 * page, length: 50 }));
    const reading = source.readInto(ranges, Buffer.alloc(500));
    await expect(reading).rejects.toMatchObject({ code: "REMOTE_CHANGED" });
  });
});

describe("without a strong ETag", () => {
  it.each([undefined, 'W/"weak"'])("goes by Last-Modified (ETag %s)", async (etag) => {
    server.etag = etag;
    const source = await client.open(server.url);
    expect(source.validator).toEqual({ size: 4_000_000, lastModified: server.lastModified });
    await source.readInto([range], Buffer.alloc(100));
    expect(server.exchanges[1]?.request.headers["if-match"]).toBeUndefined();
    server.lastModified = "Sun, 22 Nov 2026 11:00:00 GMT";
    const reading = source.readInto([{ offset: 30 * page, length: 1 }], Buffer.alloc(1));
    await expect(reading).rejects.toMatchObject({ code: "REMOTE_CHANGED" });
  });
});

it("opens the new version after the old", async () => {
  const old = await client.open(server.url);
  await old.readInto([range], Buffer.alloc(100));
  server.etag = '"v2"';
  server.size = 5_000_000;
  const source = await client.open(server.url);
  await source.readInto([range], Buffer.alloc(100));
  expect(source.byteLength).toBe(5_000_000);
  expect(server.exchanges).toHaveLength(4);
});
