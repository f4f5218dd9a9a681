import { lookup } from "node:dns/promises";
import { RemoteClient } from "@fitstream/remote";
import { afterEach, beforeEach, expect, it, vi } from "vitest";
import { bytesOf, type Handler, startServer, type TestServer } from "./helpers/server.js";

// What names mean to the check of redirects; connections look them up for themselves.
vi.mock("node:dns/promises", () => ({ lookup: vi.fn(async () => [{ address: "127.0.0.1" }]) }));
const means = (address: string): unknown =>
  vi.mocked(lookup).mockImplementation(async () => [{ address, family: 4 }] as never);

const headers = { authorization: "Bearer secret", "x-user": "me" };
const range = { offset: 500_000, length: 1_000 };

let front: TestServer;
let store: TestServer;
let client: RemoteClient;

beforeEach(async () => {
  front = await startServer(1_000_000);
  store = await startServer(1_000_000);
  client = new RemoteClient();
});

afterEach(async () => {
  await client.close();
  await front[Symbol.asyncDispose]();
  await store[Symbol.asyncDispose]();
});

const redirect =
  (to: string, status = 302): Handler =>
  ({ response }) =>
    response.writeHead(status, { location: to }).end("moved");

it.each([301, 302, 303, 307, 308])(
  "case 75: follows status %i to another origin with the range, without the caller's headers",
  async (status) => {
    front.handler = redirect(`${store.url}?X-Amz-Signature=abc`, status);
    const source = await client.open(front.url, { headers });
    const target = Buffer.alloc(range.length);
    await source.readInto([range], target);
    expect(target.equals(bytesOf([range]))).toBe(true);
    expect(source.name).toBe(front.url);
    expect(store.exchanges).toHaveLength(2);
    for (const { request } of front.exchanges) expect(request.headers).toMatchObject(headers);
    for (const { request } of store.exchanges) {
      expect(request.headers["authorization"]).toBeUndefined();
      expect(request.headers["x-user"]).toBeUndefined();
      expect(request.headers["accept-encoding"]).toBe("identity");
    }
    expect(store.exchanges[1]?.request.headers["if-match"]).toBe('"v1"');
    expect(client.stats().requests).toBe(4);
  },
);

it("case 75: keeps the caller's headers within an origin, and does not bring them back after leaving it", async () => {
  front.handler = (exchange) => {
    if (exchange.number === 1) redirect("/elsewhere/m31.fits")(exchange);
    else if (exchange.number === 2) redirect(store.url)(exchange);
    else exchange.answer();
  };
  store.handler = redirect(front.url);
  await client.open(front.url, { headers });
  const sent = front.exchanges.map(({ request }) => request.headers.authorization);
  expect(sent).toEqual([headers.authorization, headers.authorization, undefined]);
  expect(front.exchanges[1]?.request.url).toBe("/elsewhere/m31.fits");
});

it("case 75: drops user and password of the URL, too", async () => {
  front.handler = redirect(store.url);
  const url = new URL(front.url);
  url.username = "me";
  url.password = "p@ss";
  await client.open(url);
  const basic = `Basic ${Buffer.from("me:p@ss").toString("base64")}`;
  expect(front.exchanges[0]?.request.headers.authorization).toBe(basic);
  expect(store.exchanges[0]?.request.headers.authorization).toBeUndefined();
});

it("stops in a loop after five redirects", async () => {
  front.handler = redirect(front.url);
  await expect(client.open(front.url)).rejects.toMatchObject({
    code: "REMOTE_STATUS",
    status: 302,
  });
  expect(front.exchanges).toHaveLength(6);
});

it("stops where no place is named", async () => {
  front.handler = ({ response }) => response.writeHead(302).end();
  await expect(client.open(front.url)).rejects.toMatchObject({ code: "REMOTE_STATUS" });
  expect(front.exchanges).toHaveLength(1);
});

it.each(["file:///etc/passwd", "ftp://example.org/m31.fits", "http://"])(
  "case 75: does not follow to %s",
  async (to) => {
    front.handler = redirect(to);
    await expect(client.open(front.url)).rejects.toMatchObject({ code: "REMOTE_UNSUPPORTED_URL" });
    expect(front.exchanges).toHaveLength(1);
  },
);

it.each(["93.184.216.34", "2606:2800:220:1::"])(
  "case 75: follows no redirect from %s to an address inside the network",
  async (address) => {
    means(address);
    front.handler = redirect(store.url);
    const outside = front.url.replace("127.0.0.1", "localhost");
    await expect(client.open(outside)).rejects.toMatchObject({
      code: "REMOTE_FORBIDDEN",
      found: new URL(store.url).origin,
    });
    expect(store.exchanges).toHaveLength(0);
  },
);

it("case 75: follows a redirect from inside the network to another address inside", async () => {
  means("192.168.1.7");
  front.handler = redirect(store.url);
  await client.open(front.url.replace("127.0.0.1", "localhost"));
  expect(store.exchanges).not.toHaveLength(0);
});
