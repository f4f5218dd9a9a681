import { tableError } from "../errors.js";

/** An optional package that a subpath stands on. */
export interface Peer {
  /** Its name in the registry. */
  readonly name: string;
  /** What installs it. */
  readonly install: string;
  /** What helps where the package is there and its binary for this machine is not. */
  readonly binary?: string;
  /** An export that versions which are too old do not have, by its path. */
  readonly needs?: readonly [string, ...string[]];
}

/** The package or file that a failed import or require looked for. */
function missingModule(error: unknown): string | undefined {
  if (!(error instanceof Error)) return undefined;
  const { code, message } = error as NodeJS.ErrnoException;
  if (code !== "MODULE_NOT_FOUND" && code !== "ERR_MODULE_NOT_FOUND") return undefined;
  return /Cannot find (?:package|module) '([^']+)'/.exec(message)?.[1];
}

function lacks(module: unknown, path: readonly string[]): boolean {
  return path.reduce((each, key) => (each as Record<string, unknown>)?.[key], module) === undefined;
}

/**
 * Imports an optional package.
 *
 * @throws {TableError} TABLE_PEER_MISSING, saying what to install: the package itself, a
 *   version that fits, or the package with its binary, which npm leaves out without a word where `engines` or `os` do not fit.
 */
export async function importPeer<T>(peer: Peer, load: () => Promise<T>): Promise<T> {
  const { name, install, needs } = peer;
  try {
    const module = await load();
    if (needs === undefined || !lacks(module, needs)) return module;
  } catch (error) {
    const missing = missingModule(error);
    const isWhole = missing === name || missing?.endsWith(`/${name}/index.js`) === true;
    const machine = `${process.platform}-${process.arch}, Node ${process.versions.node}`;
    throw tableError(
      {
        code: "TABLE_PEER_MISSING",
        what: isWhole
          ? `the optional package ${name} is not installed: ${install}`
          : `the optional package ${name} cannot be loaded on ${machine}: ${peer.binary ?? install}`,
        ...(isWhole || !(error instanceof Error) ? {} : { found: missing ?? error.message }),
      },
      { cause: error },
    );
  }
  throw tableError({
    code: "TABLE_PEER_MISSING",
    what: `the optional package ${name} is installed in a version that is too old: ${install}`,
  });
}
