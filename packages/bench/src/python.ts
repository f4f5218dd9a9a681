/** A Python with the newest peers: a virtual environment that is made once, beside the data. */
import { existsSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { lastLine, runChild } from "./children.js";
import { say } from "./progress.js";

/**
 * What is installed, step by step: a library that does not install stops none of the others. fitsio
 * is built from source, because without -O3 its CFITSIO is not optimised at all.
 */
const steps: readonly (readonly string[])[] = [
  ["numpy", "astropy"],
  ["--no-binary", "fitsio", "fitsio"],
  ["rustfits"],
  ["torchfits"],
  ["polars"],
];

export type Python = { readonly path: string } | { readonly missing: string };

async function install(python: string): Promise<readonly string[]> {
  const failed: string[] = [];
  for (const packages of steps) {
    const name = packages.at(-1) ?? "";
    say(`python: installing ${name} (torchfits brings torch: some minutes)`);
    const { status, stderr } = await runChild(python, ["-m", "pip", "install", ...packages], {
      env: { ...process.env, CFLAGS: "-O3" },
    });
    if (status !== 0) failed.push(`${name} is not installed: ${lastLine(stderr)}`);
  }
  return failed;
}

/**
 * The interpreter to start Python peers with: the one that FITSTREAM_BENCH_PYTHON names, or that of a
 * virtual environment in `folder`, which is made where it is missing. Delete it to have newer peers.
 */
export async function pythonWithPeers(folder: string): Promise<Python> {
  const chosen = process.env["FITSTREAM_BENCH_PYTHON"];
  if (chosen !== undefined && chosen !== "") return { path: chosen };
  const place = join(folder, "python");
  const path = join(place, "bin", "python");
  const stamp = join(place, "installed.json");
  if (!existsSync(stamp)) {
    say(`python: making a virtual environment in ${place}`);
    const made = await runChild("python3", ["-m", "venv", "--clear", place]);
    if (made.status !== 0) {
      return { missing: `Python peers: no virtual environment: ${lastLine(made.stderr)}` };
    }
    const failed = await install(path);
    if (failed.length === steps.length) {
      return { missing: `Python peers: nothing could be installed (network?): ${failed[0]}` };
    }
    writeFileSync(stamp, `${JSON.stringify({ failed })}\n`);
  }
  const { failed } = JSON.parse(readFileSync(stamp, "utf8")) as { failed: readonly string[] };
  for (const line of failed) say(`python: ${line}`);
  return { path };
}
