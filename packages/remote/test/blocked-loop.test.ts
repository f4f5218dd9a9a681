import { once } from "node:events";
import { setTimeout as sleep } from "node:timers/promises";
import { Worker } from "node:worker_threads";
import { RemoteClient } from "@fitstream/remote";
import { expect, it } from "vitest";

/** In a thread of its own, because the test holds up this one: half a body, and later the rest. */
const server = `
  const { createServer } = require("node:http");
  const { parentPort } = require("node:worker_threads");
  const size = 200_000;
  const http = createServer((request, response) => {
    const [first, last] = request.headers.range.slice(6).split("-").map(Number);
    const end = Math.min(last + 1, size);
    response.writeHead(206, {
      "content-range": "bytes " + first + "-" + (end - 1) + "/" + size,
      "content-length": end - first,
    });
    if (first === 0) return response.end(Buffer.alloc(end, 7));
    const half = Buffer.alloc((end - first) / 2, 7);
    response.write(half);
    setTimeout(() => response.end(half), 700);
  });
  http.listen(0, "127.0.0.1", () => parentPort.postMessage(http.address().port));`;

it("does not blame the server for a held-up event loop", async () => {
  const worker = new Worker(server, { eval: true });
  const [port] = await once(worker, "message");
  await using client = new RemoteClient({ rateWindowMs: 400, idleTimeoutMs: 5_000 });
  const source = await client.open(`http://127.0.0.1:${port}/m31.fits`);
  const target = Buffer.alloc(10);
  const reading = source.readInto([{ offset: 70_000, length: 10 }], target);
  await sleep(500);
  // From here the loop goes to its timers before it reads from sockets.
  await new Promise((resolve) => setImmediate(resolve));
  // The next look at the rate is due while this runs, and the rest of the body comes.
  const until = performance.now() + 700;
  while (performance.now() < until) {}
  await reading;
  expect(target.every((byte) => byte === 7)).toBe(true);
  expect(client.stats()).toMatchObject({ requests: 2, retries: 0 });
  await worker.terminate();
});
