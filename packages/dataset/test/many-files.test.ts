import { execFile } from "node:child_process";
import { linkSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { temporaryFolder, writeImages } from "./helpers/survey.js";

const script = fileURLToPath(new URL("./helpers/many-files.mjs", import.meta.url));
const files = 20_000;
const folder = temporaryFolder();

beforeAll(async () => {
  const paths = await writeImages(folder.path, 20);
  for (let i = paths.length; i < files; ++i) {
    linkSync(paths[i % 20] ?? "", join(folder.path, `link${i}.fits`));
  }
});
afterAll(() => folder[Symbol.dispose]());

describe("an epoch over 20,000 files", () => {
  for (const workers of ["0", "2"]) {
    it(`gets by with 256 file descriptors, with ${workers} workers`, async () => {
      const command = 'ulimit -n 256 && exec "$0" "$@"';
      const args = ["-c", command, process.execPath, script, folder.path, workers];
      const { stdout } = await promisify(execFile)("sh", args, { timeout: 60_000 });
      expect(JSON.parse(stdout)).toEqual({ files, once: true });
    }, 90_000);
  }
});
