import { resolve } from "node:path";

/** A program: what it is asked for, and what it then does. */
export interface Command<Options extends { readonly help: boolean }> {
  /** What `--help` prints. */
  readonly usage: string;
  /** @throws Error that says which option is wrong. */
  readonly parse: (args: readonly string[]) => Options;
  readonly run: (options: Options, signal: AbortSignal) => Promise<unknown>;
}

/** A whole number that an option was given as text. */
export function wholeNumber(name: string, text: string, least: number): number {
  const n = Number(text);
  if (Number.isSafeInteger(n) && n >= least) return n;
  throw new Error(`--${name} takes a whole number >= ${least}, not "${text}"`);
}

/** npm runs scripts at the root of the workspace; names are meant from where the user stands. */
export function fromUser(path: string): string {
  return resolve(process.env["INIT_CWD"] ?? ".", path);
}

function say(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}

/** Runs a program with the arguments of the process. @returns Its exit code. */
export async function runCommand<Options extends { readonly help: boolean }>(
  { usage, parse, run }: Command<Options>,
  args: readonly string[] = process.argv.slice(2),
): Promise<number> {
  let options: Options;
  try {
    options = parse(args);
  } catch (error) {
    console.error(`${say(error)}\n\n${usage}`);
    return 2;
  }
  if (options.help) {
    console.log(usage);
    return 0;
  }
  // The first Ctrl-C ends the run in order; a second one ends the process.
  const controller = new AbortController();
  process.once("SIGINT", () => {
    console.log("\nstopping");
    controller.abort(new Error("interrupted"));
  });
  try {
    await run(options, controller.signal);
    return 0;
  } catch (error) {
    if (controller.signal.aborted) return 130;
    console.error(say(error));
    return 1;
  }
}
