#!/usr/bin/env node
// @ts-check
/**
 * Everything a fresh machine needs before Fitstream runs: npm packages, system packages, the native
 * addon, the TypeScript build. Says what it does, does only what is missing, and takes well under
 * five seconds when nothing is. Plain JavaScript without dependencies: it runs before `npm ci`.
 */
import { execFileSync, spawnSync } from "node:child_process";
import { createHash } from "node:crypto";
import { existsSync, mkdirSync, readdirSync, readFileSync, statSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { fileURLToPath, pathToFileURL } from "node:url";

export const root = dirname(dirname(fileURLToPath(import.meta.url)));
const minimumNode = [20, 19];

/** Debian packages, and what shows that each is there. */
const debian = [
  { name: "g++", has: () => hasCommand("c++") },
  { name: "make", has: () => hasCommand("make") },
  { name: "cmake", has: () => hasCommand("cmake") },
  { name: "pkg-config", has: () => hasCommand("pkg-config") },
  { name: "libcfitsio-dev", has: () => hasLibrary("cfitsio") },
  { name: "libarchive-dev", has: () => hasLibrary("libarchive") },
  { name: "libdeflate-dev", has: () => hasLibrary("libdeflate") },
];
/** What the tests need beyond that. */
const debianForTests = [
  { name: "libgtest-dev", has: () => hasLibrary("gtest") },
  { name: "fitsverify", has: () => hasCommand("fitsverify") },
];
/** What fuzzing needs: clang, its libFuzzer, and names for the addresses in a stack. */
const debianForFuzzing = [
  { name: "clang-19", has: () => hasCommand("clang++-19") },
  { name: "libclang-rt-19-dev", has: () => existsSync("/usr/lib/llvm-19/lib/clang/19/lib/linux") },
  { name: "llvm-19", has: () => existsSync(symbolizer) },
];
export const symbolizer = "/usr/lib/llvm-19/bin/llvm-symbolizer";
const homebrew = ["cmake", "pkg-config", "cfitsio", "libarchive", "libdeflate", "googletest"];

/** @param {string} text */
function say(text) {
  console.log(`[setup] ${text}`);
}

/** @param {string} text @returns {never} */
function stop(text) {
  console.error(`[setup] ${text}`);
  process.exit(1);
}

/** @param {string} command */
function hasCommand(command) {
  return spawnSync("sh", ["-c", `command -v ${command}`], { stdio: "ignore" }).status === 0;
}

/** @param {string} library */
function hasLibrary(library) {
  return spawnSync("pkg-config", ["--exists", library], { stdio: "ignore" }).status === 0;
}

/**
 * @param {string} command
 * @param {readonly string[]} args
 * @param {"inherit" | "ignore"} [stdout] "ignore" where only complaints are worth reading.
 */
function run(command, args, stdout = "inherit") {
  const { status, error } = spawnSync(command, args, {
    cwd: root,
    stdio: ["ignore", stdout, "inherit"],
    env: { ...process.env, NX_DAEMON: "false", NX_NO_CLOUD: "true", NX_TUI: "false" },
  });
  if (error !== undefined || status !== 0) {
    stop(
      `\`${command} ${args.join(" ")}\` failed${error === undefined ? "" : `: ${error.message}`}`,
    );
  }
}

function checkNode() {
  const [major = 0, minor = 0] = process.versions.node.split(".").map(Number);
  const [wantedMajor = 0, wantedMinor = 0] = minimumNode;
  if (major > wantedMajor || (major === wantedMajor && minor >= wantedMinor)) return;
  stop(
    `Node ${process.versions.node} is too old: Fitstream needs ${minimumNode.join(".")} or newer`,
  );
}

/** How to become root without being asked anything; undefined where that is not possible. */
function rootPrefix() {
  if (process.getuid?.() === 0) return [];
  const sudo = hasCommand("sudo") && spawnSync("sudo", ["-n", "true"]).status === 0;
  return sudo ? ["sudo", "-n"] : undefined;
}

/** @param {readonly string[]} names */
function installDebian(names) {
  const command = ["apt-get", "install", "-y", "--no-install-recommends", ...names];
  const prefix = rootPrefix();
  if (prefix === undefined) {
    stop(
      `these system packages are missing; run this, then try again:\n\n  sudo ${command.join(" ")}\n`,
    );
  }
  say(`installing system packages: ${names.join(" ")} (under a minute)`);
  const env = ["env", "DEBIAN_FRONTEND=noninteractive"];
  for (const args of [
    ["apt-get", "update", "-qq"],
    [...command, "-qq"],
  ]) {
    const [first = "", ...rest] = [...prefix, ...env, ...args];
    run(first, rest, "ignore");
  }
}

function installHomebrew() {
  const missing = homebrew.filter(
    (name) => spawnSync("brew", ["list", "--versions", name], { stdio: "ignore" }).status !== 0,
  );
  if (missing.length === 0) return;
  say(`installing with Homebrew: ${missing.join(" ")}`);
  run("brew", ["install", ...missing]);
}

/** @param {readonly { name: string, has: () => boolean }[]} wanted */
function installSystemPackages(wanted) {
  const missing = wanted.filter(({ has }) => !has());
  if (missing.length === 0) return;
  if (hasCommand("apt-get")) installDebian(missing.map(({ name }) => name));
  else if (hasCommand("brew")) installHomebrew();
  else stop(`install what this system calls: ${missing.map(({ name }) => name).join(", ")}`);
}

/** @param {readonly string[]} files Relative to the root. */
function hashOf(files) {
  const hash = createHash("sha256");
  for (const file of files) hash.update(file).update(readFileSync(join(root, file)));
  return hash.digest("hex");
}

/** @param {string} folder @returns {string[]} Files below it, relative to the root. */
function filesBelow(folder) {
  return readdirSync(join(root, folder), { recursive: true, encoding: "utf8" })
    .map((name) => join(folder, name))
    .filter((name) => statSync(join(root, name)).isFile())
    .sort();
}

/**
 * Runs `work` unless a stamp says that it was done for the same inputs.
 *
 * @param {{ stamp: string, inputs: readonly string[], output: string, work: () => void }} step
 */
function unlessDone({ stamp, inputs, output, work }) {
  const path = join(root, stamp);
  const wanted = hashOf(inputs) + process.platform + process.arch;
  const isDone = existsSync(path) && readFileSync(path, "utf8") === wanted;
  if (isDone && existsSync(join(root, output))) return;
  work();
  mkdirSync(dirname(path), { recursive: true });
  writeFileSync(path, wanted);
}

function installNodePackages() {
  unlessDone({
    stamp: "node_modules/.fitstream-packages",
    inputs: ["package-lock.json"],
    output: "node_modules/nx/package.json",
    work: () => {
      say("installing npm packages (npm ci)");
      run("npm", ["ci", "--no-fund", "--no-audit", "--loglevel=error"]);
    },
  });
}

function build() {
  const sources = ["packages/native/cpp", "packages/native/CMakeLists.txt"];
  const typescript = ["native", "remote", "table", "dataset", "bench"].map(
    (name) => `packages/${name}/src`,
  );
  const inputs = [
    ...filesBelow("packages/native/cpp/core"),
    ...filesBelow("packages/native/cpp/addon"),
    ...sources.slice(1),
    ...typescript.flatMap(filesBelow),
    ...filesBelow("examples").filter((name) => name.endsWith(".ts")),
    "tsconfig.base.json",
    "package-lock.json",
  ].filter((name) => !name.includes("/node_modules/") && !name.includes("/dist/"));
  const addon = `packages/native/prebuilds/${process.platform}-${process.arch}/fitstream.node`;
  unlessDone({
    stamp: "node_modules/.fitstream-build",
    inputs,
    output: addon,
    work: () => {
      say("building the native addon and the TypeScript packages (nx run-many -t build)");
      run("npx", ["nx", "run-many", "-t", "build", "--outputStyle=static"]);
    },
  });
}

/**
 * Makes the checkout ready.
 *
 * @param {{ forTests?: boolean }} [options]
 */
export function setUp({ forTests = false } = {}) {
  const start = performance.now();
  checkNode();
  installSystemPackages(forTests ? [...debian, ...debianForTests] : debian);
  installNodePackages();
  build();
  say(`ready (${((performance.now() - start) / 1000).toFixed(1)} s)`);
}

/** Makes ready what the fuzz targets are built with; they know no Node. */
export function setUpFuzzing() {
  checkNode();
  installSystemPackages([...debian, ...debianForFuzzing]);
}

/** Version of an installed command, for reports. @param {string} command */
export function versionOf(command) {
  return execFileSync(command, ["--version"], { encoding: "utf8" }).split("\n")[0] ?? "";
}

if (import.meta.url === pathToFileURL(process.argv[1] ?? "").href) {
  setUp({ forTests: process.argv.includes("--tests") });
}
