import { byteAt, bytesAt, contentRange, type Exchange, type Handler } from "./server.js";

const size = 1024 * 1024;
export const faultFileSize: number = size;

function head(exchange: Exchange, extra: Record<string, string | number> = {}): void {
  const { response, start, end } = exchange;
  const range = contentRange(start, end, size);
  response.writeHead(206, { etag: '"v1"', "content-range": range, ...extra });
}

/** Half of the body, written so that it has left before `then` is called. */
function half({ response, start, end }: Exchange, then: () => void): void {
  response.write(bytesAt(start, (end - start) >> 1), () => setImmediate(then));
}

/** The body's bytes straight to the socket, under a head that Node would not write. */
function raw({ response }: Exchange, lines: readonly string[], body: Uint8Array): void {
  response.socket?.write(`${lines.join("\r\n")}\r\n\r\n`);
  response.socket?.end(body);
}

/** Answers that are wrong in ways that another attempt may mend. */
export const passingFaults = {
  "reset in mid-body": (x) => {
    head(x, { "content-length": x.end - x.start });
    half(x, () => x.response.socket?.resetAndDestroy());
  },
  "early end of the connection": (x) => {
    head(x, { "content-length": x.end - x.start });
    half(x, () => x.response.socket?.end());
  },
  "cut chunked body": (x) => {
    head(x);
    half(x, () => x.response.socket?.end());
  },
  "cut HTTP/1.0 body without a length": (x) => {
    const range = contentRange(x.start, x.end, size);
    const lines = ["HTTP/1.0 206 Partial Content", 'ETag: "v1"', `Content-Range: ${range}`];
    raw(x, lines, bytesAt(x.start, (x.end - x.start) >> 1));
  },
  "short 206 whose lengths agree with one another": (x) => {
    const length = (x.end - x.start) >> 1;
    const range = contentRange(x.start, x.start + length, size);
    head(x, { "content-range": range, "content-length": length });
    x.response.end(bytesAt(x.start, length));
  },
  "short 206 that claims the full range": (x) => {
    const length = (x.end - x.start) >> 1;
    head(x, { "content-length": length });
    x.response.end(bytesAt(x.start, length));
  },
  "chunked 206 that is too short": (x) => {
    head(x);
    x.response.end(bytesAt(x.start, (x.end - x.start) >> 1));
  },
  "chunked 206 that is too long": (x) => {
    head(x);
    x.response.end(bytesAt(x.start, x.end - x.start + 1));
  },
  "another range than asked": (x) => {
    const length = x.end - x.start;
    head(x, { "content-range": contentRange(x.start + 1, x.end + 1, size) });
    x.response.end(bytesAt(x.start + 1, length));
  },
  "206 without Content-Range": (x) => {
    x.response.writeHead(206, { etag: '"v1"' }).end(bytesAt(x.start, x.end - x.start));
  },
  "no response at all": () => {},
  "a head and then silence": (x) => {
    head(x, { "content-length": x.end - x.start });
    x.response.flushHeaders();
  },
  "a byte now and then": (x) => {
    head(x, { "content-length": x.end - x.start });
    let at = x.start;
    const timer = setInterval(() => x.response.write(Uint8Array.of(byteAt(at++))), 50);
    x.response.once("close", () => clearInterval(timer));
  },
  "a response that is no HTTP": (x) => raw(x, ["SMTP 220 ready"], new Uint8Array(0)),
  "connection closed before the head": (x) => x.response.socket?.destroy(),
  "status 408": (x) => x.response.writeHead(408).end(),
  "status 429": (x) => x.response.writeHead(429).end("slow down"),
  "status 500": (x) => x.response.writeHead(500).end("x".repeat(100_000)),
  "status 503": (x) => x.response.writeHead(503).end(),
} satisfies Record<string, Handler>;
