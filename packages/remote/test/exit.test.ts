import { spawn } from "node:child_process";
import { once } from "node:events";
import { fileURLToPath } from "node:url";
import { expect, it } from "vitest";
import { type Handler, startServer } from "./helpers/server.js";

const remote = import.meta.resolve("@fitstream/remote");
const cwd = fileURLToPath(new URL("..", import.meta.url));

/** Runs a program, and says how long after its last line it ended. */
async function lingering(program: string): Promise<{ code: number | null; ms: number }> {
  const script = `
    import { resolve } from ${JSON.stringify(remote)};
    ${program}
    process.stdout.write("done\\n");`;
  const child = spawn(process.execPath, ["--input-type=module", "-e", script], {
    cwd,
    stdio: ["ignore", "pipe", "inherit"],
    timeout: 20_000,
  });
  let doneAt = Number.NaN;
  child.stdout.once("data", () => {
    doneAt = performance.now();
  });
  const [code] = await once(child, "exit");
  return { code, ms: performance.now() - doneAt };
}

it("lets the process end by itself, with connections and sources open", async () => {
  await using server = await startServer(10_000_000);
  const { code, ms } = await lingering(`
    const source = await resolve("${server.url}");
    const ranges = [1, 2, 3].map((i) => ({ offset: i * 3_000_000, length: 100 }));
    await source.readInto(ranges, new Uint8Array(300));`);
  expect(code).toBe(0);
  expect(ms).toBeLessThan(2_000);
  expect(server.exchanges).toHaveLength(4);
});

it("lets the process end by itself after failures and aborts, none of them unhandled", async () => {
  const silence: Handler = (exchange) => {
    if (exchange.number === 1) exchange.answer();
    if (exchange.number === 2) exchange.response.writeHead(404).end("x".repeat(200_000));
  };
  await using server = await startServer(10_000_000, silence);
  const { code, ms } = await lingering(`
    const source = await resolve("${server.url}");
    const ranges = [{ offset: 3_000_000, length: 9 }];
    await source.readInto(ranges, new Uint8Array(9)).catch(() => {});
    const options = { signal: AbortSignal.timeout(200) };
    await source.readInto(ranges, new Uint8Array(9), options).catch(() => {});`);
  expect(code).toBe(0);
  expect(ms).toBeLessThan(2_000);
});
