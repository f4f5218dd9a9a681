#!/usr/bin/env node
// @ts-check
/**
 * `npm run fuzz`: builds the fuzz targets of the C++ core (packages/native/cpp/fuzz) with clang,
 * AddressSanitizer and UndefinedBehaviorSanitizer, and runs them. What they learn is kept in
 * packages/native/build/fuzz/corpus, so that the next run goes on from there.
 */
import { spawn, spawnSync } from "node:child_process";
import {
  createWriteStream,
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  rmSync,
} from "node:fs";
import { availableParallelism } from "node:os";
import { join, relative, resolve } from "node:path";
import { parseArgs } from "node:util";
import { root, setUpFuzzing, symbolizer } from "./setup.mjs";

const native = join(root, "packages/native");
const sources = join(native, "cpp/fuzz");
const build = join(native, "build/fuzz");
const usage = `usage: npm run fuzz -- [target ...] [options]

  --seconds N    CPU time of each target (60)
  --jobs N       targets that run at the same time (all processors)
  --fits FOLDER  files that inputs are made from, beside those that are written for it
                 (../shared/fits, where it is there)

Ends with 1 when a target crashed. An input that was mended belongs in
packages/native/cpp/fuzz/crashes/<target>, where the C++ tests run it.

targets: ${allTargets().join(" ")}`;

/** @param {string} text @returns {never} */
function stop(text) {
  console.error(`[fuzz] ${text}`);
  process.exit(2);
}

/** Files with an entry for libFuzzer. */
function allTargets() {
  return readdirSync(sources)
    .filter((name) => name.endsWith(".cc"))
    .filter((name) =>
      readFileSync(join(sources, name), "utf8").includes('extern "C" int LLVMFuzzerTestOneInput'),
    )
    .map((name) => name.slice(0, -".cc".length))
    .sort();
}

/** @param {string} command @param {readonly string[]} args */
function run(command, args) {
  const { status, stdout } = spawnSync(command, args, {
    cwd: native,
    encoding: "utf8",
    stdio: ["ignore", "pipe", "inherit"],
  });
  if (status !== 0) stop(`${stdout}\n\`${command} ${args.join(" ")}\` failed`);
}

/** CPU seconds of a process so far; undefined when it has ended. @param {number} pid */
function cpuSeconds(pid) {
  try {
    const fields = readFileSync(`/proc/${pid}/stat`, "utf8").split(") ")[1]?.split(" ") ?? [];
    const ticksPerSecond = 100;
    return (Number(fields[11]) + Number(fields[12])) / ticksPerSecond;
  } catch {
    return undefined;
  }
}

/** @type {Set<import("node:child_process").ChildProcess>} */
const children = new Set();
let isInterrupted = false;

/**
 * Runs a program to its end, which it is asked for when it has had its CPU time: the clock of a busy
 * machine runs on while nothing else does.
 *
 * @param {string} program
 * @param {readonly string[]} args
 * @param {string} log Where its words are written to.
 * @param {number} seconds
 */
async function runProgram(program, args, log, seconds) {
  const child = spawn(program, args, {
    stdio: ["ignore", "ignore", "pipe"],
    env: { ...process.env, ASAN_SYMBOLIZER_PATH: symbolizer },
  });
  children.add(child);
  let text = "";
  const file = createWriteStream(log);
  child.stderr.on("data", (/** @type {Buffer} */ piece) => {
    file.write(piece);
    text = (text + piece.toString("latin1")).slice(-65536);
  });
  let cpu = 0;
  const clock = setInterval(() => {
    cpu = cpuSeconds(child.pid ?? 0) ?? cpu;
    if (cpu >= seconds) child.kill("SIGUSR1");
  }, 250);
  const isGood = (await new Promise((done) => child.on("close", done))) === 0;
  clearInterval(clock);
  file.end();
  children.delete(child);
  return { isGood, text, cpu };
}

/** @param {string} path */
function shown(path) {
  return relative(process.cwd(), path);
}

/**
 * Fuzzes one target and says what came of it.
 *
 * @param {string} target
 * @param {number} seconds
 */
async function fuzz(target, seconds) {
  const [corpus, seeds] = [join(build, "corpus", target), join(build, "seeds", target)];
  const [logs, crashes] = [join(build, "logs"), join(build, "crashes")];
  for (const made of [corpus, seeds, logs, crashes]) mkdirSync(made, { recursive: true });
  const program = join(build, `fuzz_${target}`);
  const mended = join(sources, "crashes", target);
  const total = { executions: 0, features: "?", cpu: 0 };
  /** @param {string} outcome */
  const report = (outcome) =>
    console.log(
      `${target.padEnd(18)} ${String(total.executions).padStart(9)} executions  ` +
        `${total.features.padStart(6)} features  ${total.cpu.toFixed(0).padStart(5)} CPU s  ${outcome}`,
    );

  while (total.cpu < seconds && !isInterrupted) {
    const args = [
      // An input that takes more has found something: memory that only a header speaks of.
      "-rss_limit_mb=2048",
      "-malloc_limit_mb=1024",
      "-timeout=10",
      "-print_final_stats=1",
      `-dict=${join(sources, "fits.dict")}`,
      `-artifact_prefix=${join(crashes, `${target}-`)}`,
      ...[corpus, seeds, mended].filter((folder) => existsSync(folder)),
    ];
    const log = join(logs, `${target}.log`);
    const { isGood, text, cpu } = await runProgram(program, args, log, seconds - total.cpu);
    if (isInterrupted) break;
    total.executions += Number(/number_of_executed_units: (\d+)/.exec(text)?.[1] ?? 0);
    total.features = [...text.matchAll(/ ft: (\d+)/g)].at(-1)?.[1] ?? total.features;
    total.cpu += cpu;
    if (isGood) continue;
    // Inputs that only were slow are written, too, before the one that it ended with.
    const input = [...text.matchAll(/Test unit written to (\S+)/g)].at(-1)?.[1] ?? "";
    const isTimeout = input.includes(`${target}-timeout-`);
    // On a busy machine the clock alone may have run out.
    if (isTimeout && (await runProgram(program, [input], `${log}.replay`, seconds)).isGood) {
      rmSync(input);
      continue;
    }
    report("CRASHED");
    console.log(`  log:    ${shown(log)}\n  replay: ${shown(program)} ${input && shown(input)}`);
    return { isGood: false, cpu: total.cpu };
  }
  report(isInterrupted ? "interrupted" : "ok");
  return { isGood: true, cpu: total.cpu };
}

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: {
    seconds: { type: "string", default: "60" },
    jobs: { type: "string", default: String(availableParallelism()) },
    fits: { type: "string", default: join(root, "../shared/fits") },
    help: { type: "boolean", default: false },
  },
});
if (values.help) {
  console.log(usage);
  process.exit(0);
}
const [seconds, jobs] = [Number(values.seconds), Number(values.jobs)];
if (!(seconds > 0 && jobs > 0)) stop(`--seconds and --jobs must be numbers above 0\n\n${usage}`);
const unknown = positionals.filter((name) => !allTargets().includes(name));
if (unknown.length > 0) stop(`no such target: ${unknown.join(", ")}\n\n${usage}`);

setUpFuzzing();
console.log("[fuzz] building the targets (a few minutes the first time)");
run("cmake", ["--preset", "fuzz"]);
run("cmake", ["--build", "--preset", "fuzz"]);
const folder = resolve(process.env["INIT_CWD"] ?? process.cwd(), values.fits);
run(join(build, "fuzz_seeds"), [join(build, "seeds"), ...(existsSync(folder) ? [folder] : [])]);

for (const signal of /** @type {const} */ (["SIGINT", "SIGTERM"])) {
  process.on(signal, () => {
    isInterrupted = true;
    for (const child of children) child.kill("SIGKILL");
  });
}
const queue = positionals.length > 0 ? [...positionals] : allTargets();
console.log(`[fuzz] ${queue.length} targets, ${seconds} CPU s each, ${jobs} at a time`);
let crashed = 0;
let cpu = 0;
await Promise.all(
  Array.from({ length: jobs }, async () => {
    for (
      let target = queue.shift();
      target !== undefined && !isInterrupted;
      target = queue.shift()
    ) {
      const result = await fuzz(target, seconds);
      crashed += result.isGood ? 0 : 1;
      cpu += result.cpu;
    }
  }),
);
console.log(`[fuzz] ${(cpu / 60).toFixed(1)} CPU minutes, ${crashed} crashed`);
process.exitCode = isInterrupted ? 130 : crashed > 0 ? 1 : 0;
