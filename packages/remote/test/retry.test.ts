import { describe, expect, it } from "vitest";
import { remoteError } from "../src/errors.js";
import { retry, TransientFailure } from "../src/retry.js";

const url = "http://example.org/m31.fits";
const failed = (): Error =>
  new TransientFailure(remoteError({ code: "REMOTE_UNREACHABLE", what: "the connection failed" }));
const never = new AbortController().signal;

describe("retry", () => {
  it("numbers attempts from 1 and returns what the first success returns", async () => {
    const seen: number[] = [];
    const attempt = async (_: AbortSignal, number: number): Promise<string> => {
      seen.push(number);
      if (number < 3) throw failed();
      return "bytes";
    };
    expect(await retry(attempt, { url, retries: 5, deadlineMs: 5_000 }, never)).toBe("bytes");
    expect(seen).toEqual([1, 2, 3]);
  });

  it("keeps the last error as the cause when the deadline passes", async () => {
    const attempt = async (signal: AbortSignal, number: number): Promise<never> => {
      if (number === 1) throw failed();
      return new Promise((_, reject) => {
        signal.addEventListener("abort", () => reject(signal.reason));
      });
    };
    const policy = { url, retries: 5, deadlineMs: 300 };
    await expect(retry(attempt, policy, never)).rejects.toMatchObject({
      code: "REMOTE_TIMEOUT",
      attempts: 2,
      cause: { code: "REMOTE_UNREACHABLE" },
    });
  });

  it("pauses at most twice as long each time", async () => {
    const starts: number[] = [];
    const attempt = async (): Promise<never> => {
      starts.push(performance.now());
      throw failed();
    };
    const policy = { url, retries: 4, deadlineMs: 60_000 };
    await expect(retry(attempt, policy, never)).rejects.toMatchObject({ attempts: 5 });
    const pauses = starts.slice(1).map((at, i) => at - (starts[i] ?? 0));
    for (const [i, pause] of pauses.entries()) expect(pause).toBeLessThan(100 * 2 ** i + 100);
  });

  it("does not try again what is no failure of the transfer", async () => {
    let attempts = 0;
    const attempt = async (): Promise<never> => {
      attempts += 1;
      throw new TypeError("a mistake");
    };
    const trying = retry(attempt, { url, retries: 5, deadlineMs: 1_000 }, never);
    await expect(trying).rejects.toThrow(TypeError);
    expect(attempts).toBe(1);
  });
});
