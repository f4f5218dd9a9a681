import { spawn } from "node:child_process";
import { rmSync } from "node:fs";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { fileURLToPath } from "node:url";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { writeCatalogues } from "./helpers/catalogues.js";
import { temporaryFolder, writeImages } from "./helpers/survey.js";

const script = fileURLToPath(new URL("./helpers/train.mjs", import.meta.url));
const files = 40;
const folders = { images: temporaryFolder(), rows: temporaryFolder() };
type Kind = keyof typeof folders;
const stateFileOf = (kind: Kind): string => join(folders[kind].path, "state.json");

beforeAll(async () => {
  await writeImages(folders.images.path, files);
  await writeCatalogues(folders.rows.path, files);
});
afterAll(() => {
  for (const folder of Object.values(folders)) folder[Symbol.dispose]();
});

/** Runs the training until its end, or kills it after some steps. Returns the chain, or undefined. */
async function run(kind: Kind, workers: number, killAfter?: number): Promise<string | undefined> {
  const args = [script, kind, folders[kind].path, String(files), stateFileOf(kind), `${workers}`];
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

describe.each(["images", "rows"] as const)("a run over %s that is killed", (kind) => {
  it("and resumed, five times, ends with the hash of the uninterrupted run", async () => {
    const expected = await run(kind, 1);
    expect(expected).toMatch(/^[0-9a-f]{64}$/);
    rmSync(stateFileOf(kind));
    // 30 steps in all (40 of rows); another place to die every time.
    const deaths = [1, 3, 4, 6, 7].map((n) => 1 + ((n * Math.floor(1 + Math.random() * 6)) % 7));
    for (const [i, killAfter] of deaths.entries()) {
      expect(await run(kind, i % 3, killAfter), `killed after ${deaths.join()}`).toBeUndefined();
    }
    expect(await run(kind, 2), `killed after ${deaths.join()}`).toBe(expected);
  }, 120_000);
});
