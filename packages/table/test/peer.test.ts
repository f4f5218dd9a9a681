/** Optional packages that are not there: the error says what installs them. */
import { spawnSync } from "node:child_process";
import { expect, it } from "vitest";

/**
 * What `call` of an entry fails with where `import` and `require` do not find `missing`, or where
 * `import` finds the module at `instead`.
 */
function failureOf(entry: string, call: string, missing: string, instead?: string): string {
  const hooks = `export async function resolve(specifier, context, next) {
    if (specifier !== ${JSON.stringify(missing)}) return next(specifier, context);
    const url = ${JSON.stringify(instead ?? null)};
    if (url !== null) return { url, shortCircuit: true };
    const error = new Error("Cannot find package '" + specifier + "' imported from here");
    throw Object.assign(error, { code: "ERR_MODULE_NOT_FOUND" });
  }`;
  const program = `import Module, { register } from "node:module";
    register(${JSON.stringify(`data:text/javascript,${encodeURIComponent(hooks)}`)});
    const resolve = Module._resolveFilename;
    Module._resolveFilename = function (request, ...rest) {
      if (!request.startsWith(${JSON.stringify(missing)})) {
        return resolve.call(this, request, ...rest);
      }
      const error = new Error("Cannot find module '" + request + "'");
      throw Object.assign(error, { code: "MODULE_NOT_FOUND" });
    };
    const { FitsTable, makeColumn } = await import("@fitstream/table");
    const peer = await import(${JSON.stringify(entry)});
    const table = new FitsTable([makeColumn("x", [1, 2])]);
    await ${call}.catch((error) => console.log(error.code + " " + error.message));`;
  const args = ["--input-type=module", "--no-warnings", "--eval", program];
  const { stdout, stderr } = spawnSync(process.execPath, args, { encoding: "utf8" });
  return `${stdout}${stderr}`.trim();
}

it.each([
  [
    "@fitstream/table/arrow",
    "peer.toArrow(table)",
    "apache-arrow",
    /^npm install apache-arrow@21$/,
  ],
  [
    "@fitstream/table/duckdb",
    'peer.sql({ table }, "select 1")',
    "@duckdb/node-api",
    /^npm install @duckdb\/node-api$/,
  ],
  [
    "@fitstream/table/polars",
    "peer.toPolars(table)",
    "nodejs-polars",
    /^npm install nodejs-polars/,
  ],
])("%s: %s without %s says %s", (entry, call, missing, install) => {
  const failure = failureOf(entry, call, missing);
  const prefix = `TABLE_PEER_MISSING the optional package ${missing} is not installed: `;
  expect(failure).toContain(prefix);
  expect(failure.replace(prefix, "")).toMatch(install);
  expect(failureOf(entry, call, "nothing-of-this-name")).toBe("");
});

it("says so where a version is too old", () => {
  const old = "data:text/javascript,export default {}";
  const failure = failureOf("@fitstream/table/arrow", "peer.toArrow(table)", "apache-arrow", old);
  expect(failure).toBe(
    "TABLE_PEER_MISSING the optional package apache-arrow is installed in a version that is too old: npm install apache-arrow@21",
  );
});

it.each([
  ["@fitstream/table/duckdb", 'peer.sql({ table }, "select 1")', "@duckdb/node-bindings-"],
  ["@fitstream/table/polars", "peer.toPolars(table)", "nodejs-polars-"],
])("%s: says what brings a binary that npm left out", (entry, call, missing) => {
  const failure = failureOf(entry, call, missing);
  expect(failure).toMatch(/^TABLE_PEER_MISSING .* cannot be loaded on \S+, Node \S+: npm install/);
  expect(failure).toContain(`found ${missing}`);
});

it("names the version of polars whose binaries Node 20 gets", () => {
  const failure = failureOf("@fitstream/table/polars", "peer.toPolars(table)", "nodejs-polars-");
  const isOld = Number.parseInt(process.versions.node, 10) < 22;
  expect(failure.includes("npm install nodejs-polars@0.24.1, as npm leaves out")).toBe(isOld);
});
