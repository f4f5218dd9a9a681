import type { DecodeResult, DecodeSetup, DecodeTask } from "./decode-task.js";
import { ImageDecoder } from "./image-decoder.js";
import { RowDecoder } from "./row-decoder.js";

/** Does what a task says, on whatever thread it lives. */
export class Decoder {
  readonly #images: ImageDecoder;
  readonly #rows: RowDecoder;

  /** @param isSync Decode images on this thread (workers) or on libuv's (main thread). */
  constructor(setup: DecodeSetup, isSync: boolean) {
    this.#images = new ImageDecoder(setup, isSync);
    this.#rows = new RowDecoder(setup);
  }

  run(task: DecodeTask): Promise<DecodeResult> {
    return task.kind === "rows" ? this.#rows.run(task) : this.#images.run(task);
  }
}
