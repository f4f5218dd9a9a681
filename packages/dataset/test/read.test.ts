import { join } from "node:path";
import { pathToFileURL } from "node:url";
import { open, read } from "@fitstream/dataset";
import { writeFits } from "@fitstream/native";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { imageHdu, pixel, serve, temporaryFolder } from "./helpers/survey.js";

const folder = temporaryFolder();
const path = join(folder.path, "a file.fits");
let server: Awaited<ReturnType<typeof serve>>;

beforeAll(async () => {
  await writeFits(path, [
    { kind: "image" },
    { ...imageHdu(3), name: "SCI" },
    { ...imageHdu(4), name: "ERR", compression: { codec: "GZIP_2", quantize: 0 } },
    { kind: "bintable", name: "CAT", columns: [{ name: "X", values: Float64Array.of(1, 2, 3) }] },
  ]);
  server = await serve(folder.path);
});
afterAll(async () => {
  await server[Symbol.asyncDispose]();
  folder[Symbol.dispose]();
});

const places = (): readonly string[] => [
  path,
  pathToFileURL(path).href,
  `${server.url}/a%20file.fits`,
];

describe("read and open", () => {
  it("read the same from a path, a file URL and a server", async () => {
    for (const url of places()) {
      const image = await read(url);
      if (image.kind !== "image") throw new Error("expected an image");
      expect(image.shape).toEqual([24, 20]);
      expect(image.data[5 * 20 + 7]).toBe(pixel(3, 5, 7));
      expect(image.header.get("NUMBER")).toBe(3);
      const cutout = await read(url, { hdu: "ERR", origin: [2, 3], shape: [4, 5], stride: [2, 1] });
      expect(cutout.kind === "image" && cutout.data[5]).toBe(pixel(4, 4, 3));
      const table = await read(url, {
        format: "table",
        columns: ["x"],
        rows: { first: 1, count: 2 },
      });
      expect(table.kind === "table" && [...table.table.numbers("X")]).toEqual([2, 3]);
      await using file = await open(url);
      expect((await file.hdus()).map((hdu) => hdu.name)).toEqual([undefined, "SCI", "ERR", "CAT"]);
    }
  });

  it("read a table as tensors, and another by the same fit", async () => {
    const train = await read(path, { format: "dataframe", frame: { target: "x" } });
    if (train.kind !== "dataframe") throw new Error("expected a frame");
    expect(train.frame.target).toMatchObject({ name: "X", data: Float32Array.of(1, 2, 3) });
    expect(train.header.get("EXTNAME")).toBe("CAT");
    const one = await read(path, {
      format: "dataframe",
      rows: { first: 2, count: 1 },
      frame: train.encoder,
    });
    expect(one.kind === "dataframe" && one.frame.equals(train.frame.slice(2))).toBe(true);
    expect(one.kind === "dataframe" && one.encoder).toBe(train.encoder);
    await expect(read(path, { hdu: "SCI", format: "dataframe" })).rejects.toThrow(
      /a table, found image/,
    );
  });

  it("fetch only the rows of a cutout", async () => {
    const big = join(folder.path, "big.fits");
    const side = 2048;
    await writeFits(big, [
      { kind: "image", data: new Float32Array(side * side).fill(1), shape: [side, side] },
    ]);
    const before = server.requests();
    await using file = await open(`${server.url}/big.fits`);
    const hdu = await file.hdu(0);
    if (hdu.kind !== "image") throw new Error("expected an image");
    const options = { origin: [1000, 500], shape: [32, 32] };
    expect(hdu.plan(options).fetchLength).toBe(32 * 32 * 4);
    await hdu.read(options);
    expect(server.requests() - before).toBeLessThanOrEqual(3);
  });

  it("say what is wrong", async () => {
    await expect(read(path, { hdu: 9 })).rejects.toMatchObject({ code: "FITS_OUT_OF_BOUNDS" });
    await expect(read(path, { hdu: 0 })).rejects.toMatchObject({ code: "FITS_BAD_ARGUMENT" });
    await expect(read(path, { hdu: "CAT", format: "tensor" })).rejects.toMatchObject({
      code: "FITS_BAD_ARGUMENT",
      path,
      hdu: 3,
    });
    await expect(open("nowhere.fits")).rejects.toMatchObject({ code: "FITS_NOT_FOUND" });
    await expect(open(`${server.url}/nowhere.fits`)).rejects.toMatchObject({
      code: "REMOTE_NOT_FOUND",
    });
  });
});
