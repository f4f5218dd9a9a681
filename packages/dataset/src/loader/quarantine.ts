import { DatasetError, type FailedSampleError, type PlainError } from "../errors.js";
import { fromPlain } from "../survey/from-plain.js";
import { metaOf, type SampleMeta, type SampleSource } from "../survey/sample-source.js";

/** A sample that was left out, and why. */
export interface QuarantinedSample extends SampleMeta {
  /** Why it was left out. */
  readonly error: FailedSampleError;
  /** Epoch in which it failed first. */
  readonly epoch: number;
  /** Step of that epoch. */
  readonly step: number;
}

/**
 * What to do about a sample that cannot be read or transformed: `fail` ends the iteration with its
 * error; `skip` leaves its place in the batch empty (mask 0, zeros), lists it, and goes on. The order
 * of the other samples is the same either way.
 */
export type ErrorPolicy = "fail" | "skip";

/** The list of samples that were left out: each once. */
export class Quarantine {
  readonly #source: SampleSource;
  readonly #decide: (sample: QuarantinedSample) => ErrorPolicy;
  readonly #samples = new Map<number, QuarantinedSample>();

  constructor(source: SampleSource, decide: (sample: QuarantinedSample) => ErrorPolicy) {
    this.#source = source;
    this.#decide = decide;
  }

  /** Lists a failed sample, or throws its error. */
  add(sample: number, plain: PlainError, epoch: number, step: number): void {
    const meta = metaOf(this.#source, sample);
    const error = fromPlain(plain);
    const entry = { ...meta, error, epoch, step };
    if (this.#decide(entry) === "fail") throw named(error, meta);
    if (!this.#samples.has(meta.id)) this.#samples.set(meta.id, entry);
  }

  list(): readonly QuarantinedSample[] {
    return [...this.#samples.values()];
  }
}

/** Errors of files name their place; those of transforms get the sample's. */
function named(error: FailedSampleError, { id, url, hdu, row }: SampleMeta): FailedSampleError {
  if (!(error instanceof DatasetError)) return error;
  const where = row === undefined ? "" : `, row ${row}`;
  const what = `sample ${id} (${url}, HDU ${hdu}${where}): ${error.what}`;
  return new DatasetError({ ...error.toJSON(), what }, { cause: error });
}
