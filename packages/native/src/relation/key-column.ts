import { withCancelFlag } from "../cancel.js";
import { bytesOf, dtypeOf, type TypedArray } from "../dtype.js";
import { fitsError, native } from "../errors.js";
import type { RawControl, RawKeyColumn } from "../raw/relation.js";

/**
 * One value a row, as the relational verbs take it. The memory stays the caller's and may be
 * shared; it must not change before the promise of a verb settles.
 *
 * A row is null where its validity bit is 0, and, of floats, where it is NaN. -0 equals 0. Strings
 * are compared byte by byte; an empty string is a value.
 */
export interface KeyColumn {
  /** Logicals are numbers, too: 0 and 1 as uint8. */
  readonly kind: "number" | "string";
  /** Numbers: one a row. Strings: the bytes of all strings, a Uint8Array. */
  readonly data: TypedArray;
  /** Of strings: string `i` is `data[offsets[i]]` to `data[offsets[i + 1]]`; rows + 1 of them. */
  readonly offsets?: Int32Array | undefined;
  /** A bit per row, lowest first, 0 for null. Absent: none is null but NaN. */
  readonly validity?: Uint8Array | undefined;
}

/** What every relational verb can be told. */
export interface RelationOptions {
  /** Threads at work, at most; 2 by default. The result is the same for any number. */
  readonly threads?: number | undefined;
  /** Ends the work early: the promise rejects with the signal's reason. */
  readonly signal?: AbortSignal | undefined;
}

/** The row number that stands for "no row": gathered, it is a null. */
export const NO_ROW = 0xffffffff;

/** The column as the addon takes it. */
export function toRaw(column: KeyColumn): RawKeyColumn {
  const { kind, data, offsets, validity } = column;
  if (kind === "number") return { dtype: dtypeOf(data), data: bytesOf(data), validity };
  if (!(data instanceof Uint8Array) || !(offsets instanceof Int32Array)) {
    throw fitsError({
      code: "FITS_BAD_ARGUMENT",
      what: "a column of strings is incomplete",
      expected: "a Uint8Array of data and an Int32Array of offsets",
    });
  }
  return { data, offsets, validity };
}

/** Runs a verb with its errors as FitsErrors, and with the flag that an abort raises. */
export function runVerb<T>(
  { threads = 2, signal }: RelationOptions,
  verb: (control: RawControl) => Promise<T>,
): Promise<T> {
  return withCancelFlag(signal, (cancel) =>
    native(async () => verb({ threads, cancel }), {}, signal),
  );
}
