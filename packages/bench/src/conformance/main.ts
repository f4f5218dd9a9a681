/**
 * `npm run conformance -- DIR`: reads every file that `DIR/goldens.json` names and reports each HDU
 * and column that differs, and why. Ends with `N passed, N failed, N skipped`. Golden values that are
 * known to be wrong (errata.ts) are named.
 */
import { readFile } from "node:fs/promises";
import { join, resolve } from "node:path";
import { checkFile } from "./check.js";
import { corrected } from "./errata.js";
import type { Goldens } from "./golden.js";

const usage = `npm run conformance -- DIR [--verbose]

Compares what Fitstream reads from the files of DIR with DIR/goldens.json.
  --verbose   also print what passed
Exit status: 0 when nothing failed, 1 when something did, 2 for wrong arguments.`;

async function main(args: readonly string[]): Promise<number> {
  const isVerbose = args.includes("--verbose");
  const [dir] = args.filter((arg) => !arg.startsWith("-"));
  if (args.includes("--help") || dir === undefined) {
    console.log(usage);
    return dir === undefined && !args.includes("--help") ? 2 : 0;
  }
  // npm runs scripts at the root of the workspace; DIR is meant from where the user stands.
  const root = resolve(process.env["INIT_CWD"] ?? ".", dir);
  const goldens = JSON.parse(await readFile(join(root, "goldens.json"), "utf8")) as Goldens;
  const count = { passed: 0, failed: 0, skipped: 0 };
  for (const [name, given] of Object.entries(goldens)) {
    const { golden, why: wrong } = corrected(given);
    if (wrong !== undefined) console.log(`golden value corrected: ${name}: ${wrong}`);
    for (const { what, outcome, why } of await checkFile(join(root, name), golden)) {
      ++count[outcome];
      if (outcome !== "passed") console.log(`${outcome}: ${name}: ${what}: ${why}`);
      else if (isVerbose) console.log(`passed: ${name}: ${what}`);
    }
  }
  console.log(`${count.passed} passed, ${count.failed} failed, ${count.skipped} skipped`);
  return count.failed === 0 ? 0 : 1;
}

process.exitCode = await main(process.argv.slice(2));
