import { remoteError } from "./errors.js";

/** Where a file is, what to send there, and what to call it. */
export interface Location {
  /** Without user, password and fragment. */
  readonly url: URL;
  /** Lower-case names. Not sent to other origins. */
  readonly headers: Readonly<Record<string, string>>;
  /** The URL for messages: without secrets. */
  readonly name: string;
}

const secretParameter = /auth|cred|key|pass|secret|sig|token/i;

/** The URL without user and password, and with the values of secret parameters blanked. */
export function redact(url: URL): string {
  const shown = new URL(url);
  shown.username = "";
  shown.password = "";
  for (const name of new Set(shown.searchParams.keys())) {
    if (secretParameter.test(name)) shown.searchParams.set(name, "REDACTED");
  }
  return shown.href;
}

function unsupported(found: string, url: string): Error {
  const what = "this is no URL that can be read from a server";
  const expected = "a URL that begins with http: or https:";
  return remoteError({ code: "REMOTE_UNSUPPORTED_URL", what, expected, found, url });
}

/** Checks the scheme of `text`, which may be relative to `base`, and drops the fragment. */
export function parseUrl(text: string | URL, base?: URL): URL {
  if (!URL.canParse(String(text), base?.href)) {
    throw unsupported("no scheme", String(text).replace(/\/\/[^/]*@/, "//"));
  }
  const url = new URL(text, base);
  if (url.protocol !== "http:" && url.protocol !== "https:") {
    throw unsupported(url.protocol, redact(url));
  }
  url.hash = "";
  return url;
}

function basicAuth(url: URL): Record<string, string> {
  if (url.username === "" && url.password === "") return {};
  const pair = `${decodeURIComponent(url.username)}:${decodeURIComponent(url.password)}`;
  return { authorization: `Basic ${Buffer.from(pair).toString("base64")}` };
}

/** @throws {RemoteError} REMOTE_UNSUPPORTED_URL, or REMOTE_BAD_ARGUMENT for impossible headers. */
export function locate(text: string | URL, given: Readonly<Record<string, string>> = {}): Location {
  const url = parseUrl(text);
  const name = redact(url);
  try {
    const headers = { ...basicAuth(url), ...Object.fromEntries(new Headers(given)) };
    url.username = "";
    url.password = "";
    return { url, headers, name };
  } catch (cause) {
    const what = "a header, or the user or password, cannot be sent";
    throw remoteError({ code: "REMOTE_BAD_ARGUMENT", what, url: name }, { cause });
  }
}
