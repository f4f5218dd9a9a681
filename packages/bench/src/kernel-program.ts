/** The C++ program that runs parts of the core without Node (packages/native/cpp/bench). */
import { fileURLToPath } from "node:url";
import type { Context } from "./bench.js";
import { lastLine, runChild } from "./children.js";
import { say } from "./progress.js";

const native = fileURLToPath(new URL("../../native/", import.meta.url));
const program = `${native}build/bench/fitstream_kernels`;

type Program = { readonly path: string } | { readonly missing: string };

async function build(): Promise<Program> {
  for (const args of [
    ["--preset", "bench"],
    ["--build", "--preset", "bench"],
  ]) {
    say(`kernels: cmake ${args.join(" ")}`);
    const { status, stderr } = await runChild("cmake", args, { cwd: native });
    if (status !== 0) return { missing: `the C++ program is not built: ${lastLine(stderr)}` };
  }
  return { path: program };
}

let built: Promise<Program> | undefined;

/** Path of the program, which is built when it is first asked for; or why there is none. */
export function kernelProgram({ data }: Context): Promise<Program> {
  // Small data are for trying the bench: a build would take longer than all the rest.
  if (data.scale < 1) return Promise.resolve({ missing: "not built for small data" });
  built ??= build();
  return built;
}
