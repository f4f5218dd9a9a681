import type { Agent, Dispatcher } from "undici";
import { untilAborted } from "./abort.js";
import { isInnerHost } from "./address.js";
import { RemoteError } from "./errors.js";
import { type Location, parseUrl } from "./location.js";
import type { ResolvedOptions } from "./options.js";
import {
  type Accepted,
  acceptHead,
  failure,
  headerOf,
  maxWholeBytes,
  tooLarge,
  type Validator,
  validatorOf,
  type Wanted,
} from "./response.js";
import { TransientFailure } from "./retry.js";
import type { Counters } from "./stats.js";

/** Takes bytes as they come, and must copy them; `offset` is their place in the file. */
export type Sink = (offset: number, bytes: Uint8Array) => void;

/** A range to fetch, and where from. */
export interface RangeRequest extends Wanted {
  readonly location: Location;
}

/** What the response said of the file. */
export interface RangeReply {
  readonly validator: Validator;
  /** Whether the whole file came, whatever was asked for. */
  readonly isWhole: boolean;
}

/** What requests of one client share. */
export interface RequestContext {
  readonly agent: Agent;
  readonly counters: Counters;
  readonly options: ResolvedOptions;
}

type Response = Dispatcher.ResponseData;

const maxRedirects = 5;
/** Rest of a useless body that is read so that its connection can be used again. */
const maxDiscardBytes = 16 * 1024;
const maxDiscardMs = 1_000;

function discard({ body }: Response): void {
  const signal = AbortSignal.timeout(maxDiscardMs);
  body.dump({ limit: maxDiscardBytes, signal }).catch(() => {});
}

function headersFor(
  request: RangeRequest,
  ofCaller: Readonly<Record<string, string>>,
): Record<string, string> {
  const etag = request.validator?.etag;
  return {
    "user-agent": "fitstream",
    ...ofCaller,
    // Encoded bodies have other offsets than the file.
    "accept-encoding": "identity",
    range: `bytes=${request.start}-${request.end - 1}`,
    ...(etag === undefined ? {} : { "if-match": etag }),
  };
}

/**
 * A server outside must not send us to what only we can reach: it would choose what is asked there,
 * and learn from our errors. Servers inside may send us on inside.
 */
async function checkRedirect(request: RangeRequest, from: URL, to: URL): Promise<void> {
  if (from.hostname === to.hostname || !(await isInnerHost(to)) || (await isInnerHost(from)))
    return;
  const what = "the server redirects to an address inside the network";
  throw failure(request, "REMOTE_FORBIDDEN", what, { found: to.origin });
}

/** Sends the request and follows redirects, with the caller's headers while the origin stays. */
async function send(
  request: RangeRequest,
  { agent, counters }: RequestContext,
  signal: AbortSignal,
): Promise<Response> {
  let { url, headers } = request.location;
  for (let hop = 0; ; ++hop) {
    counters.requests += 1;
    const { origin, pathname, search } = url;
    const path = pathname + search;
    const sent = { origin, path, method: "GET", headers: headersFor(request, headers), signal };
    // Raced, because while it connects undici does not listen to the signal.
    const response = await untilAborted(agent.request(sent), signal);
    const { statusCode: status } = response;
    if (![301, 302, 303, 307, 308].includes(status)) return response;
    discard(response);
    const to = headerOf(response.headers, "location");
    if (to === undefined || hop === maxRedirects) {
      const expected = `a Location, at most ${maxRedirects} times`;
      const found = to === undefined ? "none" : "another";
      const what = "the server redirects to nowhere";
      throw failure(request, "REMOTE_STATUS", what, { status, expected, found });
    }
    const next = parseUrl(to, url);
    await untilAborted(checkRedirect(request, url, next), signal);
    url = next;
    if (url.origin !== origin) headers = {};
  }
}

/** Destroys a body that comes too slowly; returns what ends the watch. */
function watch(
  body: Response["body"],
  received: () => number,
  request: RangeRequest,
  { minBytesPerSecond, rateWindowMs }: ResolvedOptions,
): () => void {
  let before = received();
  let pending: NodeJS.Immediate | undefined;
  const check = (): void => {
    const news = received() - before;
    before += news;
    if (news >= (minBytesPerSecond * rateWindowMs) / 1000) return;
    const expected = `${minBytesPerSecond} bytes/s over ${rateWindowMs} ms`;
    const parts = { expected, found: `${news} bytes in that time` };
    const error = failure(request, "REMOTE_TIMEOUT", "the server sends too slowly", parts);
    body.destroy(new TransientFailure(error));
  };
  const timer = setInterval(() => {
    // After a training step that held up the event loop, bytes that have come meanwhile go first.
    pending = setImmediate(check);
  }, rateWindowMs);
  return () => {
    clearInterval(timer);
    clearImmediate(pending);
  };
}

/** Reads the body into `sink` and returns its length. */
async function receive(
  { body }: Response,
  accepted: Accepted,
  request: RangeRequest,
  sink: Sink,
  { counters, options }: RequestContext,
): Promise<number> {
  const limit = accepted.length ?? maxWholeBytes;
  let received = 0;
  const unwatch = watch(body, () => received, request, options);
  try {
    for await (const bytes of body as AsyncIterable<Uint8Array>) {
      if (received + bytes.length > limit) break;
      sink(accepted.start + received, bytes);
      received += bytes.length;
      counters.bytesFetched += bytes.length;
    }
  } finally {
    unwatch();
  }
  const isTooLong = !body.readableEnded;
  if (isTooLong && accepted.length === undefined) throw tooLarge(request, `more than ${limit}`);
  if (!isTooLong && received === (accepted.length ?? received)) return received;
  const parts = { expected: `${limit} bytes`, found: isTooLong ? "more" : String(received) };
  const what = "the body has another length than its head says";
  throw new TransientFailure(failure(request, "REMOTE_BAD_RESPONSE", what, parts));
}

const kinds = [
  [/^UND_ERR_(CONNECT|HEADERS|BODY)_TIMEOUT$/, "REMOTE_TIMEOUT", "the server does not answer"],
  [/^(HTTPParserError|UND_ERR_RES_)/, "REMOTE_BAD_RESPONSE", "the response is malformed or cut"],
  [/^UND_ERR_INVALID_ARG$/, "REMOTE_BAD_ARGUMENT", "the request cannot be sent"],
  [/^[A-Z][A-Z\d_]+$/, "REMOTE_UNREACHABLE", "the connection failed"],
] as const;

/** A name that does not exist or a certificate that is not valid does not heal in seconds. */
const lasting = /^(ENOTFOUND|UND_ERR_INVALID|ERR_TLS|UNABLE_TO|HOSTNAME)|CERT/;

/** Puts what undici and the system throw in our terms; what is no failure of these passes. */
function translate(error: unknown, request: RangeRequest): unknown {
  if (error instanceof RemoteError || !(error instanceof Error)) return error;
  const key = (error as NodeJS.ErrnoException).code ?? error.name;
  const kind = kinds.find(([pattern]) => pattern.test(key));
  if (kind === undefined) return error;
  const [, code, what] = kind;
  const parts = { found: error.message || key };
  const ours = failure(request, code, what, parts, { cause: error });
  return lasting.test(key) ? ours : new TransientFailure(ours);
}

/**
 * Fetches one range, once. Its bytes go to `sink`, in order; where the server sends the whole file,
 * all bytes of that. When it throws, `sink` may have had any part of them.
 *
 * @throws {RemoteError} when another attempt would not help.
 * @throws {TransientFailure} when it may.
 */
export async function requestRange(
  request: RangeRequest,
  sink: Sink,
  context: RequestContext,
  signal: AbortSignal,
): Promise<RangeReply> {
  try {
    const response = await send(request, context, signal);
    try {
      const accepted = acceptHead(response, request);
      const isEmpty = accepted.length === 0;
      const received = isEmpty ? 0 : await receive(response, accepted, request, sink, context);
      const size = accepted.size ?? received;
      const isWhole = response.statusCode !== 206;
      return { validator: { ...validatorOf(response.headers), size }, isWhole };
    } finally {
      if (!response.body.readableDidRead) discard(response);
    }
  } catch (error) {
    signal.throwIfAborted();
    throw translate(error, request);
  }
}
