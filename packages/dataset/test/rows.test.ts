import { createHash } from "node:crypto";
import { closeSync, ftruncateSync, openSync, truncateSync, writeSync } from "node:fs";
import { join } from "node:path";
import {
  type BatchedDataset,
  crop,
  DataLoader,
  Dataset,
  type LoaderOptions,
  open,
  planSamples,
  sampleAt,
} from "@fitstream/dataset";
import { type NdArray, writeFits } from "@fitstream/native";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { firstId, rowsOfFile, valuesOf, writeCatalogues } from "./helpers/catalogues.js";
import { bytes, serve, temporaryFolder } from "./helpers/survey.js";

type Server = Awaited<ReturnType<typeof serve>>;

const folder = temporaryFolder();
const files = 100;
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

const columns = ["FLUX", "colours", "STAR", "SPECTRUM"] as const;

/** All rows of all files, shuffled. */
const shuffled = (urls: readonly string[], batch = 64) =>
  Dataset.rows(urls, {
    columns,
    labels: ["ID", "KIND"],
    pad: { SPECTRUM: { length: 5, value: -1 } },
    index: false,
  })
    .shuffle({ seed: 3, block: 16 })
    .batch(batch);

/** Adds a batch's rows (ids and values, in order, without empty places) to a hash. */
function addRows(hash: ReturnType<typeof createHash>, batch: Batch): void {
  const names = Object.keys(batch.tensors).sort();
  for (const [place, isFull] of batch.mask.entries()) {
    if (isFull === 0) continue;
    hash.update(`${batch.ids[place]};`);
    for (const name of names) {
      const all = bytes(batch.tensors[name] as NdArray);
      const length = all.length / batch.mask.length;
      hash.update(all.subarray(place * length, (place + 1) * length));
    }
  }
}

interface Batch {
  readonly ids: Float64Array;
  readonly mask: Uint8Array;
  readonly tensors: Readonly<Record<string, NdArray>>;
}

async function hashOf(
  dataset: BatchedDataset<string>,
  options: LoaderOptions<NdArray>,
): Promise<string> {
  await using loader = new DataLoader(dataset, options);
  const hash = createHash("sha256");
  for await (using batch of loader) addRows(hash, batch);
  return hash.digest("hex");
}

describe("rows of 100 files, shuffled", () => {
  it("come in one order, for workers 0, 1, 2 x local, http", async () => {
    const expected = await hashOf(shuffled(paths), { workers: 0, prefetch: 1 });
    for (const workers of [0, 1, 2]) {
      expect(await hashOf(shuffled(paths), { workers }), `${workers}`).toBe(expected);
    }
    const urls = paths.map((path) => `${server.url}/${path.slice(-8)}`);
    expect(await hashOf(shuffled(urls), { workers: 1 }), "http").toBe(expected);
  }, 60_000);

  it("hold the values of their rows", async () => {
    await using loader = new DataLoader(shuffled(paths), { workers: 1 });
    const seen = new Set<number>();
    for await (using batch of loader) {
      const { FLUX, colours, STAR, SPECTRUM, ID, KIND } = batch.tensors;
      const lengths = batch.tensors["SPECTRUM.length"];
      expect(FLUX).toMatchObject({ dtype: "float32", shape: [64] });
      expect(colours).toMatchObject({ dtype: "float32", shape: [64, 3] });
      expect(STAR).toMatchObject({ dtype: "uint8", shape: [64] });
      expect(SPECTRUM).toMatchObject({ dtype: "int32", shape: [64, 5] });
      expect(lengths).toMatchObject({ dtype: "int32", shape: [64] });
      expect(ID).toMatchObject({ dtype: "int64", shape: [64] });
      expect(KIND).toMatchObject({ dtype: "int16", shape: [64] });
      for (const [place, id] of batch.ids.entries()) {
        if (batch.mask[place] === 0) continue;
        seen.add(id);
        const row = valuesOf(id);
        expect(ID.data[place]).toBe(firstId + BigInt(id));
        expect(FLUX.data[place]).toBe(row.flux);
        expect([...colours.data.subarray(3 * place, 3 * place + 3)]).toEqual(row.colours);
        expect(STAR.data[place]).toBe(Number(row.isStar));
        expect(KIND.data[place]).toBe(row.kind);
        const padded = [...row.spectrum, -1, -1, -1, -1, -1].slice(0, 5);
        expect([...SPECTRUM.data.subarray(5 * place, 5 * place + 5)]).toEqual(padded);
        expect(lengths.data[place]).toBe(row.spectrum.length);
      }
    }
    expect(seen.size).toBe(total);
  });

  it("are divided among three ranks, each once", async () => {
    const seen: number[] = [];
    for (const rank of [0, 1, 2]) {
      await using loader = new DataLoader(shuffled(paths), { workers: 1, rank, worldSize: 3 });
      for await (using batch of loader)
        seen.push(...batch.ids.filter((_, i) => batch.mask[i] === 1));
    }
    expect(seen.sort((a, b) => a - b)).toEqual(Array.from({ length: total }, (_, i) => i));
  });

  it("go on exactly where a state says, under other workers and ranks", async () => {
    const rest = async (options: LoaderOptions<NdArray>, skip: number): Promise<string[]> => {
      await using loader = new DataLoader(shuffled(paths), options);
      const steps: string[] = [];
      for await (using batch of loader) {
        const hash = createHash("sha256");
        addRows(hash, batch);
        steps.push(hash.digest("hex"));
      }
      return steps.slice(skip);
    };
    await using loader = new DataLoader(shuffled(paths), { workers: 2 });
    let state = await loader.state();
    for await (using batch of loader) {
      if (batch.step < 6) continue;
      state = batch.state();
      break;
    }
    const expected = await rest({ workers: 1 }, 7);
    expect(await rest({ workers: 0, resume: JSON.parse(JSON.stringify(state)) }, 0)).toEqual(
      expected,
    );
  });

  it("come as sampleAt says", async () => {
    const dataset = shuffled(paths);
    const plan = await planSamples(dataset);
    await using loader = new DataLoader(dataset, { workers: 1 });
    for await (using batch of loader) {
      const ids = Array.from({ length: batch.mask.length }, (_, place) => {
        const position = batch.step * 64 + place;
        if (position >= plan.length) return Number.NaN;
        return plan.source.idOf(sampleAt(plan, 0, position).sample);
      });
      expect([...batch.ids]).toEqual(ids);
    }
  });
});

describe("where", () => {
  it("makes the hits the samples, with the ids they have among all rows", async () => {
    const where = "MAG < 14 AND KIND IN (1, 2)";
    const dataset = Dataset.rows(paths, { columns: ["MAG", "KIND"], where, index: false });
    const expected = Array.from({ length: total }, (_, i) => i).filter((i) => {
      const { mag, kind } = valuesOf(i);
      return mag < 14 && (kind === 1 || kind === 2);
    });
    await using loader = new DataLoader(dataset.batch(50), { workers: 1 });
    const ids: number[] = [];
    for await (using batch of loader) ids.push(...batch.ids.filter((_, i) => batch.mask[i] === 1));
    expect(ids).toEqual(expected);
    const hash = (await planSamples(dataset)).hash;
    const other = Dataset.rows(paths, { columns: ["MAG", "KIND"], index: false, where: "MAG<14" });
    expect((await planSamples(other)).hash).not.toBe(hash);
  });

  it("that is wrong is refused before anything is read", async () => {
    const dataset = Dataset.rows(paths, { columns: ["MAG"], where: "MAGG < 14", index: false });
    await expect(planSamples(dataset)).rejects.toThrow(/MAG/);
  });
});

describe("a dataset of rows", () => {
  const plan = (options: object) =>
    planSamples(Dataset.rows(paths, { columns: ["FLUX"], index: false, ...options }));

  it("takes cells of different length as offsets", async () => {
    const dataset = Dataset.rows(paths, {
      columns: ["SPECTRUM"],
      offsets: ["SPECTRUM"],
      index: false,
    });
    await using loader = new DataLoader(dataset.shuffle({ seed: 1 }).batch(30), { workers: 2 });
    for await (using batch of loader) {
      const { SPECTRUM } = batch.tensors;
      const offsets = batch.tensors["SPECTRUM.offsets"].data;
      expect(offsets).toHaveLength(31);
      expect(SPECTRUM.shape).toEqual([offsets[30]]);
      for (const [place, id] of batch.ids.entries()) {
        const cell = SPECTRUM.data.subarray(Number(offsets[place]), Number(offsets[place + 1]));
        expect([...cell]).toEqual(Number.isNaN(id) ? [] : valuesOf(id).spectrum);
      }
    }
  });

  it("gives complex values and bits as what they are, and names the tensors in its plan", async () => {
    const path = join(folder.path, "kinds.fit");
    const values = Float32Array.from({ length: 24 }, (_, i) => i);
    const bits = Uint8Array.from({ length: 24 }, (_, i) => i % 2);
    await writeFits(path, [
      {
        kind: "bintable",
        columns: [
          { name: "AMPLITUDE", values, kind: "complex", shape: [2, 3] },
          { name: "FLAGS", values: bits, kind: "bit", repeat: 12 },
        ],
      },
    ]);
    const dataset = Dataset.rows(path, { columns: ["AMPLITUDE", "FLAGS"], index: false }).batch(2);
    await using loader = new DataLoader(dataset, { workers: 1 });
    expect(await loader.explain()).toContain("AMPLITUDE float32 [2, 3, 2], FLAGS uint8 [12]");
    for await (using batch of loader) {
      expect(batch.tensors.AMPLITUDE.shape).toEqual([2, 2, 3, 2]);
      expect([...batch.tensors.AMPLITUDE.data]).toEqual([...values]);
      expect(batch.tensors.FLAGS.shape).toEqual([2, 12]);
      expect([...batch.tensors.FLAGS.data]).toEqual([...bits]);
    }
  });

  it("of any number of rows is planned at once", async () => {
    const path = join(folder.path, "huge.fit");
    await writeFits(path, [
      { kind: "bintable", columns: [{ name: "X", values: new Float64Array(1) }] },
    ]);
    const rows = 10 ** 10;
    const fd = openSync(path, "r+");
    // NAXIS2 is the fifth card of the second header.
    writeSync(fd, `NAXIS2  = ${String(rows).padStart(20)}`, 2880 + 4 * 80);
    ftruncateSync(fd, 2880 * Math.ceil((5760 + 8 * rows) / 2880));
    closeSync(fd);
    const dataset = Dataset.rows(path, { columns: ["X"], index: false })
      .shuffle()
      .batch(64);
    await using loader = new DataLoader(dataset, { workers: 1 });
    expect(await loader.steps()).toBe(rows / 64);
    for await (using batch of loader) {
      expect(new Set(batch.ids).size).toBe(64);
      expect(Math.max(...batch.ids)).toBeGreaterThan(2 ** 32);
      if (batch.step === 2) break;
    }
  });

  it("changes types where they hold all values, or where it may round", async () => {
    const dataset = Dataset.rows(paths, {
      columns: ["KIND", "MAG", "ID"],
      dtype: { KIND: "float32", MAG: "float32", ID: "float64" },
      lossy: true,
      index: false,
    });
    await using loader = new DataLoader(dataset.shuffle().batch(30), { workers: 1 });
    for await (using batch of loader) {
      const [id = 0] = batch.ids;
      const { KIND, MAG, ID } = batch.tensors;
      expect([KIND.dtype, MAG.dtype, ID.dtype]).toEqual(["float32", "float32", "float64"]);
      expect(KIND.data[0]).toBe(valuesOf(id).kind);
      expect(MAG.data[0]).toBe(Math.fround(valuesOf(id).mag));
      expect(ID.data[0]).toBe(Number(valuesOf(id).id));
    }
  });

  it.each([
    ["64-bit integers as float32", { columns: ["ID"], dtype: { ID: "float32" } }, /ID of int64/],
    ["doubles as float32", { columns: ["MAG"], dtype: { MAG: "float32" } }, /MAG of float64/],
    ["floats as integers", { dtype: { FLUX: "int32" }, lossy: true }, /FLUX of float32/],
    ["text", { columns: ["NAME"] }, /NAME holds text.*categories/],
    ["cells of different length as they are", { columns: ["SPECTRUM"] }, /SPECTRUM.*pad:/],
    ["padding of cells of one length", { pad: { FLUX: { length: 3 } } }, /FLUX all have/],
    ["an unknown column", { columns: ["FLUXX"] }, /no column FLUXX; did you mean FLUX/],
    ["options of other columns", { dtype: { MAG: "float64" } }, /names no column.*MAG/],
    ["a column twice", { columns: ["FLUX", "FLUX"] }, /asked for twice/],
    ["a fill that does not fit", { columns: ["KIND"], fill: { KIND: 40_000 } }, /no int16/],
  ])("refuses %s", async (_, options, message) => {
    await expect(plan(options)).rejects.toThrow(message);
  });

  it("refuses transforms of images, modules and functions", async () => {
    const dataset = Dataset.rows(paths, { columns: ["FLUX"], index: false });
    for (const mapped of [
      dataset.map(crop(4)),
      dataset.map(new URL("./augment.js", import.meta.url)),
      dataset.map(() => undefined),
    ]) {
      await expect(planSamples(mapped)).rejects.toMatchObject({ code: "DATASET_BAD_ARGUMENT" });
    }
  });

  it("filters by file and row, takes, repeats, and zips by id", async () => {
    const dataset = Dataset.rows(paths, { columns: ["FLUX"], index: false })
      .filter(({ row, url }) => (row ?? 0) < 2 && !url.endsWith("003.fits"))
      .zip({ twice: Float64Array.from({ length: total }, (_, i) => 2 * i) })
      .take(20)
      .repeat(2)
      .batch(8);
    await using loader = new DataLoader(dataset, { workers: 1 });
    const ids: number[] = [];
    for await (using batch of loader) {
      for (const [place, id] of batch.ids.entries()) {
        if (batch.mask[place] === 0) continue;
        ids.push(id);
        expect(batch.tensors.twice.data[place]).toBe(2 * id);
        expect(batch.tensors.FLUX.data[place]).toBe(valuesOf(id).flux);
      }
    }
    expect(ids).toHaveLength(40);
    expect(ids.slice(20)).toEqual(ids.slice(0, 20));
  });
});

describe("nulls", () => {
  const path = join(folder.path, "nulls.fit");
  const validity = Uint8Array.of(0b1111_0111, 0b11);
  beforeAll(async () => {
    const values = Int32Array.from({ length: 10 }, (_, i) => i);
    const columns = [
      { name: "COUNT", values, validity, null: -99 },
      { name: "FLUX", values: Float32Array.from(values), validity },
      { name: "GOOD", values: Array.from(values, () => true), validity },
    ];
    await writeFits(path, [{ kind: "bintable", columns }]);
  });
  const values = async (options: object, loading: LoaderOptions<NdArray> = {}) => {
    const dataset = Dataset.rows(path, { columns: ["COUNT"], index: false, ...options });
    await using loader = new DataLoader(dataset.batch(10), { workers: 1, ...loading });
    for await (using batch of loader) {
      const tensors: Record<string, NdArray> = batch.tensors;
      const [tensor] = Object.values(tensors);
      return { values: [...(tensor?.data ?? [])], quarantine: loader.quarantine() };
    }
    throw new Error("no batch");
  };

  it("are NaN in floats, what `fill` says in others", async () => {
    const is = (null_: number) => [0, 1, 2, null_, 4, 5, 6, 7, 8, 9];
    expect((await values({ columns: ["FLUX"] })).values).toEqual(is(Number.NaN));
    expect((await values({ dtype: { COUNT: "float64" } })).values).toEqual(is(Number.NaN));
    expect((await values({ fill: { COUNT: -1 } })).values).toEqual(is(-1));
    const good = await values({ columns: ["GOOD"], fill: { GOOD: 2 } });
    expect(good.values).toEqual([1, 1, 1, 2, 1, 1, 1, 1, 1, 1]);
  });

  it("that have no place are an error of their row", async () => {
    await expect(values({})).rejects.toThrow(/nulls.fit, HDU 1, row 3.*COUNT.*fill/);
    const skipped = await values({}, { onError: "skip" });
    expect(skipped.values).toEqual([0, 1, 2, 0, 4, 5, 6, 7, 8, 9]);
    expect(skipped.quarantine).toMatchObject([{ id: 3, row: 3 }]);
  });
});

describe("a damaged file among the others", () => {
  it("fails, or is skipped as one sample while the others go on", async () => {
    using scratch = temporaryFolder();
    const mine = await writeCatalogues(scratch.path, 6);
    truncateSync(mine[4] ?? "", 6000);
    const dataset = (urls: readonly string[]) => shuffled(urls, 8);
    await expect(hashOf(dataset(mine), { workers: 1 })).rejects.toMatchObject({
      code: "FITS_TRUNCATED",
    });
    const hashes = new Set<string>();
    for (const workers of [0, 1, 2]) {
      await using loader = new DataLoader(dataset(mine), { workers, onError: "skip" });
      const hash = createHash("sha256");
      let samples = 0;
      for await (using batch of loader) {
        addRows(hash, batch);
        samples += batch.mask.reduce((n, m) => n + m, 0);
      }
      hashes.add(hash.digest("hex"));
      const others = [0, 1, 2, 3, 5].reduce((n, file) => n + rowsOfFile(file), 0);
      expect(samples).toBe(others);
      expect(loader.quarantine()).toMatchObject([
        { url: mine[4], error: { code: "FITS_TRUNCATED" } },
      ]);
    }
    expect(hashes.size).toBe(1);
  });

  it("with a damaged cell loses that row alone, whoever reads it with whom", async () => {
    using scratch = temporaryFolder();
    const path = join(scratch.path, "cells.fits");
    const rows = 200;
    const spectra = Int32Array.from({ length: 2 * rows }, (_, i) => i);
    const offsets = Int32Array.from({ length: rows + 1 }, (_, i) => 2 * i);
    const spectrum = { name: "SPECTRUM", values: spectra, offsets };
    await writeFits(path, [{ kind: "bintable", columns: [spectrum] }]);
    await using file = await open(path);
    const { dataOffset } = await file.hdu(1);
    const bad = [17, 60];
    const fd = openSync(path, "r+");
    // Descriptors are two 32-bit numbers: how many, and where in the heap.
    const beyond = Buffer.from([0x7f, 0xff, 0xff, 0x00]);
    for (const row of bad) writeSync(fd, beyond, 0, 4, dataOffset + 8 * row + 4);
    closeSync(fd);
    const dataset = Dataset.rows(path, {
      columns: ["SPECTRUM"],
      pad: { SPECTRUM: { length: 2 } },
      index: false,
    });
    const shuffled = dataset.shuffle({ seed: 4 }).batch(100);
    const hashes = new Set<string>();
    for (const workers of [0, 1, 3]) {
      await using loader = new DataLoader(shuffled, { workers, onError: "skip" });
      const hash = createHash("sha256");
      for await (using batch of loader) addRows(hash, batch);
      hashes.add(hash.digest("hex"));
      const lost = loader.quarantine().map(({ row, error }) => [row, error.code]);
      expect(lost.sort()).toEqual(bad.map((row) => [row, "FITS_CORRUPT"]));
    }
    expect(hashes.size).toBe(1);
  });

  it("that is cut after it was indexed fails row by row", async () => {
    using scratch = temporaryFolder();
    const mine = await writeCatalogues(scratch.path, 4);
    await using loader = new DataLoader(shuffled(mine, 8), { workers: 1, onError: "skip" });
    await loader.warm();
    truncateSync(mine[2] ?? "", 6000);
    for await (using batch of loader) expect(batch.mask.length).toBe(8);
    const codes = loader.quarantine().map(({ error, url }) => [url, error.code]);
    const expected = Array.from({ length: rowsOfFile(2) }, () => [mine[2], "FITS_FILE_CHANGED"]);
    expect(codes).toEqual(expected);
  });

  it("whose columns differ is refused: column, files and forms are named", async () => {
    const odd = join(folder.path, "odd.fit");
    const flux = { name: "FLUX", values: new Float64Array(3), unit: "mJy" };
    await writeFits(odd, [{ kind: "bintable", columns: [flux] }], { overwrite: true });
    const dataset = Dataset.rows([...paths, odd], { columns: ["FLUX"], index: false });
    await expect(planSamples(dataset)).rejects.toMatchObject({
      code: "DATASET_MISMATCH",
      what: "column FLUX is not the same in all files",
      expected: `number of float32, unit Jy, as in ${paths[0]}, HDU 1`,
      found: `number of float64, unit mJy in ${odd}, HDU 1`,
    });
  });
});
