import { RemoteClient } from "@fitstream/remote";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { faultFileSize, passingFaults } from "./helpers/faults.js";
import { bytesAt, bytesOf, type Handler, startServer, type TestServer } from "./helpers/server.js";

const options = {
  headersTimeoutMs: 500,
  idleTimeoutMs: 500,
  minBytesPerSecond: 1000,
  rateWindowMs: 300,
};
const range = { offset: 300_001, length: 200_000 };

let server: TestServer;
let client: RemoteClient;

beforeEach(async () => {
  server = await startServer(faultFileSize);
  client = new RemoteClient(options);
});

afterEach(async () => {
  await client.close();
  await server[Symbol.asyncDispose]();
});

/** Answers wrongly where `isBad` says so. */
function spoil(fault: Handler, isBad: (number: number) => boolean): void {
  server.handler = (exchange) => (isBad(exchange.number) ? fault(exchange) : exchange.answer());
}

/** The code of a read's failure, or "right" or "wrong" for what it brought. */
async function outcome(): Promise<string> {
  const target = Buffer.alloc(range.length);
  try {
    const source = await client.open(server.url);
    await source.readInto([range], target);
  } catch (error) {
    return (error as { code: string }).code;
  }
  return target.equals(bytesOf([range])) ? "right" : "wrong";
}

const faults = Object.entries(passingFaults);

describe("a fault that passes", () => {
  it.each(faults)("costs an opening a retry: %s", async (_, fault) => {
    spoil(fault, (number) => number === 1);
    expect(await outcome()).toBe("right");
    expect(client.stats()).toMatchObject({ requests: 3, retries: 1, errors: 0 });
  });

  it.each(faults)("costs a read two retries: %s", async (_, fault) => {
    spoil(fault, (number) => number === 2 || number === 3);
    expect(await outcome()).toBe("right");
    expect(client.stats()).toMatchObject({ requests: 4, retries: 2, errors: 0 });
  });

  it("in a large read costs only the part that it hit", async () => {
    await client.close();
    client = new RemoteClient({ ...options, cacheBytes: 0, maxSpanBytes: 65_536 });
    spoil(passingFaults["reset in mid-body"], (number) => number % 3 === 0);
    expect(await outcome()).toBe("right");
  });
});

const expected: Record<keyof typeof passingFaults, string> = {
  "reset in mid-body": "REMOTE_UNREACHABLE",
  "early end of the connection": "REMOTE_UNREACHABLE",
  "cut chunked body": "REMOTE_UNREACHABLE",
  "cut HTTP/1.0 body without a length": "REMOTE_BAD_RESPONSE",
  "short 206 whose lengths agree with one another": "REMOTE_BAD_RESPONSE",
  "short 206 that claims the full range": "REMOTE_BAD_RESPONSE",
  "chunked 206 that is too short": "REMOTE_BAD_RESPONSE",
  "chunked 206 that is too long": "REMOTE_BAD_RESPONSE",
  "another range than asked": "REMOTE_BAD_RESPONSE",
  "206 without Content-Range": "REMOTE_BAD_RESPONSE",
  "no response at all": "REMOTE_TIMEOUT",
  "a head and then silence": "REMOTE_TIMEOUT",
  "a byte now and then": "REMOTE_TIMEOUT",
  "a response that is no HTTP": "REMOTE_BAD_RESPONSE",
  "connection closed before the head": "REMOTE_UNREACHABLE",
  "status 408": "REMOTE_STATUS",
  "status 429": "REMOTE_STATUS",
  "status 500": "REMOTE_STATUS",
  "status 503": "REMOTE_STATUS",
};

describe("a fault that stays", () => {
  it.each(faults)("fails with a typed error inside the deadline: %s", async (name, fault) => {
    await client.close();
    client = new RemoteClient({ ...options, retries: 2, deadlineMs: 8_000 });
    spoil(fault, (number) => number > 1);
    const start = performance.now();
    expect(await outcome()).toBe(expected[name as keyof typeof expected]);
    expect(performance.now() - start).toBeLessThan(8_500);
    expect(client.stats()).toMatchObject({ requests: 4, retries: 2, errors: 1 });
  });

  it.each(["no response at all", "a head and then silence", "a byte now and then"] as const)(
    "ends at the deadline: %s",
    async (name) => {
      await client.close();
      client = new RemoteClient({ deadlineMs: 400 });
      spoil(passingFaults[name], (number) => number > 1);
      const start = performance.now();
      expect(await outcome()).toBe("REMOTE_TIMEOUT");
      expect(performance.now() - start).toBeLessThan(1_500);
    },
  );

  it("leaves no connection behind", async () => {
    spoil(passingFaults["a byte now and then"], () => true);
    await client.close();
    client = new RemoteClient({ ...options, retries: 0 });
    expect(await outcome()).toBe("REMOTE_TIMEOUT");
    await expect.poll(() => server.connections()).toBe(0);
  });
});

describe("a body with an encoding", () => {
  it("is refused at once", async () => {
    server.handler = ({ response, start, end, answer }) => {
      response.setHeader("content-encoding", "gzip");
      if (start < end) answer();
    };
    expect(await outcome()).toBe("REMOTE_BAD_RESPONSE");
    expect(server.exchanges).toHaveLength(1);
  });
});

describe("a server without ranges", () => {
  const sendWhole: Handler = ({ response }) => {
    response.writeHead(200, { etag: '"v1"', "content-length": server.size });
    response.end(bytesAt(0, server.size));
  };

  it("is asked once for a small file", async () => {
    server.handler = sendWhole;
    expect(await outcome()).toBe("right");
    expect(await outcome()).toBe("right");
    expect(server.exchanges).toHaveLength(2);
    expect(client.stats().bytesFetched).toBe(2 * faultFileSize);
  });

  it("is asked once even when only the end of the body tells the size", async () => {
    server.handler = ({ response }) => {
      response.writeHead(200);
      response.end(bytesAt(0, server.size));
    };
    const source = await client.open(server.url);
    expect(source.byteLength).toBe(faultFileSize);
    expect(await outcome()).toBe("right");
  });

  it("is asked once for each read when memory cannot keep the file", async () => {
    await client.close();
    client = new RemoteClient({ cacheBytes: 0 });
    server.handler = sendWhole;
    const source = await client.open(server.url);
    const ranges = [0, 1, 2, 3].map((i) => ({ offset: i * 250_000, length: 100 }));
    const target = Buffer.alloc(400);
    await source.readInto(ranges, target);
    expect(target.equals(bytesOf(ranges))).toBe(true);
    expect(server.exchanges).toHaveLength(2);
  });

  it("may begin to send whole files between two reads", async () => {
    server.handler = (exchange) =>
      exchange.number === 1 ? exchange.answer() : sendWhole(exchange);
    expect(await outcome()).toBe("right");
  });

  it("is refused when a cut whole body cannot be told from a complete one", async () => {
    server.handler = ({ response }) => {
      response.socket?.write("HTTP/1.0 200 OK\r\n\r\n");
      response.socket?.end(bytesAt(0, 100));
    };
    expect(await outcome()).toBe("REMOTE_BAD_RESPONSE");
    expect(server.exchanges).toHaveLength(1);
  });

  it.each([true, false])(
    "is left at once when the file is large (length declared: %s)",
    async (isDeclared) => {
      let sent = 0;
      const closed = new Promise<void>((resolve) => {
        server.handler = ({ response }) => {
          response.writeHead(200, isDeclared ? { "content-length": 2 ** 40 } : {});
          const chunk = Buffer.alloc(65_536);
          const pump = (): void => {
            if (response.destroyed) return;
            sent += chunk.length;
            response.write(chunk, pump);
          };
          response.once("close", resolve);
          pump();
        };
      });
      expect(await outcome()).toBe("REMOTE_NO_RANGES");
      await closed;
      expect(sent).toBeLessThan((isDeclared ? 8 : 48) * 1024 * 1024);
      expect(server.exchanges).toHaveLength(1);
    },
  );
});
