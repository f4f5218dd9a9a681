import {
  type Dtype,
  ImageTable,
  type FailedSample as NativeFailure,
  readBatch,
  readBatchSync,
  type TypedArray,
  viewOf,
} from "@fitstream/native";
import type { SampleFunction } from "../dataset-node.js";
import { DatasetError, toPlain } from "../errors.js";
import { type ArraySpec, elementsOf, sampleLength } from "../plan/tensors.js";
import { rngFor } from "../random.js";
import { applyTransform, type Sample } from "../transforms/transform.js";
import type { FailedPlace, SharedPlace } from "./assignment.js";
import type { DecodeResult, DecodeSetup, ImageTask } from "./decode-task.js";

function bytesAt(place: SharedPlace): Uint8Array {
  return new Uint8Array(place.buffer, place.offset, place.byteLength);
}

/** How many samples a piece of memory holds. */
function placesIn({ byteLength }: SharedPlace, spec: ArraySpec): number {
  return Math.floor(byteLength / Math.max(1, sampleLength(spec)));
}

/** A sample in memory of several pieces, all of a length. */
function viewAt(memory: readonly SharedPlace[], spec: ArraySpec, place: number): TypedArray<Dtype> {
  const [first] = memory;
  const each = first === undefined ? 0 : placesIn(first, spec);
  const piece = memory[Math.floor(place / each)];
  if (piece === undefined) throw new RangeError(`no memory at place ${place}`);
  const offset = piece.offset + (place % each) * sampleLength(spec);
  return viewOf(spec.dtype, piece.buffer, offset, elementsOf(spec));
}

type ModuleFunction = (
  ...args: [...Parameters<SampleFunction>, options: unknown]
) => ReturnType<SampleFunction>;

async function loadModule(url: string): Promise<ModuleFunction> {
  const { href, hash } = new URL(url);
  const name = hash.slice(1) || "transform";
  const module = (await import(href.replace(/#.*$/, ""))) as Record<string, unknown>;
  const run = module[name];
  if (typeof run === "function") return run as ModuleFunction;
  throw new DatasetError({
    code: "DATASET_BAD_ARGUMENT",
    what: `the module ${href} does not export a function ${name}`,
    found: Object.keys(module).join(", "),
  });
}

/**
 * Decodes and transforms the samples of tasks, on whatever thread it lives. Samples are decoded
 * straight to their places where the steps leave the size of a sample as it is, and pass through
 * scratch memory otherwise.
 */
export class ImageDecoder {
  readonly #setup: DecodeSetup;
  readonly #isSync: boolean;
  readonly #modules = new Map<string, Promise<ModuleFunction>>();
  /** Memory for samples before their transforms, one piece for each task under way; reused. */
  readonly #scratch: SharedArrayBuffer[] = [];

  /** @param isSync Decode on this thread (workers) or on the thread pool of libuv (main thread). */
  constructor(setup: DecodeSetup, isSync: boolean) {
    this.#setup = setup;
    this.#isSync = isSync;
  }

  async run(task: ImageTask): Promise<DecodeResult> {
    const { decoded, output } = task.plan;
    const { targets } = task;
    if (sampleLength(decoded) === sampleLength(output)) return this.#runIn(task, targets);
    const places = targets.reduce((n, target) => n + placesIn(target, output), 0);
    const byteLength = places * sampleLength(decoded);
    const last = this.#scratch.pop();
    const buffer =
      last !== undefined && last.byteLength >= byteLength
        ? last
        : new SharedArrayBuffer(byteLength);
    try {
      return await this.#runIn(task, [{ buffer, offset: 0, byteLength }]);
    } finally {
      this.#scratch.push(buffer);
    }
  }

  async #runIn(task: ImageTask, memory: readonly SharedPlace[]): Promise<DecodeResult> {
    const start = performance.now();
    const failed: FailedPlace[] = (await this.#decode(task, memory)).map(({ place, error }) => ({
      place,
      error: { from: "native", fields: error },
    }));
    const decodedAt = performance.now();
    if (this.#setup.steps.length > 0 || memory !== task.targets) {
      await this.#transform(task, memory, failed);
    }
    const end = performance.now();
    return { failed, ragged: [], decodeMs: decodedAt - start, transformMs: end - decodedAt };
  }

  async #decode(task: ImageTask, memory: readonly SharedPlace[]): Promise<NativeFailure[]> {
    const { images, paths, decoded } = task.plan;
    const { cancel, immutable } = this.#setup;
    const common = {
      table: new ImageTable(images, paths),
      shape: decoded.shape,
      dtype: decoded.dtype,
      target: memory.map(bytesAt),
      sampleStep: sampleLength(decoded),
      immutable,
      cancel,
    };
    const read = this.#isSync ? readBatchSync : readBatch;
    const failed: NativeFailure[] = [];
    if (task.local.length > 0) failed.push(...(await read({ ...common, samples: task.local })));
    if (task.fetched.length > 0) {
      const packed = task.packed === undefined ? new Uint8Array(0) : bytesAt(task.packed);
      const { fetched: samples, shards } = task;
      failed.push(...(await read({ ...common, samples, packed, shards })));
    }
    return failed;
  }

  async #transform(
    task: ImageTask,
    memory: readonly SharedPlace[],
    failed: FailedPlace[],
  ): Promise<void> {
    const { decoded, output } = task.plan;
    const { cancel } = this.#setup;
    const lost = new Set(failed.map(({ place }) => place));
    const row = decoded.shape.length + 2;
    for (const rows of [task.local, task.fetched]) {
      for (let at = 0; at < rows.length; at += row) {
        if (Atomics.load(cancel, 0) !== 0) return;
        const place = rows[at] ?? 0;
        const target = viewAt(task.targets, output, place);
        if (lost.has(place)) {
          target.fill(0 as never);
          continue;
        }
        try {
          const sample = await this.#steps(task, memory, place);
          if (
            sample.data.byteOffset !== target.byteOffset ||
            sample.data.buffer !== target.buffer
          ) {
            copyInto(target, sample, output);
          }
        } catch (error) {
          target.fill(0 as never);
          failed.push({ place, error: toPlain(error) });
        }
      }
    }
  }

  async #steps(task: ImageTask, memory: readonly SharedPlace[], place: number): Promise<Sample> {
    const { decoded } = task.plan;
    const { steps, seed } = this.#setup;
    const [id = 0, epoch = 0] = task.keys.subarray(2 * place, 2 * place + 2);
    let sample: Sample = { ...decoded, data: viewAt(memory, decoded, place) };
    for (const step of steps) {
      const context = { rng: rngFor(seed, epoch, id, step.op), id, epoch };
      if (step.kind === "builtin") {
        sample = applyTransform(step.spec, sample, context);
      } else {
        const run = await this.#module(step.url);
        sample = (await run(sample, context, step.options)) ?? sample;
      }
    }
    return sample;
  }

  #module(url: string): Promise<ModuleFunction> {
    let loaded = this.#modules.get(url);
    if (loaded === undefined) {
      loaded = loadModule(url);
      this.#modules.set(url, loaded);
    }
    return loaded;
  }
}

/** Puts a transformed sample into its place, if it is what the batch expects. */
export function copyInto(target: TypedArray, sample: Sample, expected: ArraySpec): void {
  const { data, shape, dtype } = sample;
  if (dtype !== expected.dtype || shape.join() !== expected.shape.join()) {
    throw new DatasetError({
      code: "DATASET_MISMATCH",
      what: "a transform returned another shape or dtype than it declares",
      expected: `${expected.dtype} [${expected.shape.join(", ")}]`,
      found: `${dtype} [${shape.join(", ")}]`,
    });
  }
  new Uint8Array(target.buffer, target.byteOffset, target.byteLength).set(
    new Uint8Array(data.buffer, data.byteOffset, data.byteLength),
  );
}
