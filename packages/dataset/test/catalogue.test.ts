import { execFile } from "node:child_process";
import { closeSync, copyFileSync, ftruncateSync, openSync, writeSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import { type Catalogue, type CatalogueProgress, openCatalogue } from "@fitstream/dataset";
import { writeFits } from "@fitstream/native";
import type { FitsTable } from "@fitstream/table";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { columnsOf, rowsOfFile, valuesOf, writeCatalogues } from "./helpers/catalogues.js";
import { serve, temporaryFolder } from "./helpers/survey.js";

type Server = Awaited<ReturnType<typeof serve>>;

const folder = temporaryFolder();
const files = 30;
const total = Array.from({ length: files }, (_, n) => rowsOfFile(n)).reduce((n, m) => n + m, 0);
let paths: readonly string[] = [];
let server: Server;

beforeAll(async () => {
  paths = await writeCatalogues(folder.path, files);
  server = await serve(folder.path);
});
afterAll(async () => {
  await server[Symbol.asyncDispose]();
  folder[Symbol.dispose]();
});

const all = Array.from({ length: total }, (_, i) => valuesOf(i));

async function batchesOf(scan: AsyncIterable<FitsTable>): Promise<FitsTable[]> {
  const batches: FitsTable[] = [];
  for await (const batch of scan) batches.push(batch);
  return batches;
}
const idsOf = (tables: readonly FitsTable[]): unknown[] =>
  tables.flatMap((table) => [...table.numbers("ID")]);

/** The same catalogue from disk and from a server. */
async function bothWays(work: (catalogue: Catalogue) => Promise<void>): Promise<void> {
  const urls = paths.map((path) => `${server.url}/${path.slice(-8)}`);
  for (const from of [folder.path, urls]) {
    await using catalogue = await openCatalogue(from);
    await work(catalogue);
  }
}

describe("a catalogue of many files", () => {
  it("is one table: rows of all files, columns by name", async () => {
    await bothWays(async (catalogue) => {
      expect(catalogue.rows).toBe(total);
      expect(catalogue.files.map(({ rows }) => rows)).toEqual(
        Array.from({ length: files }, (_, n) => rowsOfFile(n)),
      );
      expect([...catalogue.names].sort()).toEqual(
        ["COLOURS", "FLUX", "ID", "KIND", "MAG", "NAME", "SPECTRUM", "STAR"].sort(),
      );
      expect(catalogue.schema.find(({ name }) => name === "FLUX")).toMatchObject({ unit: "Jy" });
      const table = await catalogue.read();
      expect(table.shape).toEqual([total, 8]);
      expect([...table.numbers("ID")]).toEqual(all.map(({ id }) => id));
      const spectra = table.column("spectrum");
      expect(spectra.layout === "ragged" && [...spectra.data]).toEqual(
        all.flatMap(({ spectrum }) => spectrum),
      );
      const names = table.column("NAME");
      expect(names.layout === "string" && names.toArray()).toEqual(all.map(({ id }) => `obj${id}`));
    });
  });

  it("reads a range over the borders of files, and hits", async () => {
    await bothWays(async (catalogue) => {
      const rows = { first: 10, count: 100 };
      const range = await catalogue.read({ columns: ["ID"], rows });
      expect([...range.numbers("ID")]).toEqual(all.slice(10, 110).map(({ id }) => id));
      const hits = await catalogue.read({ columns: ["ID"], rows, where: "KIND = 2 AND MAG > 12" });
      expect([...hits.numbers("ID")]).toEqual(
        all.slice(10, 110).flatMap(({ id, kind, mag }) => (kind === 2 && mag > 12 ? [id] : [])),
      );
      const none = await catalogue.read({ columns: ["ID"], rows: { first: 5, count: 0 } });
      expect(none.shape).toEqual([0, 1]);
    });
  });

  it("is scanned in the order of its files, in batches of any size", async () => {
    await bothWays(async (catalogue) => {
      for (const batchRows of [3, 1000]) {
        const batches = await batchesOf(catalogue.scan({ columns: ["ID", "SPECTRUM"], batchRows }));
        expect(idsOf(batches)).toEqual(all.map(({ id }) => id));
        expect(batches.every(({ rows }) => rows > 0 && rows <= batchRows)).toBe(true);
      }
      const where = "STAR AND FLUX > 20";
      const hits = await batchesOf(catalogue.scan({ columns: ["ID"], where }));
      expect(idsOf(hits)).toEqual(
        all.flatMap(({ id, isStar, flux }) => (isStar && flux > 20 ? [id] : [])),
      );
    });
  });

  it("reports progress that adds up", async () => {
    await using catalogue = await openCatalogue(paths);
    const seen: CatalogueProgress[] = [];
    const onProgress = (progress: CatalogueProgress): number => seen.push(progress);
    await batchesOf(catalogue.scan({ where: "KIND = 1", batchRows: 5, onProgress }));
    const hits = all.filter(({ kind }) => kind === 1).length;
    expect(seen.at(-1)).toMatchObject({ rowsRead: total, rowsTotal: total, hits });
    expect(new Set(seen.map(({ file }) => file)).size).toBe(paths.length - rowless());
    const read = seen.map(({ rowsRead }) => rowsRead);
    expect(read).toEqual([...read].sort((a, b) => a - b));
  });

  it("ends in the middle: by a break, and by an abort with its reason", async () => {
    await bothWays(async (catalogue) => {
      let batches = 0;
      for await (const _ of catalogue.scan({ batchRows: 2 })) if (++batches === 4) break;
      expect(batches).toBe(4);
      const stop = new AbortController();
      const loop = async (): Promise<void> => {
        for await (const _ of catalogue.scan({ batchRows: 2, signal: stop.signal })) {
          if (++batches === 8) stop.abort(new Error("enough"));
        }
      };
      await expect(loop()).rejects.toThrow("enough");
      expect(batches).toBe(8);
    });
  });

  const rowless = (): number =>
    Array.from({ length: files }, (_, n) => rowsOfFile(n)).filter((rows) => rows === 0).length;
});

describe("files that do not fit together", () => {
  const path = (name: string): string => join(folder.path, name);
  const write = async (name: string, columns: ReturnType<typeof columnsOf>): Promise<string> => {
    await writeFits(path(name), [{ kind: "bintable", columns }], { overwrite: true });
    return path(name);
  };

  it.each([
    ["dtype", { values: new Float64Array(5) }, "number of float32", "number of float64"],
    ["shape", { values: new Float32Array(10), repeat: 2 }, "float32", "float32 [2]"],
    ["unit", { unit: "mJy" }, "unit Jy", "unit mJy"],
    ["kind", { values: Array.from({ length: 5 }, () => true) }, "number", "logical"],
  ])("are refused for another %s", async (_, change, expected, found) => {
    const columns = columnsOf(0, 5);
    const good = await write("good.fit", columns);
    const odd = await write(
      "odd.fit",
      columns.map((column) => (column.name === "FLUX" ? { ...column, ...change } : column)),
    );
    const failure = await openCatalogue([good, odd]).catch((error: unknown) => error);
    expect(failure).toMatchObject({ code: "DATASET_MISMATCH" });
    expect(String(failure)).toMatch(/column FLUX is not the same in all files/);
    expect(failure).toMatchObject({
      expected: expect.stringContaining(expected),
      found: expect.stringContaining(found),
    });
    expect(String(failure)).toContain(`${odd}, HDU 1`);
    await using catalogue = await openCatalogue([good, odd], { columns: ["ID", "MAG"] });
    expect(catalogue.names).toEqual(["ID", "MAG"]);
    expect((await catalogue.read()).shape).toEqual([10, 2]);
  });

  it("are refused for columns that one of them lacks", async () => {
    const columns = columnsOf(0, 5);
    const good = await write("good.fit", columns);
    const odd = await write("odd.fit", columns.slice(1));
    await expect(openCatalogue([good, odd])).rejects.toThrow(
      /column ID .*none in .*odd.fit, HDU 1/,
    );
    await expect(openCatalogue([odd, good])).rejects.toThrow(/column ID .*good.fit, HDU 1/);
  });

  it("are refused when one is damaged, or has no table", async () => {
    const damaged = path("damaged.fit");
    copyFileSync(paths[5] ?? "", damaged);
    const fd = openSync(damaged, "r+");
    ftruncateSync(fd, 3000);
    closeSync(fd);
    await expect(openCatalogue([...paths, damaged])).rejects.toThrow(/damaged.fit/);
    const image = path("image.fit");
    await writeFits(image, [{ kind: "image" }], { overwrite: true });
    await expect(openCatalogue([...paths, image])).rejects.toThrow(/image.fit has no table/);
  });

  it("unknown columns and rows are refused, with the nearest name", async () => {
    await using catalogue = await openCatalogue(paths);
    await expect(catalogue.read({ columns: ["FLUXX"] })).rejects.toThrow(/did you mean FLUX\?/);
    const rows = { first: total, count: 1 };
    await expect(catalogue.read({ rows })).rejects.toMatchObject({ code: "DATASET_BAD_ARGUMENT" });
  });
});

describe("memory", () => {
  it("does not grow with the rows of a scan: 20 GB in four files, the last 4 GB of them", async () => {
    using scratch = temporaryFolder();
    const rows = 156_250_000;
    const small = join(scratch.path, "small.fit");
    const values = new Float64Array(1);
    const columns = ["A", "B", "C", "D"].map((name) => ({ name, values }));
    await writeFits(small, [{ kind: "bintable", columns }]);
    const big = Array.from({ length: 4 }, (_, i) => join(scratch.path, `${i}.fits`));
    for (const path of big) {
      copyFileSync(small, path);
      const fd = openSync(path, "r+");
      const header = 2880 + 4 * 80;
      writeSync(fd, `NAXIS2  = ${String(rows).padStart(20)}`, header);
      ftruncateSync(fd, 2880 * Math.ceil((5760 + rows * 32) / 2880));
      closeSync(fd);
    }
    const script = fileURLToPath(new URL("./helpers/scan-catalogue.mjs", import.meta.url));
    const args = [script, String(rows * 4 - 125_000_000), ...big];
    const { stdout } = await promisify(execFile)(process.execPath, args);
    const result = JSON.parse(stdout) as { maxRssMB: number };
    expect(result).toMatchObject({ total: rows * 4, rows: 125_000_000 });
    expect(result.maxRssMB).toBeLessThan(300);
  }, 120_000);
});
