import { once } from "node:events";
import { createServer, type IncomingMessage, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import type { ByteRange } from "@fitstream/remote";

/**
 * The byte of every test file at `offset`. Unlike a counter it shows shifts by any power of two, so
 * a page in another's place is seen.
 */
export function byteAt(offset: number): number {
  return (offset * 31 + 7 + (offset >>> 8) * 13 + (offset >>> 16) * 101) & 0xff;
}

export function bytesAt(offset: number, length: number): Uint8Array {
  const bytes = new Uint8Array(length);
  for (let i = 0; i < length; ++i) bytes[i] = byteAt(offset + i);
  return bytes;
}

/** What a right read of `ranges` leaves in its target. */
export function bytesOf(ranges: readonly ByteRange[]): Buffer {
  return Buffer.concat(ranges.map(({ offset, length }) => bytesAt(offset, length)));
}

/** One request as the server saw it. */
export interface Exchange {
  /** From 1. */
  readonly number: number;
  readonly request: IncomingMessage;
  readonly response: ServerResponse;
  /** The bytes asked for, `end` not among them. */
  readonly start: number;
  readonly end: number;
  /** The whole answer of a server without faults. */
  readonly answer: () => void;
}

export type Handler = (exchange: Exchange) => void;

/** A server of one file on 127.0.0.1, with a log, whose answers a test may replace. */
export interface TestServer extends AsyncDisposable {
  readonly url: string;
  readonly exchanges: Exchange[];
  size: number;
  etag: string | undefined;
  lastModified: string | undefined;
  handler: Handler;
  /** Connections that are open now. */
  connections(): Promise<number>;
}

export function contentRange(start: number, end: number, size: number): string {
  return `bytes ${start}-${end - 1}/${size}`;
}

function versionHeaders(server: TestServer): Record<string, string> {
  return {
    ...(server.etag === undefined ? {} : { etag: server.etag }),
    ...(server.lastModified === undefined ? {} : { "last-modified": server.lastModified }),
  };
}

function answer(server: TestServer, { request, response, start, end }: Omit<Exchange, "answer">) {
  const condition = request.headers["if-match"];
  if (condition !== undefined && condition !== server.etag) {
    response.writeHead(412).end();
  } else if (start >= server.size) {
    response.writeHead(416, { "content-range": `bytes */${server.size}` }).end("no such bytes");
  } else {
    const body = bytesAt(start, end - start);
    response.writeHead(206, {
      ...versionHeaders(server),
      "content-range": contentRange(start, end, server.size),
      "content-length": body.length,
    });
    response.end(body);
  }
}

export async function startServer(size: number, handler?: Handler): Promise<TestServer> {
  const http = createServer((request, response) => {
    const [, first, last] = /^bytes=(\d+)-(\d+)$/.exec(request.headers.range ?? "") ?? [];
    const start = Number(first);
    const end = Math.min(Number(last) + 1, server.size);
    const number = server.exchanges.length + 1;
    const exchange = { number, request, response, start, end };
    const whole = { ...exchange, answer: () => answer(server, exchange) };
    server.exchanges.push(whole);
    server.handler(whole);
  });
  http.listen(0, "127.0.0.1");
  await once(http, "listening");
  const { port } = http.address() as AddressInfo;
  const server: TestServer = {
    url: `http://127.0.0.1:${port}/m31.fits`,
    exchanges: [],
    size,
    etag: '"v1"',
    lastModified: "Sun, 22 Nov 2026 10:00:00 GMT",
    handler: handler ?? ((exchange) => exchange.answer()),
    connections: () =>
      new Promise((resolve, reject) => {
        http.getConnections((error, count) => (error === null ? resolve(count) : reject(error)));
      }),
    async [Symbol.asyncDispose]() {
      const closed = once(http, "close");
      http.close();
      http.closeAllConnections();
      await closed;
    },
  };
  return server;
}

/** How many bytes the requests from number `from` on asked for. */
export function bytesAsked(server: TestServer, from = 1): number {
  const asked = server.exchanges.filter((exchange) => exchange.number >= from);
  return asked.reduce((sum, { start, end }) => sum + end - start, 0);
}
