import { createHash } from "node:crypto";
import { mkdirSync, readFileSync, truncateSync, utimesSync, writeFileSync } from "node:fs";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { join } from "node:path";
import { gzipSync } from "node:zlib";
import { crop, DataLoader, Dataset, isDatasetError, type LoaderOptions } from "@fitstream/dataset";
import { isFitsError, type NdArray, writeFits } from "@fitstream/native";
import { isRemoteError, RemoteClient } from "@fitstream/remote";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { addToHash, pixel, serve, temporaryFolder, writeImages } from "./helpers/survey.js";

const folder = temporaryFolder();
let paths: string[] = [];

beforeAll(async () => {
  paths = [...(await writeImages(folder.path, 12))];
});
afterAll(() => folder[Symbol.dispose]());

const block = 2880;

function header(...cards: readonly string[]): Buffer {
  const text = [...cards, "END"].map((card) => card.padEnd(80)).join("");
  return Buffer.from(text.padEnd(Math.ceil(text.length / block) * block), "latin1");
}
const card = (keyword: string, value: string): string =>
  `${keyword.padEnd(8)}= ${value.padStart(20)}`;
const image = (...axes: readonly string[]): Buffer =>
  header(
    card("SIMPLE", "T"),
    card("BITPIX", "-32"),
    card("NAXIS", String(axes.length)),
    ...axes.map((n, i) => card(`NAXIS${i + 1}`, n)),
  );

/** Files that are broken in one way each, and the code that says so. */
const hostile: readonly (readonly [name: string, bytes: () => Buffer, code: string])[] = [
  ["empty", () => Buffer.alloc(0), "FITS_EMPTY"],
  ["no FITS", () => Buffer.from("<html>not found</html>".repeat(300)), "FITS_NOT_FITS"],
  ["no END", () => header(card("SIMPLE", "T")).fill(" ", 80), "FITS_NO_END"],
  ["truncated", () => readFileSync(paths[0] ?? "").subarray(0, 4000), "FITS_TRUNCATED"],
  ["overflowing", () => image("4294967296", "4294967296", "4294967296"), "FITS_SIZE_OVERFLOW"],
  ["far larger than the file", () => image("1000000", "1000000"), "FITS_TRUNCATED"],
  ["sized NaN", () => image("NaN", "20"), "FITS_BAD_HEADER"],
  ["of a negative size", () => image("-4", "20"), "FITS_BAD_HEADER"],
  ["compressed as a whole", () => gzipSync(readFileSync(paths[0] ?? "")), "FITS_UNSUPPORTED"],
  ["without an image", () => image(), "DATASET_MISMATCH"],
];

/** Ids and pixels of an epoch, without those that failed; and what failed. */
async function run(urls: readonly string[], options: LoaderOptions<NdArray> = {}) {
  const dataset = Dataset.images(urls, { index: false }).shuffle({ seed: 2 }).batch(5);
  await using loader = new DataLoader(dataset, { workers: 1, ...options });
  const samples = new Map<number, string>();
  for await (using batch of loader) {
    const { data } = batch.tensors.image;
    for (const [place, id] of batch.ids.entries()) {
      if (batch.mask[place] === 1) {
        const hash = createHash("sha256");
        hash.update(new Uint8Array(data.buffer, data.byteOffset + place * 1920, 1920));
        samples.set(id, hash.digest("hex"));
      } else if (!Number.isNaN(id)) {
        expect(data.subarray(place * 480, (place + 1) * 480).every((v) => v === 0)).toBe(true);
      }
    }
  }
  return { samples: [...samples], quarantine: loader.quarantine() };
}

describe("a file that is", () => {
  for (const [name, bytes, code] of hostile) {
    it(`${name}: fails with ${code}, or is skipped while the others go on`, async () => {
      using scratch = temporaryFolder();
      const bad = join(scratch.path, "bad.fits");
      writeFileSync(bad, bytes());
      const good = await run(paths);
      const urls = paths.with(7, bad);
      const failure = await run(urls).then(
        () => undefined,
        (error: unknown) => error,
      );
      expect(isFitsError(failure) || isDatasetError(failure), String(failure)).toBe(true);
      expect(failure).toMatchObject({ code });
      expect(String(failure)).toContain("bad.fits");
      const skipped = await run(urls, { onError: "skip" });
      // The order of the rest is what it was.
      expect(skipped.samples).toEqual(good.samples.filter(([id]) => id !== 7));
      expect(skipped.quarantine).toMatchObject([{ id: 7, url: bad, error: { code } }]);
    });
  }

  it("missing: fails with FITS_NOT_FOUND", async () => {
    const urls = paths.with(3, join(folder.path, "nowhere.fits"));
    await expect(run(urls)).rejects.toMatchObject({ code: "FITS_NOT_FOUND" });
    expect((await run(urls, { onError: "skip" })).quarantine).toMatchObject([{ id: 3 }]);
  });

  it("truncated after it was indexed: is noticed, not read past", async () => {
    using scratch = temporaryFolder();
    const mine = await writeImages(scratch.path, 6);
    const dataset = Dataset.images(mine, { index: false }).batch(6);
    await using loader = new DataLoader(dataset, { workers: 1, onError: "skip" });
    await loader.warm();
    truncateSync(mine[2] ?? "", 3000);
    const later = new Date(Date.now() + 5000);
    utimesSync(mine[4] ?? "", later, later);
    for await (using batch of loader) expect([...batch.mask]).toEqual([1, 1, 0, 1, 0, 1]);
    const codes = loader.quarantine().map(({ id, error }) => [id, error.code]);
    expect(codes).toEqual([
      [2, "FITS_FILE_CHANGED"],
      [4, "FITS_FILE_CHANGED"],
    ]);
  });

  it("of another shape: is named before the first batch", async () => {
    using scratch = temporaryFolder();
    const odd = join(scratch.path, "odd.fits");
    writeFileSync(odd, Buffer.concat([image("2", "2"), Buffer.alloc(block)]));
    await expect(run(paths.with(1, odd), { onError: "skip" })).rejects.toMatchObject({
      code: "DATASET_MISMATCH",
    });
  });
});

describe("an image of another number of axes", () => {
  it("fails where a crop would read it, and is skipped while the others go on", async () => {
    const cube = join(folder.path, "cube.fits");
    const data = new Float32Array(2 * 24 * 20);
    await writeFits(cube, [{ kind: "image", data, shape: [2, 24, 20] }]);
    for (const workers of [0, 1]) {
      const dataset = Dataset.images([...paths, cube], { index: false })
        .map(crop(4))
        .batch(5);
      await using loader = new DataLoader(dataset, { workers, onError: "skip" });
      let samples = 0;
      for await (using batch of loader) samples += batch.mask.reduce((n, m) => n + m, 0);
      expect(samples).toBe(paths.length);
      expect(loader.stats().samples).toBe(paths.length);
      expect(loader.quarantine()).toMatchObject([
        { url: cube, error: { code: "DATASET_MISMATCH" } },
      ]);
    }
  });
});

describe("a transform that throws", () => {
  it("fails with the sample's name, or is skipped", async () => {
    const module = new URL("./helpers/double.mjs#fails", import.meta.url);
    const dataset = Dataset.images(paths, { index: false }).map(module).batch(4);
    const failing = new DataLoader(dataset, { workers: 1 });
    await expect(failing[Symbol.asyncIterator]().next()).rejects.toMatchObject({
      code: "DATASET_TRANSFORM_FAILED",
      message: expect.stringMatching(/sample 2 .*002\.fits.*not to my taste/),
    });
    await failing.close();
    await using skipping = new DataLoader(dataset, { workers: 1, onError: "skip" });
    const ids: number[] = [];
    for await (using batch of skipping) {
      ids.push(...[...batch.ids].filter((_, place) => batch.mask[place] === 1));
    }
    expect(ids).toEqual([0, 1, 3, 4, 5, 6, 7, 8, 9, 10, 11]);
  });

  it("that is not there says what the module exports", async () => {
    const module = new URL("./helpers/double.mjs#nothing", import.meta.url);
    const dataset = Dataset.images(paths, { index: false }).map(module).batch(4);
    await using loader = new DataLoader(dataset, { workers: 1 });
    await expect(loader[Symbol.asyncIterator]().next()).rejects.toThrow(
      /function nothing.*rowSums/s,
    );
  });

  it("that ends its thread ends the iteration with an error", async () => {
    const module = new URL("./helpers/double.mjs#exits", import.meta.url);
    const dataset = Dataset.images(paths, { index: false }).map(module).batch(4);
    await using loader = new DataLoader(dataset, { workers: 2, onError: "skip" });
    await expect(loader[Symbol.asyncIterator]().next()).rejects.toMatchObject({
      code: "DATASET_WORKER_FAILED",
      found: expect.stringContaining("3"),
    });
  });

  it("asks the policy for every failure", async () => {
    const urls = paths.with(1, "/nowhere/1.fits").with(2, "/nowhere/2.fits");
    const asked: number[] = [];
    const onError = ({ id }: { id: number }): "skip" => {
      asked.push(id);
      return "skip";
    };
    const { quarantine } = await run(urls, { onError });
    expect(asked.sort()).toEqual([1, 2]);
    expect(quarantine.length).toBe(2);
  });
});

describe("a server that", () => {
  /** Serves the folder, but breaks every request for `name` in one way. */
  async function breaking(
    name: string,
    how: (send: (status: number, body?: string) => void, destroy: () => void) => void,
  ) {
    const good = await serve(folder.path);
    const server = createServer((request, response) => {
      if (request.url?.endsWith(name)) {
        const send = (status: number, body = ""): void => {
          response.writeHead(status).end(body);
        };
        how(send, () => request.socket.destroy());
        return;
      }
      fetch(good.url + request.url, { headers: { range: request.headers.range ?? "" } }).then(
        async (answer) => {
          response.writeHead(answer.status, Object.fromEntries(answer.headers));
          response.end(Buffer.from(await answer.arrayBuffer()));
        },
        () => response.destroy(),
      );
    });
    await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
    const { port } = server.address() as AddressInfo;
    return {
      urls: paths.map((path) => `http://127.0.0.1:${port}/${path.split("/").at(-1)}`),
      [Symbol.asyncDispose]: async () => {
        server.closeAllConnections();
        await new Promise((resolve) => server.close(resolve));
        await good[Symbol.asyncDispose]();
      },
    };
  }

  const cases: readonly (readonly [string, Parameters<typeof breaking>[1], string])[] = [
    ["answers 404", (send) => send(404), "REMOTE_NOT_FOUND"],
    ["answers 500 for ever", (send) => send(500), "REMOTE_STATUS"],
    ["sends too little", (send) => send(206, "short"), "REMOTE_BAD_RESPONSE"],
    ["hangs up", (_send, destroy) => destroy(), "REMOTE_UNREACHABLE"],
  ];
  for (const [name, how, code] of cases) {
    it(`${name}: fails with ${code} in time, or is skipped while the others go on`, async () => {
      await using server = await breaking("005.fits", how);
      await using client = new RemoteClient({ retries: 1, deadlineMs: 5000 });
      const failure = await run(server.urls, { client }).then(
        () => undefined,
        (error: unknown) => error,
      );
      expect(isRemoteError(failure), String(failure)).toBe(true);
      expect(failure).toMatchObject({ code });
      expect(String(failure)).toContain("005.fits");
      const good = await run(paths);
      const skipped = await run(server.urls, { client, onError: "skip" });
      expect(skipped.samples).toEqual(good.samples.filter(([id]) => id !== 5));
      expect(skipped.quarantine).toMatchObject([{ id: 5, error: { code } }]);
    });
  }

  it("changes a file after it was indexed: never mixes two versions", async () => {
    using scratch = temporaryFolder();
    const mine = await writeImages(scratch.path, 4);
    await using server = await serve(scratch.path);
    const urls = mine.map((path) => `${server.url}/${path.split("/").at(-1)}`);
    await using client = new RemoteClient({ retries: 0 });
    const dataset = Dataset.images(urls, { index: false }).batch(4);
    await using loader = new DataLoader(dataset, { workers: 0, client, onError: "skip" });
    await loader.warm();
    const bytes = readFileSync(mine[1] ?? "");
    writeFileSync(mine[1] ?? "", Buffer.concat([bytes, Buffer.alloc(block)]));
    for await (using batch of loader) {
      expect([...batch.mask]).toEqual([1, 0, 1, 1]);
      expect(batch.tensors.image.data[2 * 480 + 1]).toBe(pixel(2, 0, 1));
    }
    expect(loader.quarantine()).toMatchObject([{ id: 1, error: { code: "REMOTE_CHANGED" } }]);
  });
});

describe("folders", () => {
  it("without FITS files are refused", async () => {
    const empty = join(folder.path, "empty");
    mkdirSync(empty, { recursive: true });
    await using loader = new DataLoader(Dataset.images(empty).batch(1));
    await expect(loader.warm()).rejects.toMatchObject({ code: "DATASET_BAD_ARGUMENT" });
  });

  it("hash alike in every order of reading", async () => {
    // The same files twice under other workers: what `addToHash` sees is in order.
    const hashes = await Promise.all(
      [0, 2].map(async (workers) => {
        const hash = createHash("sha256");
        const dataset = Dataset.images(paths, { index: false }).shuffle({ seed: 9 }).batch(5);
        await using loader = new DataLoader(dataset, { workers });
        for await (using batch of loader) addToHash(hash, batch);
        return hash.digest("hex");
      }),
    );
    expect(new Set(hashes).size).toBe(1);
  });
});
