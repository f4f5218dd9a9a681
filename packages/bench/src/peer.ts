import type { ChildProcessWithoutNullStreams } from "node:child_process";
import { createInterface } from "node:readline";
import { lastLine, spawnChild } from "./children.js";

/** What a peer answers to a command. */
export interface PeerAnswer {
  readonly ms: number;
  readonly bytes: number;
  readonly crc: number;
}

/** A command of a peer: a line, and the lines that it says follow. */
export interface Call {
  readonly command: string;
  readonly lines?: readonly string[];
}

/** The peer has no such call, or its library refuses it; the message says which. */
export class UnsupportedCall extends Error {}

export interface PeerCommand {
  readonly name: string;
  readonly command: string;
  readonly args?: readonly string[];
  readonly env?: Readonly<Record<string, string>>;
}

/**
 * A reader in a process of its own, which makes one call a command: peers/peer.h describes what is
 * said.
 */
export class Peer {
  readonly name: string;
  readonly versions: Readonly<Record<string, string>>;
  readonly #child: ChildProcessWithoutNullStreams;
  readonly #lines: AsyncIterator<string>;

  private constructor(
    name: string,
    versions: Readonly<Record<string, string>>,
    child: ChildProcessWithoutNullStreams,
    lines: AsyncIterator<string>,
  ) {
    this.name = name;
    this.versions = versions;
    this.#child = child;
    this.#lines = lines;
  }

  /** Starts a peer; where it does not start, what it said last. */
  static async start(start: PeerCommand): Promise<Peer | string> {
    const env = { ...process.env, ...start.env };
    const child = spawnChild(start.command, start.args ?? [], { env });
    let failure = "";
    child.on("error", (error) => {
      failure = error.message;
    });
    child.stderr.on("data", (chunk) => {
      failure = lastLine(String(chunk));
    });
    const lines = createInterface({ input: child.stdout })[Symbol.asyncIterator]();
    const hello = await lines.next();
    if (hello.done) return failure;
    const { versions } = JSON.parse(hello.value) as { versions: Record<string, string> };
    return new Peer(start.name, versions, child, lines);
  }

  get pid(): number {
    return this.#child.pid ?? 0;
  }

  /** @throws {UnsupportedCall} */
  async run({ command, lines = [] }: Call): Promise<PeerAnswer> {
    this.#child.stdin.write(`${[command, ...lines].join("\n")}\n`);
    const line = await this.#lines.next();
    if (line.done) throw new Error(`${this.name} ended at: ${command}`);
    const [, reason] = /^unsupported (.*)/.exec(line.value) ?? [];
    if (reason !== undefined) throw new UnsupportedCall(reason);
    const [ms = Number.NaN, bytes = -1, crc = 0] = line.value.split(" ").map(Number);
    if (bytes < 0) throw new Error(`${this.name} failed (${bytes}) at: ${command}`);
    return { ms, bytes, crc };
  }

  close(): void {
    this.#child.stdin.end();
    this.#child.kill();
  }
}
