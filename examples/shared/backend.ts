import { createRequire } from "node:module";
import { dirname, sep } from "node:path";

/** The API of tfjs, which tfjs-node shares. */
export type Tf = typeof import("@tensorflow/tfjs");

/** What tfjs may compute with, fastest first. */
export type BackendName = "tfjs-node-gpu" | "tfjs-node" | "wasm" | "cpu";

/** A loaded tfjs whose backend is ready. */
export interface Backend {
  readonly tf: Tf;
  readonly name: BackendName;
  /** One sentence for the user: what computes, and what faster was not there. */
  readonly why: string;
}

const order: readonly BackendName[] = ["tfjs-node-gpu", "tfjs-node", "wasm", "cpu"];

const descriptions: Record<BackendName, string> = {
  "tfjs-node-gpu": "TensorFlow on the GPU",
  "tfjs-node": "TensorFlow on the CPU",
  wasm: "WebAssembly on one core",
  cpu: "plain JavaScript, slow",
};

/**
 * Loads tfjs with the first backend that works here. tfjs-node is not among the dependencies of this
 * example (it fetches TensorFlow when it is installed) and is used where the user has it.
 *
 * @param names What to try, in order. Default: all, fastest first.
 * @throws {Error} when none of them works; its cause is the last failure.
 */
export async function chooseBackend(names: readonly BackendName[] = order): Promise<Backend> {
  const failures: string[] = [];
  let cause: unknown;
  for (const name of names) {
    try {
      const tf = await load(name);
      const without = failures.length > 0 ? ` (${failures.join("; ")})` : "";
      return { tf, name, why: `Computing with ${descriptions[name]}${without}.` };
    } catch (error) {
      cause = error;
      failures.push(`${name} ${reasonOf(error)}`);
    }
  }
  throw new Error(`no tfjs backend works here: ${failures.join("; ")}`, { cause });
}

function reasonOf(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  const isAbsent = "code" in error && error.code === "ERR_MODULE_NOT_FOUND";
  return isAbsent ? "is not installed" : `does not work: ${error.message.split("\n")[0]}`;
}

async function load(name: BackendName): Promise<Tf> {
  if (name === "tfjs-node" || name === "tfjs-node-gpu") return loadNode(`@tensorflow/${name}`);
  const tf = await import("@tensorflow/tfjs");
  if (name === "wasm") await registerWasm();
  if (!(await tf.setBackend(name))) throw new Error(`tfjs cannot start its ${name} backend`);
  return tf;
}

/** The package may be absent, also for the compiler: hence a name that is no literal. */
async function loadNode(specifier: string): Promise<Tf> {
  const module: { default: Tf } = await import(specifier);
  await module.default.ready();
  return module.default;
}

async function registerWasm(): Promise<void> {
  const { setWasmPaths } = await import("@tensorflow/tfjs-backend-wasm");
  // By default it looks for the binaries in the working directory.
  const main = createRequire(import.meta.url).resolve("@tensorflow/tfjs-backend-wasm");
  setWasmPaths(dirname(main) + sep);
}
