/** Where the data of the benches lie: made once, kept. */
import { existsSync, mkdirSync } from "node:fs";
import { homedir } from "node:os";
import { join } from "node:path";
import { runChild } from "./children.js";
import { say } from "./progress.js";

export interface DataOptions {
  /** Default: the user's cache folder. */
  readonly folder?: string | undefined;
  /** Of the published sizes; 1 is 4 GB. */
  readonly scale: number;
  /** Whether the peers' own generator may be used where it is at hand. */
  readonly usesPython: boolean;
}

/** A folder of files, each made when it is first asked for. */
export class Data {
  readonly folder: string;
  readonly scale: number;
  readonly #usesPython: boolean;

  constructor({ folder, scale, usesPython }: DataOptions) {
    const cache = process.env["XDG_CACHE_HOME"] ?? join(homedir(), ".cache");
    const place = folder ?? join(cache, "fitstream", "bench");
    // Files of another size are other files.
    this.folder = scale === 1 ? place : join(place, `scale-${scale}`);
    this.scale = scale;
    this.#usesPython = usesPython;
    mkdirSync(this.folder, { recursive: true });
  }

  /** Side of the large images, as the peers' generator has it. */
  get side(): number {
    return Math.max(256, Math.round((4096 * this.scale) / 256) * 256);
  }

  /** A number of files or rows at this scale. */
  count(atFullScale: number, least = 1): number {
    return Math.max(least, Math.floor(atFullScale * this.scale));
  }

  path(...names: readonly string[]): string {
    return join(this.folder, ...names);
  }

  /**
   * Path of a case's file, or folder of files: there already, or made by the generator of the peers' own
   * benches where that and a Python with astropy are at hand (the data are then those of the published
   * figures), or by `make`.
   */
  async ensure(name: string, file: string, make: () => Promise<void>): Promise<string> {
    const path = this.path(file);
    if (existsSync(path)) return path;
    say(`data: making ${path}`);
    if (!(await this.#generateLikePeers(name))) await make();
    return path;
  }

  async #generateLikePeers(name: string): Promise<boolean> {
    const script = new URL("../../../../shared/peers/gen_data.py", import.meta.url).pathname;
    if (!this.#usesPython || !existsSync(script)) return false;
    const args = [script, this.folder, "--scale", String(this.scale), "--only", name];
    for (const python of ["/usr/bin/python3", "python3"]) {
      if ((await runChild(python, args)).status === 0) return true;
    }
    return false;
  }
}
