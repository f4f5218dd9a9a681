import { tableError } from "../errors.js";

/** An optional package that a subpath stands on. */
export interface Peer {
  /** Its name in the registry. */
  readonly name: string;
  /** What installs it. */
  readonly install: string;
  /** What helps where the package is there and its binary for this machine is not. */
  readonly binary?: string;
}

/** The package or file that a failed import or require looked for. */
function missingModule(error: unknown): string | undefined {
  if (!(error instanceof Error)) return undefined;
  const { code, message } = error as NodeJS.ErrnoException;
  if (code !== "MODULE_NOT_FOUND" && code !== "ERR_MODULE_NOT_FOUND") return undefined;
  return /Cannot find (?:package|module) '([^']+)'/.exec(message)?.[1];
}

/**
 * Imports an optional package.
 *
 * @throws {TableError} TABLE_PEER_MISSING, saying what to install: the package itself, or the
 *   package with its binary, which npm leaves out without a word where `engines` or `os` do not fit.
 */
export async function importPeer<T>(peer: Peer, load: () => Promise<T>): Promise<T> {
  try {
    return await load();
  } catch (error) {
    const missing = missingModule(error);
    const isWhole = missing === peer.name || missing?.endsWith(`/${peer.name}/index.js`) === true;
    throw tableError(
      {
        code: "TABLE_PEER_MISSING",
        what: isWhole
          ? `the optional package ${peer.name} is not installed: ${peer.install}`
          : `the optional package ${peer.name} cannot be loaded on ${process.platform}-${process.arch}, Node ${process.versions.node}: ${peer.binary ?? peer.install}`,
        ...(isWhole || !(error instanceof Error) ? {} : { found: missing ?? error.message }),
      },
      { cause: error },
    );
  }
}
