import {
  type ChildProcessWithoutNullStreams,
  execFileSync,
  spawn,
  spawnSync,
} from "node:child_process";
import { existsSync, mkdirSync, statSync } from "node:fs";
import { join } from "node:path";
import { createInterface, type Interface } from "node:readline";
import { fileURLToPath } from "node:url";

const peers = fileURLToPath(new URL("../peers/", import.meta.url));

/** What a peer answers to a command. */
export interface PeerAnswer {
  readonly ms: number;
  readonly bytes: number;
  readonly crc: number;
}

/** A reader in a process of its own, kept for the whole bench, which makes one call a command. */
export class Peer {
  readonly name: string;
  readonly versions: Readonly<Record<string, string>>;
  readonly #child: ChildProcessWithoutNullStreams;
  readonly #lines: AsyncIterator<string>;
  readonly #interface: Interface;

  private constructor(
    name: string,
    child: ChildProcessWithoutNullStreams,
    lines: Interface,
    iterator: AsyncIterator<string>,
    versions: Readonly<Record<string, string>>,
  ) {
    this.name = name;
    this.versions = versions;
    this.#child = child;
    this.#interface = lines;
    this.#lines = iterator;
  }

  /** Undefined where the peer does not start: it is not installed. */
  static async start(
    name: string,
    command: string,
    args: readonly string[],
  ): Promise<Peer | undefined> {
    const child = spawn(command, args, { stdio: ["pipe", "pipe", "pipe"] });
    child.stdin.on("error", () => undefined);
    child.on("error", () => undefined);
    child.stderr.resume();
    const lines = createInterface({ input: child.stdout });
    const iterator = lines[Symbol.asyncIterator]();
    const hello = await iterator.next();
    if (hello.done) return undefined;
    const { versions } = JSON.parse(hello.value) as { versions: Record<string, string> };
    return new Peer(name, child, lines, iterator, versions);
  }

  async run(command: string): Promise<PeerAnswer> {
    this.#child.stdin.write(`${command}\n`);
    const line = await this.#lines.next();
    if (line.done) throw new Error(`${this.name} ended at: ${command}`);
    const [ms = Number.NaN, bytes = -1, crc = 0] = line.value.split(" ").map(Number);
    if (bytes < 0) throw new Error(`${this.name} failed (${bytes}) at: ${command}`);
    return { ms, bytes, crc };
  }

  close(): void {
    this.#interface.close();
    this.#child.stdin.end();
    this.#child.kill();
  }
}

/** CFITSIO's C API, compiled here; undefined where there is no compiler or no CFITSIO. */
export async function cfitsioPeer(folder: string): Promise<Peer | undefined> {
  const source = join(peers, "cfitsio_peer.c");
  const program = join(folder, "bin", "cfitsio_peer");
  const isFresh = existsSync(program) && statSync(program).mtimeMs > statSync(source).mtimeMs;
  if (!isFresh) {
    mkdirSync(join(folder, "bin"), { recursive: true });
    const flags = spawnSync("pkg-config", ["--cflags", "--libs", "cfitsio"], { encoding: "utf8" });
    const libraries = (flags.stdout ?? "").trim().split(/\s+/).filter(Boolean);
    const args = ["-O2", "-o", program, source, ...libraries];
    const { status } = spawnSync("cc", args, { stdio: ["ignore", "ignore", "inherit"] });
    if (status !== 0) return undefined;
  }
  return Peer.start("cfitsio (C)", program, []);
}

/**
 * Interpreters to look for Python peers in: those of FITSTREAM_BENCH_PYTHON (separated by `:`), then
 * the system's.
 */
export function pythons(): readonly string[] {
  const chosen = (process.env["FITSTREAM_BENCH_PYTHON"] ?? "").split(":").filter(Boolean);
  const found = [...chosen, "python3", "/usr/bin/python3"].flatMap((python) => {
    try {
      const script = "import sys; print(sys.prefix)";
      return [
        { python, prefix: execFileSync(python, ["-c", script], { encoding: "utf8" }).trim() },
      ];
    } catch {
      return [];
    }
  });
  const seen = new Set<string>();
  return found.filter(({ prefix }) => !seen.has(prefix) && seen.add(prefix)).map((p) => p.python);
}

/** fitsio and astropy of every interpreter that has them. */
export async function pythonPeers(): Promise<readonly Peer[]> {
  const script = join(peers, "python_peer.py");
  const started: Peer[] = [];
  for (const python of pythons()) {
    for (const reader of ["fitsio", "astropy"]) {
      const peer = await Peer.start(reader, python, [script, reader]);
      if (peer === undefined) continue;
      const name = `${reader} ${peer.versions[reader] ?? ""}`;
      started.push(Object.assign(peer, { name }));
    }
  }
  return started;
}

/** Path of the Python loader. */
export const loaderScript: string = join(peers, "python_loader.py");
