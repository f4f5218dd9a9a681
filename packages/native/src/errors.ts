/**
 * What went wrong, by what the caller can do about it. The names are the core's
 * (`cpp/core/status.h`).
 */
export type FitsErrorCode =
  /** The file has no bytes. */
  | "FITS_EMPTY"
  /** The bytes do not start an HDU. */
  | "FITS_NOT_FITS"
  /** A header without END card. */
  | "FITS_NO_END"
  /** Fewer bytes than the header declares. */
  | "FITS_TRUNCATED"
  /** A keyword is missing, or its value makes no sense. */
  | "FITS_BAD_HEADER"
  /** A product of declared sizes leaves 63 bits. */
  | "FITS_SIZE_OVERFLOW"
  /** The data contradict the header or the codec. */
  | "FITS_CORRUPT"
  /** Legal FITS that is not read (yet). */
  | "FITS_UNSUPPORTED"
  /** A window, row, column or HDU that is not there. */
  | "FITS_OUT_OF_BOUNDS"
  /** The caller asked for something impossible. */
  | "FITS_BAD_ARGUMENT"
  /** Size or mtime differ from what was recorded. */
  | "FITS_FILE_CHANGED"
  /** A declared size is above the limit that the caller set. */
  | "FITS_LIMIT"
  /** No such file. */
  | "FITS_NOT_FOUND"
  /** The operating system failed. */
  | "FITS_IO"
  /** Another thread raised the cancel flag. */
  | "FITS_ABORTED";

/** The parts of a {@link FitsError}: plain data, which survives the way between threads. */
export interface FitsErrorFields {
  /** What went wrong, for programs. */
  readonly code: FitsErrorCode;
  /** What is wrong, without its place: "NAXIS2 has an impossible value". */
  readonly what: string;
  /** What should have been there. */
  readonly expected?: string;
  /** What was there. */
  readonly found?: string;
  /** Path or URL of the file. */
  readonly path?: string;
  /** Index of the HDU, from 0. */
  readonly hdu?: number;
  /** The keyword that is wrong. */
  readonly keyword?: string;
  /** Index of the 80-character card in its header, from 0. */
  readonly card?: number;
  /** Byte in the file. */
  readonly offset?: number;
  /** Character in the text of an expression, from 1. */
  readonly position?: number;
  /** The line of that text around it, and a caret on a line below. */
  readonly excerpt?: string;
}

function compose(f: FitsErrorFields): string {
  const place = [f.path, f.hdu === undefined ? undefined : `HDU ${f.hdu}`].filter((s) => s);
  let text = place.length > 0 ? `${place.join(", ")}: ${f.what}` : f.what;
  if (f.expected !== undefined) text += `; expected ${f.expected}`;
  if (f.found !== undefined) text += `${f.expected === undefined ? ";" : ","} found ${f.found}`;
  const detail = [
    f.card === undefined ? undefined : `card ${f.card}`,
    f.offset === undefined ? undefined : `byte ${f.offset}`,
    f.position === undefined ? undefined : `character ${f.position}`,
  ].filter((s) => s);
  if (detail.length > 0) text += ` (${detail.join(", ")})`;
  return f.excerpt === undefined ? text : `${text}\n${f.excerpt}`;
}

/**
 * A failure of reading or writing FITS. Its message says what was expected, what was found, and
 * where; the same parts are fields. Thrown as one of three subclasses, because callers react
 * differently to each: {@link FitsFormatError}, {@link FitsArgumentError}, {@link FitsIoError}.
 */
export class FitsError extends Error {
  /** What went wrong, for programs. */
  readonly code: FitsErrorCode;
  /** What is wrong, without its place. */
  readonly what: string;
  /** What should have been there. */
  readonly expected: string | undefined;
  /** What was there. */
  readonly found: string | undefined;
  /** Path or URL of the file. */
  readonly path: string | undefined;
  /** Index of the HDU, from 0. */
  readonly hdu: number | undefined;
  /** The keyword that is wrong. */
  readonly keyword: string | undefined;
  /** Index of the 80-character card in its header, from 0. */
  readonly card: number | undefined;
  /** Byte in the file. */
  readonly offset: number | undefined;
  /** Character in the text of an expression, from 1. */
  readonly position: number | undefined;
  /** The line of that text around it, and a caret on a line below. */
  readonly excerpt: string | undefined;

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
    this.position = fields.position;
    this.excerpt = fields.excerpt;
  }

  /** The parts, for another thread or a log. {@link fitsError} makes an error of them again. */
  toJSON(): FitsErrorFields {
    const { code, what, expected, found, path, hdu, keyword, card, offset } = this;
    const { position, excerpt } = this;
    const place = { path, hdu, keyword, card, offset, position, excerpt };
    const all = { code, what, expected, found, ...place };
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
  if (isNativeError(error)) {
    // Native code may know the file by another path than the caller does.
    const { path = error.fits.path } = place;
    return fitsError({ ...place, ...error.fits, ...(path === undefined ? {} : { path }) });
  }
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
