import { type AddressInfo, createServer as createTcpServer, type Server } from "node:net";
import { type ByteSource, RemoteClient } from "@fitstream/remote";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import type { TestServer } from "./helpers/server.js";
import { bytesAt, bytesOf, contentRange, type Handler, startServer } from "./helpers/server.js";

const page = 65_536;
const size = 8_000_000;
const range = { offset: 10 * page, length: 2 * page };
const reason = new Error("enough");

let server: TestServer;
let client: RemoteClient;
let source: ByteSource;

beforeEach(async () => {
  server = await startServer(size);
  client = new RemoteClient({ concurrency: 2 });
  source = await client.open(server.url);
});

afterEach(async () => {
  await client.close();
  await server[Symbol.asyncDispose]();
});

/** Sends head and half of the body, and calls `then` when they have left. */
const halfThen =
  (then: () => void): Handler =>
  ({ response, start, end }) => {
    response.writeHead(206, {
      etag: '"v1"',
      "content-range": contentRange(start, end, size),
      "content-length": end - start,
    });
    response.write(bytesAt(start, (end - start) >> 1), () => then());
  };

/** Reads, aborts once `arm` calls back, and says how long the rejection took. */
async function abortedAfter(
  arm: (abort: () => void) => void,
  target: Uint8Array = Buffer.alloc(range.length),
): Promise<number> {
  const controller = new AbortController();
  let abortedAt = 0;
  arm(() => {
    abortedAt = performance.now();
    controller.abort(reason);
  });
  const reading = source.readInto([range], target, { signal: controller.signal });
  await expect(reading).rejects.toBe(reason);
  return performance.now() - abortedAt;
}

describe("an abort rejects with its reason within 200 ms", () => {
  it("before anything was sent", async () => {
    const signal = AbortSignal.abort(reason);
    const reading = source.readInto([range], Buffer.alloc(range.length), { signal });
    await expect(reading).rejects.toBe(reason);
    await expect(client.open(server.url, { signal })).rejects.toBe(reason);
    expect(server.exchanges).toHaveLength(1);
  });

  it("while the server thinks", async () => {
    const took = await abortedAfter((abort) => {
      server.handler = () => abort();
    });
    expect(took).toBeLessThan(200);
  });

  it("while the body comes, and closes the connection", async () => {
    const took = await abortedAfter((abort) => {
      server.handler = halfThen(() => setTimeout(abort, 50));
    });
    expect(took).toBeLessThan(200);
    await expect.poll(() => server.exchanges[1]?.request.socket.destroyed).toBe(true);
  });

  it("while it pauses for a retry", async () => {
    const took = await abortedAfter((abort) => {
      server.handler = ({ response }) => {
        response.writeHead(503, { "retry-after": "20" }).end();
        setTimeout(abort, 100);
      };
    });
    expect(took).toBeLessThan(200);
    expect(server.exchanges).toHaveLength(2);
  });

  it("while it waits in the queue", async () => {
    server.handler = () => {};
    const others = [30, 60].map((p) =>
      source.readInto([{ offset: p * page, length: 1 }], Buffer.alloc(1)),
    );
    const outcomes = Promise.allSettled(others);
    const took = await abortedAfter((abort) => setTimeout(abort, 50));
    expect(took).toBeLessThan(200);
    expect(server.exchanges).toHaveLength(3);
    await client.close();
    await outcomes;
  });

  it("while a file is being opened", async () => {
    const controller = new AbortController();
    server.handler = () => controller.abort(reason);
    await expect(client.open(server.url, { signal: controller.signal })).rejects.toBe(reason);
  });
});

describe("while a TLS connection is being made", () => {
  let silent: Server;
  let url: string;

  beforeEach(async () => {
    silent = createTcpServer(() => {});
    await new Promise<void>((resolve) => silent.listen(0, "127.0.0.1", resolve));
    url = `https://127.0.0.1:${(silent.address() as AddressInfo).port}/m31.fits`;
  });

  afterEach(() => {
    silent.close();
  });

  it("an abort ends the opening", async () => {
    const signal = AbortSignal.timeout(100);
    const start = performance.now();
    await expect(client.open(url, { signal })).rejects.toMatchObject({
      name: "TimeoutError",
    });
    expect(performance.now() - start).toBeLessThan(300);
  });

  it("the deadline ends it", async () => {
    await using hurried = new RemoteClient({ deadlineMs: 100 });
    const start = performance.now();
    await expect(hurried.open(url)).rejects.toMatchObject({ code: "REMOTE_TIMEOUT", attempts: 1 });
    expect(performance.now() - start).toBeLessThan(300);
  });

  it("its own time-out ends it", async () => {
    await using hurried = new RemoteClient({ connectTimeoutMs: 100, retries: 0 });
    await expect(hurried.open(url)).rejects.toMatchObject({
      code: "REMOTE_TIMEOUT",
      cause: { code: "UND_ERR_CONNECT_TIMEOUT" },
    });
  });
});

describe("an abort", () => {
  it("leaves the target alone from then on", async () => {
    await client.close();
    client = new RemoteClient({ cacheBytes: 0 });
    source = await client.open(server.url);
    const target = Buffer.alloc(range.length);
    let go = (): void => {};
    await abortedAfter((abort) => {
      server.handler = (exchange) => {
        halfThen(abort)(exchange);
        go = () => exchange.response.end(bytesAt(exchange.start, 1));
      };
    }, target);
    target.fill(0);
    go();
    await expect.poll(() => server.exchanges[2]?.request.socket.destroyed).toBe(true);
    expect(target.every((byte) => byte === 0)).toBe(true);
  });

  it("of one reader does not hurt another of the same pages", async () => {
    let finish = (): void => {};
    const arrived = new Promise<void>((resolve) => {
      server.handler = (exchange) => {
        finish = exchange.answer;
        resolve();
      };
    });
    const controller = new AbortController();
    const { signal } = controller;
    const leaving = source.readInto([range], Buffer.alloc(range.length), { signal });
    const target = Buffer.alloc(range.length);
    const staying = source.readInto([range], target);
    await arrived;
    controller.abort(reason);
    await expect(leaving).rejects.toBe(reason);
    finish();
    await staying;
    expect(target.equals(bytesOf([range]))).toBe(true);
    expect(server.exchanges).toHaveLength(2);
    expect(client.stats().errors).toBe(0);
  });

  it("of all readers ends the request, and the next reader asks anew", async () => {
    const controllers = [new AbortController(), new AbortController()];
    let seen = (): void => {};
    const arrived = new Promise<void>((resolve) => {
      seen = resolve;
    });
    server.handler = halfThen(seen);
    const reads = controllers.map(({ signal }) =>
      source.readInto([range], Buffer.alloc(range.length), { signal }),
    );
    const outcomes = Promise.allSettled(reads);
    await arrived;
    for (const controller of controllers) controller.abort(reason);
    const refused = { status: "rejected", reason };
    expect(await outcomes).toEqual([refused, refused]);
    server.handler = (exchange) => exchange.answer();
    const target = Buffer.alloc(range.length);
    await source.readInto([range], target);
    expect(target.equals(bytesOf([range]))).toBe(true);
    expect(server.exchanges).toHaveLength(3);
    expect(client.stats()).toMatchObject({ errors: 0, retries: 0 });
  });

  it("frees its place in the queue", async () => {
    server.handler = () => {};
    const stuck = [30, 60].map((p) =>
      source.readInto([{ offset: p * page, length: 1 }], Buffer.alloc(1), {
        signal: AbortSignal.timeout(100),
      }),
    );
    const outcomes = Promise.allSettled(stuck);
    await expect.poll(() => server.exchanges.length).toBe(3);
    server.handler = (exchange) => exchange.answer();
    await source.readInto([range], Buffer.alloc(range.length));
    expect((await outcomes).map(({ status }) => status)).toEqual(["rejected", "rejected"]);
  });

  it("of a signal that many reads share warns of no leak", async () => {
    const warnings: Error[] = [];
    const note = (warning: Error): number => warnings.push(warning);
    process.on("warning", note);
    const { signal } = new AbortController();
    const reads = Array.from({ length: 50 }, (_, i) =>
      source.readInto([{ offset: i * 2 * page, length: 1 }], Buffer.alloc(1), { signal }),
    );
    await Promise.all(reads);
    await new Promise((resolve) => setImmediate(resolve));
    process.off("warning", note);
    expect(warnings).toEqual([]);
  });
});

it("when one part of a read fails, the other parts are given up", async () => {
  server.handler = ({ response, start }) => {
    if (start === 10 * page) response.writeHead(404).end();
  };
  const ranges = [10, 40].map((p) => ({ offset: p * page, length: 1 }));
  const reading = source.readInto(ranges, Buffer.alloc(2));
  await expect(reading).rejects.toMatchObject({ code: "REMOTE_NOT_FOUND" });
  const other = server.exchanges.find(({ start }) => start === 40 * page);
  await expect.poll(() => other?.request.socket.destroyed).toBe(true);
});
