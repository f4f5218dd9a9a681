import { RemoteClient } from "@fitstream/remote";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { type Handler, startServer, type TestServer } from "./helpers/server.js";

let server: TestServer;
let client: RemoteClient;

beforeEach(async () => {
  server = await startServer(1_000_000);
  client = new RemoteClient();
});

afterEach(async () => {
  await client.close();
  await server[Symbol.asyncDispose]();
});

const status =
  (code: number, headers: Record<string, string> = {}): Handler =>
  ({ response }) =>
    response.writeHead(code, headers).end(`status ${code}`);

it.each([
  [400, "REMOTE_STATUS"],
  [401, "REMOTE_FORBIDDEN"],
  [403, "REMOTE_FORBIDDEN"],
  [404, "REMOTE_NOT_FOUND"],
  [410, "REMOTE_NOT_FOUND"],
  [416, "REMOTE_STATUS"],
  [204, "REMOTE_STATUS"],
  [300, "REMOTE_STATUS"],
])("status %i is %s, and asked for once", async (code, name) => {
  server.handler = status(code);
  await expect(client.open(server.url)).rejects.toMatchObject({
    code: name,
    status: code,
    url: server.url,
    attempts: 1,
  });
  expect(server.exchanges).toHaveLength(1);
  expect(client.stats()).toMatchObject({ retries: 0, errors: 1 });
});

it("gives up on status 500 after five retries", async () => {
  server.handler = status(500);
  await expect(client.open(server.url)).rejects.toMatchObject({
    code: "REMOTE_STATUS",
    status: 500,
    attempts: 6,
  });
  expect(server.exchanges).toHaveLength(6);
});

it("gives up on a port that nobody listens on", async () => {
  const quick = new RemoteClient({ retries: 1 });
  await server[Symbol.asyncDispose]();
  await expect(quick.open(server.url)).rejects.toMatchObject({
    code: "REMOTE_UNREACHABLE",
    attempts: 2,
    cause: { code: "ECONNREFUSED" },
  });
  await quick.close();
  server = await startServer(1);
});

it("keeps the connection of a short refusal, and drops that of a long one", async () => {
  const sockets = new Set<unknown>();
  const refuse =
    (length: number): Handler =>
    ({ request, response }) => {
      sockets.add(request.socket);
      response.writeHead(404).end("x".repeat(length));
    };
  server.handler = refuse(1_000);
  for (let i = 0; i < 10; ++i) await client.open(server.url).catch(() => {});
  expect(sockets.size).toBeLessThanOrEqual(2);
  sockets.clear();
  server.handler = refuse(1_000_000);
  for (let i = 0; i < 10; ++i) await client.open(server.url).catch(() => {});
  expect(sockets.size).toBe(10);
});

it("needs no second connection because of a long answer that it cannot use", async () => {
  await using narrow = new RemoteClient({ concurrency: 1, deadlineMs: 5_000 });
  server.handler = ({ number, response, answer }) => {
    const page = "x".repeat(1_000_000);
    if (number === 1) response.writeHead(503).end(page);
    else if (number === 2) response.writeHead(302, { location: "/other" }).end(page);
    else answer();
  };
  const source = await narrow.open(server.url);
  expect(source.byteLength).toBe(server.size);
});

describe("Retry-After", () => {
  async function waited(retryAfter: () => string): Promise<number> {
    let refusedAt = 0;
    let askedAt = 0;
    server.handler = (exchange) => {
      if (exchange.number > 1) {
        askedAt = performance.now();
        exchange.answer();
        return;
      }
      refusedAt = performance.now();
      status(429, { "retry-after": retryAfter() })(exchange);
    };
    await client.open(server.url);
    return askedAt - refusedAt;
  }

  it("in seconds is waited for", async () => {
    expect(await waited(() => "1")).toBeGreaterThan(990);
  });

  it("as a date is waited for", async () => {
    // A date has whole seconds.
    const inTwo = (): string => new Date(Date.now() + 2_000).toUTCString();
    expect(await waited(inTwo)).toBeGreaterThan(900);
  });

  it("that is past or no date changes nothing", async () => {
    expect(await waited(() => "Sun, 06 Nov 1994 08:49:37 GMT")).toBeLessThan(900);
    server.exchanges.length = 0;
    expect(await waited(() => "soon")).toBeLessThan(900);
  });

  it("beyond the deadline is not begun", async () => {
    const hurried = new RemoteClient({ deadlineMs: 10_000 });
    server.handler = status(503, { "retry-after": "3600" });
    const start = performance.now();
    await expect(hurried.open(server.url)).rejects.toMatchObject({ status: 503, attempts: 1 });
    expect(performance.now() - start).toBeLessThan(2_000);
    await hurried.close();
  });
});
