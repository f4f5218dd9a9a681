/** Small surveys in temporary folders, and a server for them. */
import { createHash } from "node:crypto";
import { mkdtempSync, rmSync } from "node:fs";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { Batch, DataLoader } from "@fitstream/dataset";
import { type ImageToWrite, type NdArray, writeFits } from "@fitstream/native";
import sirv from "sirv";

/** A folder that is removed when it is disposed. */
export function temporaryFolder(): { readonly path: string; [Symbol.dispose](): void } {
  const path = mkdtempSync(join(tmpdir(), "fitstream-dataset-"));
  return { path, [Symbol.dispose]: () => rmSync(path, { recursive: true, force: true }) };
}

/** Pixel (y, x) of image `n`: no two pixels of a survey are alike. */
export function pixel(n: number, y: number, x: number): number {
  return n * 10_000 + y * 100 + x;
}

export function imageHdu(n: number, height = 24, width = 20): ImageToWrite {
  const data = Float32Array.from({ length: height * width }, (_, i) =>
    pixel(n, Math.floor(i / width), i % width),
  );
  return {
    kind: "image",
    data,
    shape: [height, width],
    header: [
      { keyword: "NUMBER", value: n },
      { keyword: "FILTER", value: n % 2 === 0 ? "g" : "r" },
    ],
  };
}

/** `count` files of one image each: `000.fits` and so on. */
export async function writeImages(folder: string, count: number): Promise<readonly string[]> {
  const paths = Array.from({ length: count }, (_, n) =>
    join(folder, `${String(n).padStart(3, "0")}.fits`),
  );
  await Promise.all(paths.map((path, n) => writeFits(path, [imageHdu(n)])));
  return paths;
}

/**
 * Files of two extensions each, float32 and int16, the even ones tile-compressed, and positions in
 * them.
 */
export async function writeMosaics(folder: string, files: number, perFile: number) {
  const side = 64;
  const names = Array.from({ length: files }, (_, n) => `mosaic${n}.fits`);
  for (const [n, name] of names.entries()) {
    const value = (i: number, k: number): number => ((i * 31 + n * 7 + k) % 251) + (i % side);
    const pixels = (k: number): ArrayLike<number> =>
      Array.from({ length: side * side }, (_, i) => value(i, k));
    const make = (k: number): ImageToWrite => ({
      kind: "image",
      data: k === 0 ? Float32Array.from(pixels(k)) : Int16Array.from(pixels(k)),
      shape: [side, side],
      ...(n % 2 === 0 ? { compression: { codec: "GZIP_1", quantize: 0, tile: [16, 16] } } : {}),
    });
    await writeFits(join(folder, name), [{ kind: "image" }, make(0), make(1)]);
  }
  const total = files * perFile;
  const at = {
    file: Int32Array.from({ length: total }, (_, i) => i % files),
    hdu: Int32Array.from({ length: total }, (_, i) => 1 + (Math.floor(i / files) % 2)),
    x: Float64Array.from({ length: total }, (_, i) => 8 + ((i * 13) % 48)),
    y: Float64Array.from({ length: total }, (_, i) => 8 + ((i * 29) % 48)),
  };
  return { names, at, label: Int32Array.from({ length: total }, (_, i) => i % 3) };
}

/** A server of a folder on the loopback interface, closed when it is disposed. */
export async function serve(
  folder: string,
): Promise<{ readonly url: string; readonly requests: () => number } & AsyncDisposable> {
  let requests = 0;
  const handler = sirv(folder, { dev: true, etag: true });
  const server = createServer((request, response) => {
    requests += 1;
    handler(request, response);
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const { port } = server.address() as AddressInfo;
  return {
    url: `http://127.0.0.1:${port}`,
    requests: () => requests,
    [Symbol.asyncDispose]: async () => {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}

/** The bytes of an array. */
export function bytes({ data }: NdArray): Uint8Array {
  return new Uint8Array(data.buffer, data.byteOffset, data.byteLength);
}

/** Adds a batch's samples (ids and pixels, in order, without empty places) to a hash. */
export function addToHash(
  hash: ReturnType<typeof createHash>,
  batch: Batch<NdArray, string>,
): void {
  const { image } = batch.tensors as Record<string, NdArray>;
  if (image === undefined) return;
  const all = bytes(image);
  const length = all.length / batch.mask.length;
  for (const [place, isFull] of batch.mask.entries()) {
    if (isFull === 0) continue;
    hash.update(`${batch.ids[place]};`);
    hash.update(all.subarray(place * length, (place + 1) * length));
  }
}

/** SHA-256 of the ordered samples of one epoch. */
export async function epochHash(loader: DataLoader<NdArray, string>): Promise<string> {
  const hash = createHash("sha256");
  for await (const batch of loader) {
    addToHash(hash, batch);
    batch.release();
  }
  return hash.digest("hex");
}
