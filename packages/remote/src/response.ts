import type { IncomingHttpHeaders } from "node:http";
import { type RemoteError, type RemoteErrorCode, remoteError } from "./errors.js";
import { TransientFailure } from "./retry.js";

/** What names the version of a file, as far as its server says. */
export interface Validator {
  /** Bytes of the whole file. */
  readonly size: number;
  /** Strong ones only: weak ones do not promise equal bytes. */
  readonly etag?: string;
  /** Last-Modified, as the server wrote it. */
  readonly lastModified?: string;
}

/** What is asked of a server: bytes `start` to before `end`. */
export interface Wanted {
  readonly name: string;
  readonly start: number;
  readonly end: number;
  /** The version they must be of; none when the file is being opened. */
  readonly validator?: Validator | undefined;
}

/** The head of a response. */
export interface Head {
  readonly statusCode: number;
  readonly headers: IncomingHttpHeaders;
}

/** A response that may be read: what its body holds. */
export interface Accepted {
  /** Byte in the file where the body begins. */
  readonly start: number;
  /** Where only the end of the body tells, undefined. */
  readonly length: number | undefined;
  /** Size of the file; as `length`, undefined where only the end of the body tells. */
  readonly size: number | undefined;
}

/**
 * Largest file that is taken whole from a server without ranges, in bytes. What has to come again
 * for each page that memory has lost should come in a few seconds.
 */
export const maxWholeBytes: number = 32 * 1024 * 1024;

/** One header as text. */
export function headerOf(headers: IncomingHttpHeaders, name: string): string | undefined {
  const value = headers[name];
  return Array.isArray(value) ? value[0] : value;
}

/** An error about the bytes of `wanted`. */
export function failure(
  wanted: Wanted,
  code: RemoteErrorCode,
  what: string,
  parts: { expected?: string; found?: string | undefined; status?: number },
  options?: ErrorOptions,
): RemoteError {
  return remoteError({ code, what, url: wanted.name, offset: wanted.start, ...parts }, options);
}

/** A file that only comes whole, and is too large for that. */
export function tooLarge(wanted: Wanted, found: string): RemoteError {
  const what = "the server sends no parts of files, and this one is too large to take whole";
  const expected = `status 206, or at most ${maxWholeBytes} bytes`;
  return failure(wanted, "REMOTE_NO_RANGES", what, { expected, found, status: 200 });
}

function bad(wanted: Wanted, what: string, expected: string, found = "none"): RemoteError {
  return failure(wanted, "REMOTE_BAD_RESPONSE", what, { expected, found });
}

function changed(wanted: Wanted, expected: string, found = "none"): RemoteError {
  const what = "the file changed since it was opened";
  return failure(wanted, "REMOTE_CHANGED", what, { expected, found });
}

/** What the headers say of the version, without the size, which they say in different places. */
export function validatorOf(headers: IncomingHttpHeaders): Omit<Validator, "size"> {
  const etag = headerOf(headers, "etag");
  const lastModified = headerOf(headers, "last-modified");
  return {
    ...(etag?.startsWith('"') ? { etag } : {}),
    ...(lastModified === undefined ? {} : { lastModified }),
  };
}

/** Last-Modified counts only without an ETag: it may differ between the servers of one file. */
function checkVersion(headers: IncomingHttpHeaders, size: number | undefined, wanted: Wanted) {
  const known = wanted.validator;
  if (known === undefined) return;
  if (size !== undefined && size !== known.size) {
    throw changed(wanted, `${known.size} bytes`, `${size} bytes`);
  }
  const tag = known.etag === undefined ? "lastModified" : "etag";
  const found = validatorOf(headers)[tag];
  if (known[tag] !== undefined && found !== known[tag]) throw changed(wanted, known[tag], found);
}

function checkEncoding(headers: IncomingHttpHeaders, wanted: Wanted): void {
  const found = headerOf(headers, "content-encoding")?.toLowerCase() ?? "identity";
  if (found === "identity") return;
  throw bad(wanted, "the body is encoded although that was ruled out", "identity", found);
}

/** @see RFC 9110, section 14.4 */
function acceptPart(headers: IncomingHttpHeaders, wanted: Wanted): Accepted {
  const text = headerOf(headers, "content-range");
  const match = /^bytes (\d+)-(\d+)\/(\d+)$/i.exec(text ?? "");
  if (match === null) {
    const what = "Content-Range is missing or malformed";
    throw new TransientFailure(bad(wanted, what, "bytes FIRST-LAST/SIZE", text));
  }
  const [first = 0, last = 0, size = 0] = match.slice(1).map(Number);
  checkVersion(headers, size, wanted);
  const wantedLast = Math.min(wanted.end, size) - 1;
  if (first !== wanted.start || last !== wantedLast) {
    const expected = `bytes ${wanted.start}-${wantedLast}/${size}`;
    throw new TransientFailure(bad(wanted, "the server sent another range", expected, text));
  }
  const length = last + 1 - first;
  const declared = headerOf(headers, "content-length") ?? String(length);
  if (Number(declared) !== length) {
    const what = "Content-Length does not fit Content-Range";
    throw new TransientFailure(bad(wanted, what, String(length), declared));
  }
  return { start: first, length, size };
}

/** The server ignores the range; a small file may come whole. */
function acceptWhole(headers: IncomingHttpHeaders, wanted: Wanted): Accepted {
  const text = headerOf(headers, "content-length");
  const declared = text === undefined ? undefined : Number(text);
  checkVersion(headers, declared, wanted);
  const size = declared ?? wanted.validator?.size;
  if (size !== undefined && size > maxWholeBytes) throw tooLarge(wanted, `${size} bytes`);
  if (size === undefined && headers["transfer-encoding"] === undefined) {
    // Where the connection's end is the body's end, a cut body looks complete.
    throw bad(wanted, "the size of the file cannot be known", "Content-Length or Content-Range");
  }
  return { start: 0, length: size, size };
}

/** Seconds or a date (RFC 9110, section 10.2.3), as milliseconds from now. */
function retryAfterMs(headers: IncomingHttpHeaders): number {
  const text = headerOf(headers, "retry-after") ?? "0";
  const ms = /^\d+$/.test(text) ? Number(text) * 1000 : Date.parse(text) - Date.now();
  return Number.isNaN(ms) ? 0 : ms;
}

function refusal({ statusCode: status, headers }: Head, wanted: Wanted): Error {
  switch (status) {
    case 401:
    case 403:
      return failure(wanted, "REMOTE_FORBIDDEN", "the server denies access", { status });
    case 404:
    case 410:
      return failure(wanted, "REMOTE_NOT_FOUND", "the server has no such file", { status });
    case 412:
      return changed(wanted, wanted.validator?.etag ?? "no condition", "another version");
    default: {
      const error = failure(wanted, "REMOTE_STATUS", "the server refuses", { status });
      const isTransient = status === 408 || status === 429 || status >= 500;
      return isTransient ? new TransientFailure(error, retryAfterMs(headers)) : error;
    }
  }
}

/** No byte of `wanted` is in the file: it is shorter than it was, or it was always empty. */
function acceptNothing(head: Head, wanted: Wanted): Accepted {
  const range = headerOf(head.headers, "content-range");
  const size = Number(/^bytes \*\/(\d+)$/i.exec(range ?? "")?.[1]);
  if (size === 0 && wanted.validator === undefined) return { start: 0, length: 0, size };
  const known = wanted.validator?.size ?? size;
  if (size >= 0 && size !== known) throw changed(wanted, `${known} bytes`, `${size} bytes`);
  throw refusal(head, wanted);
}

/**
 * Checks the head of a response against what was asked. Everything is checked, because clients and
 * proxies let wrong ranges and other versions through as successes.
 *
 * @throws {RemoteError} when another attempt would not help.
 * @throws {TransientFailure} when it may.
 */
export function acceptHead(head: Head, wanted: Wanted): Accepted {
  switch (head.statusCode) {
    case 206:
      checkEncoding(head.headers, wanted);
      return acceptPart(head.headers, wanted);
    case 200:
      checkEncoding(head.headers, wanted);
      return acceptWhole(head.headers, wanted);
    case 416:
      return acceptNothing(head, wanted);
    default:
      throw refusal(head, wanted);
  }
}
