import { spawnSync } from "node:child_process";
import { existsSync, mkdirSync, statSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import type { Context } from "./bench.js";
import { Peer, type PeerCommand } from "./peer.js";

const folderOfPeers = fileURLToPath(new URL("../peers/", import.meta.url));

/** Python libraries that may take part. */
export const libraries = ["fitsio", "astropy", "torchfits", "rustfits"] as const;

/**
 * Each library's fastest documented setting, on one thread: torch asks for huge pages only when it is
 * told to; numpy does by itself.
 */
export const pythonSettings: Readonly<Record<string, string>> = {
  THP_MEM_ALLOC_ENABLE: "1",
  TORCHFITS_NUM_THREADS: "1",
  OMP_NUM_THREADS: "1",
};

/** Path of a file in `peers/`. */
export function peerFile(name: string): string {
  return join(folderOfPeers, name);
}

interface CPeer {
  readonly name: string;
  readonly program: string;
  readonly sources: readonly string[];
  /** For pkg-config. */
  readonly library?: string;
}

const cfitsio: CPeer = {
  name: "CFITSIO C",
  program: "cfitsio_peer",
  sources: ["cfitsio_peer.c", "cfitsio_tables.c", "peer.c"],
  library: "cfitsio",
};
const limits: CPeer = {
  name: "limit",
  program: "limits_peer",
  sources: ["limits_peer.c", "peer.c"],
};

/** Compiles a peer once; where that fails, why. */
function compiled(
  context: Context,
  { program: name, sources, library }: CPeer,
): { readonly program: string } | { readonly missing: string } {
  const folder = join(context.data.folder, "bin");
  const program = join(folder, name);
  const files = sources.map(peerFile);
  const newest = Math.max(...files.map((file) => statSync(file).mtimeMs));
  if (existsSync(program) && statSync(program).mtimeMs > newest) return { program };
  mkdirSync(folder, { recursive: true });
  let flags: readonly string[] = [];
  if (library !== undefined) {
    const found = spawnSync("pkg-config", ["--cflags", "--libs", library], {
      encoding: "utf8",
    });
    if (found.status !== 0) return { missing: `no ${library} to compile ${name} with` };
    flags = found.stdout.trim().split(/\s+/).filter(Boolean);
  }
  const args = ["-O2", "-o", program, ...files, ...flags];
  const { status, error } = spawnSync("cc", args, { stdio: ["ignore", "ignore", "inherit"] });
  if (status === 0) return { program };
  return { missing: `${name} could not be compiled${error ? `: ${error.message}` : ""}` };
}

/** Our own reader, as any other: in a process of its own, at a level of the kernels. */
export async function startOurs(context: Context, level = "avx2"): Promise<Peer> {
  const script = fileURLToPath(new URL("./own-peer.js", import.meta.url));
  const peer = await Peer.start({
    name: level === "avx2" ? "fitstream" : `fitstream ${level}`,
    command: process.execPath,
    args: [script],
    env: { FITSTREAM_SIMD: level },
  });
  if (typeof peer === "string") throw new Error(`our own reader does not start: ${peer}`);
  context.versions.set(peer.name, peer.versions);
  return peer;
}

async function start(context: Context, command: PeerCommand, missing: string[]): Promise<Peer[]> {
  const peer = await Peer.start(command);
  if (typeof peer === "string") {
    missing.push(`${command.name}: ${peer}`);
    return [];
  }
  context.versions.set(peer.name, peer.versions);
  return [peer];
}

async function startCompiled(context: Context, peer: CPeer, missing: string[]): Promise<Peer[]> {
  const made = compiled(context, peer);
  if ("program" in made) {
    return start(context, { name: peer.name, command: made.program }, missing);
  }
  missing.push(made.missing);
  return [];
}

/** memcpy, open + pread, the page cache, a free core; nobody where there is no compiler. */
export function startLimits(context: Context, missing: string[] = []): Promise<Peer[]> {
  return startCompiled(context, limits, missing);
}

/** The frames of polars, with as many threads as there are cores. */
export async function startPolars(context: Context): Promise<Peer[]> {
  if ("missing" in context.python) return [];
  const args = [peerFile("python_peer.py"), "polars"];
  return start(context, { name: "polars", command: context.python.path, args }, []);
}

/** The processes that a bench calls. */
export class Readers {
  readonly ours: Peer;
  /**
   * Our own reader for calls that take new memory: its garbage is collected beside the next call of
   * the same process, which must not be one that takes none.
   */
  readonly oursFresh: Peer;
  /** CFITSIO's C API. */
  readonly c: readonly Peer[];
  /** memcpy, open + pread, the page cache. */
  readonly limits: readonly Peer[];
  readonly python: readonly Peer[];
  /** Who is not there, and why. */
  readonly missing: readonly string[];

  private constructor(
    ours: Peer,
    oursFresh: Peer,
    c: readonly Peer[],
    limits: readonly Peer[],
    python: readonly Peer[],
    missing: readonly string[],
  ) {
    this.ours = ours;
    this.oursFresh = oursFresh;
    this.c = c;
    this.limits = limits;
    this.python = python;
    this.missing = missing;
  }

  static async start(context: Context): Promise<Readers> {
    const missing: string[] = [];
    const c = await startCompiled(context, cfitsio, missing);
    const limits = await startLimits(context, missing);
    const python: Peer[] = [];
    if ("missing" in context.python) missing.push(context.python.missing);
    else {
      for (const name of libraries) {
        const args = [peerFile("python_peer.py"), name];
        const command = { name, command: context.python.path, args, env: pythonSettings };
        python.push(...(await start(context, command, missing)));
      }
    }
    const [ours, oursFresh] = [await startOurs(context), await startOurs(context)];
    return new Readers(ours, oursFresh, c, limits, python, missing);
  }

  /**
   * Reads files from the disk again. The kernel reads ahead in large pages then, as users' files lie in
   * memory; in what was written just now, or lay there for long, pages are small and copying takes twice
   * as long.
   */
  async reload(paths: readonly string[]): Promise<void> {
    const [limits] = this.limits;
    await limits?.run({ command: `reload ${paths.length}`, lines: paths });
  }

  close(): void {
    for (const peer of [this.ours, this.oursFresh, ...this.c, ...this.limits, ...this.python])
      peer.close();
  }

  /** Fresh processes for one piece of work: no reader's memory outlives it. */
  static async use<T>(context: Context, work: (readers: Readers) => Promise<T>): Promise<T> {
    const readers = await Readers.start(context);
    try {
      return await work(readers);
    } finally {
      readers.close();
    }
  }
}
