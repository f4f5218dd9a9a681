import { Agent } from "undici";
import { expect, it, vi } from "vitest";
import { locate } from "../src/location.js";
import { resolveOptions } from "../src/options.js";
import { requestRange } from "../src/request.js";
import { TransientFailure } from "../src/retry.js";
import { newCounters } from "../src/stats.js";

/** What becomes of an error that the transport throws. */
async function outcomeOf(error: unknown): Promise<unknown> {
  const agent = new Agent();
  vi.spyOn(agent, "request").mockRejectedValue(error);
  const location = locate("https://example.org/m31.fits");
  const request = { location, name: location.name, start: 0, end: 10 };
  const context = { agent, counters: newCounters(), options: resolveOptions({}) };
  const { signal } = new AbortController();
  return requestRange(request, () => {}, context, signal).catch((thrown: unknown) => thrown);
}

const coded = (code: string): Error => Object.assign(new Error("from the system"), { code });

it.each([
  ["ECONNRESET", "REMOTE_UNREACHABLE"],
  ["ECONNREFUSED", "REMOTE_UNREACHABLE"],
  ["EAI_AGAIN", "REMOTE_UNREACHABLE"],
  ["UND_ERR_SOCKET", "REMOTE_UNREACHABLE"],
  ["UND_ERR_CONNECT_TIMEOUT", "REMOTE_TIMEOUT"],
  ["UND_ERR_HEADERS_TIMEOUT", "REMOTE_TIMEOUT"],
  ["UND_ERR_BODY_TIMEOUT", "REMOTE_TIMEOUT"],
  ["UND_ERR_RES_CONTENT_LENGTH_MISMATCH", "REMOTE_BAD_RESPONSE"],
])("%s is %s, and may pass", async (systemCode, code) => {
  const cause = coded(systemCode);
  const outcome = await outcomeOf(cause);
  expect(outcome).toBeInstanceOf(TransientFailure);
  expect(outcome).toMatchObject({ error: { code, url: "https://example.org/m31.fits", cause } });
});

it.each([
  ["ENOTFOUND", "REMOTE_UNREACHABLE"],
  ["CERT_HAS_EXPIRED", "REMOTE_UNREACHABLE"],
  ["DEPTH_ZERO_SELF_SIGNED_CERT", "REMOTE_UNREACHABLE"],
  ["UNABLE_TO_VERIFY_LEAF_SIGNATURE", "REMOTE_UNREACHABLE"],
  ["ERR_TLS_CERT_ALTNAME_INVALID", "REMOTE_UNREACHABLE"],
  ["UND_ERR_INVALID_ARG", "REMOTE_BAD_ARGUMENT"],
])("%s is %s, and stays", async (systemCode, code) => {
  expect(await outcomeOf(coded(systemCode))).toMatchObject({ name: "RemoteError", code });
});

it("passes on what is no failure of the transfer", async () => {
  const mistake = new TypeError("a mistake");
  expect(await outcomeOf(mistake)).toBe(mistake);
});
