import { FitsError, type FitsErrorFields } from "@fitstream/native";
import type { RemoteError, RemoteErrorFields } from "@fitstream/remote";

/** What went wrong, by what the caller can do about it. */
export type DatasetErrorCode =
  /** An option or operator that makes no sense. */
  | "DATASET_BAD_ARGUMENT"
  /** Samples that do not fit into one batch: another shape or dtype. */
  | "DATASET_MISMATCH"
  /** A state that belongs to another dataset. */
  | "DATASET_STATE_MISMATCH"
  /** A transform threw. */
  | "DATASET_TRANSFORM_FAILED"
  /** A worker thread died, or could not start. */
  | "DATASET_WORKER_FAILED"
  /** The loader is closed, or iterated twice at once. */
  | "DATASET_CLOSED"
  /** A slot was asked for that is larger than the whole budget. */
  | "POOL_TOO_SMALL"
  /** Every slot is held by the caller. */
  | "POOL_EXHAUSTED"
  /** A lease was used, or released again, after its release. */
  | "POOL_RELEASED"
  /** Leases were not released (debug mode). */
  | "POOL_LEAK";

/** The parts of a {@link DatasetError}: plain data. */
export interface DatasetErrorFields {
  /** What went wrong, for programs. */
  readonly code: DatasetErrorCode;
  /** What is wrong, in words. */
  readonly what: string;
  /** What would have been right. */
  readonly expected?: string;
  /** What was there. */
  readonly found?: string;
}

/** A failure of a dataset, a loader or a pool. Failures of files are FitsErrors or RemoteErrors. */
export class DatasetError extends Error {
  /** What went wrong, for programs. */
  readonly code: DatasetErrorCode;
  /** What is wrong, in words. */
  readonly what: string;
  /** What would have been right. */
  readonly expected: string | undefined;
  /** What was there. */
  readonly found: string | undefined;

  constructor(fields: DatasetErrorFields, options?: ErrorOptions) {
    const { what, expected, found } = fields;
    let message = what;
    if (expected !== undefined) message += `; expected ${expected}`;
    if (found !== undefined) message += `${expected === undefined ? ";" : ","} found ${found}`;
    super(message, options);
    this.name = "DatasetError";
    this.code = fields.code;
    this.what = what;
    this.expected = expected;
    this.found = found;
  }

  /** The parts, for another thread or a log. */
  toJSON(): DatasetErrorFields {
    const { code, what, expected, found } = this;
    return {
      code,
      what,
      ...(expected === undefined ? {} : { expected }),
      ...(found === undefined ? {} : { found }),
    };
  }
}

/** Whether `error` is a {@link DatasetError}, of one of `codes` where any are given. */
export function isDatasetError(
  error: unknown,
  ...codes: DatasetErrorCode[]
): error is DatasetError {
  return error instanceof DatasetError && (codes.length === 0 || codes.includes(error.code));
}

/** A failure as plain data: class, name and fields of an error do not cross threads, these do. */
export type PlainError =
  | { readonly from: "native"; readonly fields: FitsErrorFields }
  | { readonly from: "remote"; readonly fields: RemoteErrorFields }
  | { readonly from: "dataset"; readonly fields: DatasetErrorFields };

/** By its code, not its class: worker threads must not load the HTTP client for a comparison. */
function isRemoteError(error: unknown): error is RemoteError {
  return error instanceof Error && "code" in error && String(error.code).startsWith("REMOTE_");
}

/** Any error as plain data. Errors that are none of ours become a failed transform. */
export function toPlain(error: unknown): PlainError {
  if (error instanceof FitsError) return { from: "native", fields: error.toJSON() };
  if (error instanceof DatasetError) return { from: "dataset", fields: error.toJSON() };
  if (isRemoteError(error)) return { from: "remote", fields: error.toJSON() };
  const what = error instanceof Error ? `${error.name}: ${error.message}` : String(error);
  return { from: "dataset", fields: { code: "DATASET_TRANSFORM_FAILED", what } };
}

/** What can be wrong with a sample: its file, the way there, or a transform. */
export type FailedSampleError = FitsError | RemoteError | DatasetError;

/** Shorthand for the most common one. */
export function badArgument(what: string, expected?: string, found?: string): DatasetError {
  return new DatasetError({
    code: "DATASET_BAD_ARGUMENT",
    what,
    ...(expected === undefined ? {} : { expected }),
    ...(found === undefined ? {} : { found }),
  });
}
