#!/usr/bin/env node
// @ts-check
/** `node tools/run.mjs FILE [ARGS]`: makes the checkout ready, then runs one of its programs. */
import { spawn } from "node:child_process";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import { root, setUp } from "./setup.mjs";

/**
 * Runs a program of the checkout from where the user stands, and ends as it does.
 *
 * @param {string} file Relative to the root.
 * @param {readonly string[]} args
 */
export function runProgram(file, args) {
  const cwd = process.env["INIT_CWD"] ?? process.cwd();
  const child = spawn(process.execPath, [join(root, file), ...args], { cwd, stdio: "inherit" });
  // The terminal sends Ctrl-C to the child too: it decides how to end.
  for (const signal of /** @type {const} */ (["SIGINT", "SIGTERM"])) {
    process.on(signal, () => child.kill(signal));
  }
  child.on("exit", (code, signal) => {
    process.exitCode = code ?? (signal === null ? 1 : 130);
  });
}

if (import.meta.url === pathToFileURL(process.argv[1] ?? "").href) {
  const [file = "", ...args] = process.argv.slice(2);
  setUp();
  runProgram(file, args);
}
