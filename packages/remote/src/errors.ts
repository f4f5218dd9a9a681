/** What went wrong, by what the caller can do about it. */
export type RemoteErrorCode =
  /** Not an http: or https: URL. */
  | "REMOTE_UNSUPPORTED_URL"
  /** An option or argument that makes no sense. */
  | "REMOTE_BAD_ARGUMENT"
  /** A range that leaves the file. */
  | "REMOTE_OUT_OF_BOUNDS"
  /** Read after close, or closed while reading. */
  | "REMOTE_CLOSED"
  /** Status 404 or 410. */
  | "REMOTE_NOT_FOUND"
  /** Status 401 or 403, or a redirect from outside to an address inside the network. */
  | "REMOTE_FORBIDDEN"
  /** Any other status that is no success. */
  | "REMOTE_STATUS"
  /** No connection, or it broke. */
  | "REMOTE_UNREACHABLE"
  /** The server was silent, too slow, or the deadline passed. */
  | "REMOTE_TIMEOUT"
  /** A success that is not what was asked for: short, another range, an encoding. */
  | "REMOTE_BAD_RESPONSE"
  /** The server sends whole files only, and this one is too large for that. */
  | "REMOTE_NO_RANGES"
  /** The file is another one than when it was opened. Open it again. */
  | "REMOTE_CHANGED";

/** The parts of a {@link RemoteError}: plain data, which survives the way between threads. */
export interface RemoteErrorFields {
  /** What went wrong, for programs. */
  readonly code: RemoteErrorCode;
  /** What is wrong, without its place. */
  readonly what: string;
  /** Without user, password and the values of secret query parameters. */
  readonly url?: string | undefined;
  /** HTTP status of the last response. */
  readonly status?: number | undefined;
  /** Byte in the file. */
  readonly offset?: number | undefined;
  /** What should have come. */
  readonly expected?: string | undefined;
  /** What came. */
  readonly found?: string | undefined;
  /** How often the request was tried. */
  readonly attempts?: number | undefined;
}

function compose(f: RemoteErrorFields): string {
  let text = f.url === undefined ? f.what : `${f.url}: ${f.what}`;
  if (f.expected !== undefined) text += `; expected ${f.expected}`;
  if (f.found !== undefined) text += `${f.expected === undefined ? ";" : ","} found ${f.found}`;
  const detail = [
    f.status === undefined ? undefined : `status ${f.status}`,
    f.offset === undefined ? undefined : `byte ${f.offset}`,
    (f.attempts ?? 1) > 1 ? `${f.attempts} attempts` : undefined,
  ].filter((s) => s);
  if (detail.length > 0) text += ` (${detail.join(", ")})`;
  return text;
}

/**
 * A failure of reading from a server. Its message says what was expected, what was found, and
 * where; the same parts are fields. An abort is none: it rejects with the signal's reason.
 */
export class RemoteError extends Error {
  /** What went wrong, for programs. */
  readonly code: RemoteErrorCode;
  /** What is wrong, without its place. */
  readonly what: string;
  /** Without user, password and the values of secret query parameters. */
  readonly url: string | undefined;
  /** HTTP status of the last response. */
  readonly status: number | undefined;
  /** Byte in the file. */
  readonly offset: number | undefined;
  /** What should have come. */
  readonly expected: string | undefined;
  /** What came. */
  readonly found: string | undefined;
  /** How often the request was tried. */
  readonly attempts: number | undefined;

  constructor(fields: RemoteErrorFields, options?: ErrorOptions) {
    super(compose(fields), options);
    this.name = "RemoteError";
    this.code = fields.code;
    this.what = fields.what;
    this.url = fields.url;
    this.status = fields.status;
    this.offset = fields.offset;
    this.expected = fields.expected;
    this.found = fields.found;
    this.attempts = fields.attempts;
  }

  /** The parts, for another thread or a log. {@link remoteError} makes an error of them again. */
  toJSON(): RemoteErrorFields {
    const { code, what, url, status, offset, expected, found, attempts } = this;
    const all = { url, status, offset, expected, found, attempts };
    const known = Object.entries(all).filter(([, value]) => value !== undefined);
    return { code, what, ...Object.fromEntries(known) };
  }
}

/** Makes the error of its parts. */
export function remoteError(fields: RemoteErrorFields, options?: ErrorOptions): RemoteError {
  return new RemoteError(fields, options);
}

/** Whether `error` is a {@link RemoteError}, of one of `codes` where any are given. */
export function isRemoteError(error: unknown, ...codes: RemoteErrorCode[]): error is RemoteError {
  return error instanceof RemoteError && (codes.length === 0 || codes.includes(error.code));
}
