import { expect, it } from "vitest";
import { acceptHead, type Wanted } from "../src/response.js";
import { TransientFailure } from "../src/retry.js";

const wanted: Wanted = { name: "http://example.org/m31.fits", start: 100, end: 200 };
const known: Wanted = { ...wanted, validator: { size: 1000, etag: '"v1"' } };
const part = { "content-range": "bytes 100-199/1000", "content-length": "100", etag: '"v1"' };

it("accepts the range that was asked for", () => {
  const accepted = { start: 100, length: 100, size: 1000 };
  expect(acceptHead({ statusCode: 206, headers: part }, known)).toEqual(accepted);
  const { "content-length": _, ...chunked } = part;
  expect(acceptHead({ statusCode: 206, headers: chunked }, wanted)).toEqual(accepted);
});

it("accepts less where the file ends", () => {
  const headers = { "content-range": "bytes 100-149/150" };
  const accepted = { start: 100, length: 50, size: 150 };
  expect(acceptHead({ statusCode: 206, headers }, wanted)).toEqual(accepted);
});

it.each([
  "bytes 100-198/1000",
  "bytes 100-200/1000",
  "bytes 99-199/1000",
  "bytes 100-199/*",
  "bytes 100-199/150",
  "bytes -199/1000",
  "items 100-199/1000",
  "",
])("asks again after Content-Range %j", (contentRange) => {
  const headers = { ...part, "content-range": contentRange };
  const accept = (): unknown => acceptHead({ statusCode: 206, headers }, wanted);
  expect(accept).toThrow(TransientFailure);
});

it("refuses another version before another range", () => {
  const headers = { ...part, "content-range": "bytes 0-99/1001" };
  expect(() => acceptHead({ statusCode: 206, headers }, known)).toThrow(
    expect.objectContaining({ code: "REMOTE_CHANGED" }),
  );
});

it("takes a whole file of 32 MiB, and none above", () => {
  const headers = (size: number) => ({ "content-length": String(size) });
  const size = 32 * 1024 * 1024;
  expect(acceptHead({ statusCode: 200, headers: headers(size) }, wanted)).toEqual({
    start: 0,
    length: size,
    size,
  });
  expect(() => acceptHead({ statusCode: 200, headers: headers(size + 1) }, wanted)).toThrow(
    expect.objectContaining({ code: "REMOTE_NO_RANGES", found: `${size + 1} bytes` }),
  );
});
