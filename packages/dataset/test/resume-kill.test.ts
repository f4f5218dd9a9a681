import { spawn } from "node:child_process";
import { rmSync } from "node:fs";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { fileURLToPath } from "node:url";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { temporaryFolder, writeImages } from "./helpers/survey.js";

const script = fileURLToPath(new URL("./helpers/train.mjs", import.meta.url));
const files = 40;
const folder = temporaryFolder();
const stateFile = join(folder.path, "state.json");

beforeAll(async () => {
  await writeImages(folder.path, files);
});
afterAll(() => folder[Symbol.dispose]());

/** Runs the training until its end, or kills it after some steps. Returns the chain, or undefined. */
async function run(workers: number, killAfter?: number): Promise<string | undefined> {
  const args = [script, folder.path, String(files), stateFile, String(workers)];
  const child = spawn(process.execPath, args, { stdio: ["ignore", "pipe", "inherit"] });
  const exit = new Promise<number | null>((resolve) => child.on("exit", resolve));
  let steps = 0;
  let chain: string | undefined;
  for await (const line of createInterface({ input: child.stdout })) {
    if (line.startsWith("chain ")) chain = line.slice(6);
    else if (++steps === killAfter) child.kill("SIGKILL");
  }
  const code = await exit;
  if (killAfter === undefined) expect(code).toBe(0);
  return chain;
}

describe("a run that is killed", () => {
  it("and resumed, five times, ends with the hash of the uninterrupted run", async () => {
    const expected = await run(1);
    expect(expected).toMatch(/^[0-9a-f]{64}$/);
    rmSync(stateFile);
    // 30 steps in all; another place to die every time.
    const deaths = [1, 3, 4, 6, 7].map((n) => 1 + ((n * Math.floor(1 + Math.random() * 6)) % 7));
    for (const [i, killAfter] of deaths.entries()) {
      expect(await run(i % 3, killAfter), `killed after ${deaths.join()}`).toBeUndefined();
    }
    expect(await run(2), `killed after ${deaths.join()}`).toBe(expected);
  }, 120_000);
});
