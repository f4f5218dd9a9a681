import {
  isRemoteError,
  RemoteClient,
  RemoteError,
  type RemoteErrorFields,
  remoteError,
  resolve,
} from "@fitstream/remote";
import { describe, expect, it } from "vitest";
import { startServer } from "./helpers/server.js";

describe("RemoteError", () => {
  const fields: RemoteErrorFields = {
    code: "REMOTE_BAD_RESPONSE",
    what: "the server sent another range",
    url: "http://example.org/m31.fits",
    status: 206,
    offset: 65_536,
    expected: "bytes 65536-131071",
    found: "bytes 0-65535",
    attempts: 6,
  };

  it("says what was expected, what was found, and where", () => {
    expect(remoteError(fields).message).toBe(
      "http://example.org/m31.fits: the server sent another range; expected bytes 65536-131071, " +
        "found bytes 0-65535 (status 206, byte 65536, 6 attempts)",
    );
  });

  it("crosses threads as plain fields", () => {
    const error = remoteError(fields, { cause: new Error("deeper") });
    const plain = structuredClone(error.toJSON());
    expect(plain).toEqual(fields);
    const again = remoteError(plain);
    expect(again).toBeInstanceOf(RemoteError);
    expect(again.message).toBe(error.message);
    expect(Object.keys(remoteError({ code: "REMOTE_CLOSED", what: "x" }).toJSON())).toEqual([
      "code",
      "what",
    ]);
  });

  it("is known by its code", () => {
    const error: unknown = remoteError(fields);
    expect(isRemoteError(error)).toBe(true);
    expect(isRemoteError(error, "REMOTE_TIMEOUT", "REMOTE_BAD_RESPONSE")).toBe(true);
    expect(isRemoteError(error, "REMOTE_TIMEOUT")).toBe(false);
    expect(isRemoteError(new Error("REMOTE_TIMEOUT"))).toBe(false);
  });
});

describe("URLs", () => {
  it.each([
    "m31.fits",
    "/data/m31.fits",
    "file:///data/m31.fits",
    "s3://bucket/m31.fits",
    "ftp://example.org/m31.fits",
    "C:\\data\\m31.fits",
    "",
  ])("refuses %j and names the schemes that work", async (url) => {
    await expect(resolve(url)).rejects.toMatchObject({
      code: "REMOTE_UNSUPPORTED_URL",
      expected: expect.stringMatching(/http:.*https:/),
    });
  });

  it("refuses headers and users that cannot be sent", async () => {
    const opening = resolve("http://example.org/m31.fits", { headers: { "x-bad": "a\nb" } });
    await expect(opening).rejects.toMatchObject({ code: "REMOTE_BAD_ARGUMENT" });
    const user = resolve("http://a%zz@example.org/m31.fits");
    await expect(user).rejects.toMatchObject({ code: "REMOTE_BAD_ARGUMENT" });
  });

  it("shows no secret in names, errors, or statistics", async () => {
    await using server = await startServer(1_000_000);
    await using client = new RemoteClient({ retries: 1 });
    const url = new URL(`${server.url}?release=dr3&X-Amz-Signature=hidden1&access_token=hidden2`);
    url.username = "me";
    url.password = "hidden3";
    const source = await client.open(url, { headers: { "x-api-key": "hidden4" } });
    expect(source.name).toContain("release=dr3");
    expect(server.exchanges[0]?.request.url).toContain("X-Amz-Signature=hidden1");
    expect(server.exchanges[0]?.request.headers.authorization).toMatch(/^Basic /);
    const errors: unknown[] = [];
    const keep = (error: unknown): number => errors.push(error);
    for (const status of [404, 500, 302]) {
      server.handler = ({ response }) => response.writeHead(status).end();
      await source.readInto([{ offset: 70_000, length: 1 }], Buffer.alloc(1)).catch(keep);
    }
    server.handler = ({ response }) => response.socket?.destroy();
    await source.readInto([{ offset: 70_000, length: 1 }], Buffer.alloc(1)).catch(keep);
    await source.readInto([{ offset: 0, length: 2 }], Buffer.alloc(1)).catch(keep);
    await resolve(`ftp://me:hidden5@example.org/m31.fits?token=hidden6`).catch(keep);
    await resolve(`//me:hidden7@example.org/m31.fits`).catch(keep);
    expect(errors).toHaveLength(7);
    const shown = errors.map((e) => `${e} ${(e as Error).cause} ${JSON.stringify(e)}`).join();
    expect(`${shown} ${source.name} ${JSON.stringify(client.stats())}`).not.toContain("hidden");
  });
});
