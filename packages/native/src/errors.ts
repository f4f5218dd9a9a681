/**
 * What went wrong, by what the caller can do about it. The names are the core's
 * (`cpp/core/status.h`).
 */
export type FitsErrorCode =
  | "FITS_EMPTY"
  | "FITS_NOT_FITS"
  | "FITS_NO_END"
  | "FITS_TRUNCATED"
  | "FITS_BAD_HEADER"
  | "FITS_SIZE_OVERFLOW"
  | "FITS_CORRUPT"
  | "FITS_UNSUPPORTED"
  | "FITS_OUT_OF_BOUNDS"
  | "FITS_BAD_ARGUMENT"
  | "FITS_FILE_CHANGED"
  | "FITS_LIMIT"
  | "FITS_NOT_FOUND"
  | "FITS_IO"
  | "FITS_ABORTED";

/** The parts of a {@link FitsError}: plain data, which survives the way between threads. */
export interface FitsErrorFields {
  readonly code: FitsErrorCode;
  /** What is wrong, without its place: "NAXIS2 has an impossible value". */
  readonly what: string;
  readonly expected?: string;
  readonly found?: string;
  /** Path or URL of the file. */
  readonly path?: string;
  /** Index of the HDU, from 0. */
  readonly hdu?: number;
  readonly keyword?: string;
  /** Index of the 80-character card in its header, from 0. */
  readonly card?: number;
  /** Byte in the file. */
  readonly offset?: number;
}

function compose(f: FitsErrorFields): string {
  const place = [f.path, f.hdu === undefined ? undefined : `HDU ${f.hdu}`].filter((s) => s);
  let text = place.length > 0 ? `${place.join(", ")}: ${f.what}` : f.what;
  if (f.expected !== undefined) text += `; expected ${f.expected}`;
  if (f.found !== undefined) text += `${f.expected === undefined ? ";" : ","} found ${f.found}`;
  const detail = [
    f.card === undefined ? undefined : `card ${f.card}`,
    f.offset === undefined ? undefined : `byte ${f.offset}`,
  ].filter((s) => s);
  if (detail.length > 0) text += ` (${detail.join(", ")})`;
  return text;
}

/**
 * A failure of reading or writing FITS. Its message says what was expected, what was found, and
 * where; the same parts are fields. Thrown as one of three subclasses, because callers react
 * differently to each: {@link FitsFormatError}, {@link FitsArgumentError}, {@link FitsIoError}.
 */
export class FitsError extends Error {
  readonly code: FitsErrorCode;
  readonly what: string;
  readonly expected: string | undefined;
  readonly found: string | undefined;
  readonly path: string | undefined;
  readonly hdu: number | undefined;
  readonly keyword: string | undefined;
  readonly card: number | undefined;
  readonly offset: number | undefined;

  constructor(fields: FitsErrorFields, options?: ErrorOptions) {
    super(compose(fields), options);
    this.name = new.target.name;
    this.code = fields.code;
    this.what = fields.what;
    this.expected = fields.expected;
    this.found = fields.found;
    this.path = fields.path;
    this.hdu = fields.hdu;
    this.keyword = fields.keyword;
    this.card = fields.card;
    this.offset = fields.offset;
  }

  /** The parts, for another thread or a log. {@link fitsError} makes an error of them again. */
  toJSON(): FitsErrorFields {
    const { code, what, expected, found, path, hdu, keyword, card, offset } = this;
    const all = { code, what, expected, found, path, hdu, keyword, card, offset };
    const known = Object.entries(all).filter(([, value]) => value !== undefined);
    return Object.fromEntries(known) as unknown as FitsErrorFields;
  }
}

/** The file is damaged, or not what it says it is: skip it. */
export class FitsFormatError extends FitsError {}

/** The caller asked for something that is not there or not possible: fix the call. */
export class FitsArgumentError extends FitsError {}

/** The file cannot be reached, or changed meanwhile: try again. */
export class FitsIoError extends FitsError {}

/** Makes the error class that fits the code. */
export function fitsError(fields: FitsErrorFields, options?: ErrorOptions): FitsError {
  switch (fields.code) {
    case "FITS_EMPTY":
    case "FITS_NOT_FITS":
    case "FITS_NO_END":
    case "FITS_TRUNCATED":
    case "FITS_BAD_HEADER":
    case "FITS_SIZE_OVERFLOW":
    case "FITS_CORRUPT":
    case "FITS_UNSUPPORTED":
      return new FitsFormatError(fields, options);
    case "FITS_OUT_OF_BOUNDS":
    case "FITS_BAD_ARGUMENT":
    case "FITS_LIMIT":
      return new FitsArgumentError(fields, options);
    case "FITS_FILE_CHANGED":
    case "FITS_NOT_FOUND":
    case "FITS_IO":
    case "FITS_ABORTED":
      return new FitsIoError(fields, options);
  }
}

/** Whether `error` is a {@link FitsError}, of one of `codes` where any are given. */
export function isFitsError(error: unknown, ...codes: FitsErrorCode[]): error is FitsError {
  return error instanceof FitsError && (codes.length === 0 || codes.includes(error.code));
}

/** What the addon throws: an Error that carries the core's fields. */
interface NativeError extends Error {
  readonly fits: FitsErrorFields;
}

function isNativeError(error: unknown): error is NativeError {
  return error instanceof Error && "fits" in error;
}

/**
 * Turns what the addon threw into a {@link FitsError}: its own errors, and the TypeErrors by which
 * it refuses arguments, such as a negative origin. Other errors pass unchanged.
 */
export function fromNative(error: unknown, place: Partial<FitsErrorFields> = {}): unknown {
  if (isNativeError(error)) return fitsError({ ...place, ...error.fits });
  if (!(error instanceof TypeError)) return error;
  const fields = { ...place, code: "FITS_BAD_ARGUMENT", what: error.message } as const;
  return fitsError(fields, { cause: error });
}

/** Runs a native call; an abort of `signal` wins over what the call says about it. */
export async function native<T>(
  call: () => Promise<T>,
  place: Partial<FitsErrorFields> = {},
  signal?: AbortSignal,
): Promise<T> {
  try {
    return await call();
  } catch (error) {
    signal?.throwIfAborted();
    throw fromNative(error, place);
  }
}

/** Runs a synchronous native call. */
export function nativeSync<T>(call: () => T, place: Partial<FitsErrorFields> = {}): T {
  try {
    return call();
  } catch (error) {
    throw fromNative(error, place);
  }
}
