import { execFile } from "node:child_process";
import { closeSync, ftruncateSync, openSync, readFileSync, writeSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import { bytesOf, openFits, type ScanProgress, type Table, writeFits } from "@fitstream/native";
import { beforeAll, describe, expect, it } from "vitest";
import { failureOf } from "./helpers/failures.js";
import { hduOf, TemporaryFolder } from "./helpers/files.js";
import { card, headerOf, join, key, primary } from "./helpers/fits-bytes.js";
import { CountingSource, StallingSource } from "./helpers/sources.js";

const folder = new TemporaryFolder();
const path = folder.file("catalogue.fits");
const rows = 1000;
let bytes = new Uint8Array(0);

beforeAll(async () => {
  const count = Array.from({ length: rows }, (_, i) => i);
  // Cells of 0 to 4 values.
  const lengths = new Int32Array(rows + 1);
  for (const i of count) lengths[i + 1] = (lengths[i] ?? 0) + (i % 5);
  await writeFits(path, [
    {
      kind: "bintable",
      columns: [
        { name: "ID", values: BigInt64Array.from(count, (i) => BigInt(i) + 2n ** 60n) },
        { name: "FLUX", values: Float32Array.from(count, (i) => i / 7) },
        { name: "WORD", values: count.map((i) => `w${i}`) },
        {
          name: "SPEC",
          values: Int16Array.from({ length: lengths.at(-1) ?? 0 }, (_, i) => i * 3),
          offsets: lengths,
        },
      ],
    },
    { kind: "bintable", columns: [{ name: "NONE", values: new Float64Array(0) }] },
  ]);
  bytes = readFileSync(path);
});

async function all(batches: AsyncIterable<Table>): Promise<Table[]> {
  const tables: Table[] = [];
  for await (const batch of batches) tables.push(batch);
  return tables;
}

/** The bytes of a column's values over all batches. */
function valuesOf(tables: readonly Table[], name: string): Buffer {
  return Buffer.concat(
    tables.map((table) => {
      const column = table.column(name);
      return column.layout === "string" ? column.bytes : bytesOf(column.data);
    }),
  );
}

describe("a scan", () => {
  it.each([1, 7, 250, 1000, 5000])("in batches of %i rows gives what a read gives", async (n) => {
    for (const from of [path, new CountingSource(bytes)]) {
      await using file = await openFits(from);
      const hdu = await hduOf(file, 1, "bintable");
      const whole = await hdu.read();
      const batches = await all(hdu.scan({ batchRows: n }));
      expect(batches).toHaveLength(Math.ceil(rows / n));
      expect(batches.map(({ firstRow }) => firstRow)).toEqual(batches.map((_, i) => i * n));
      for (const name of whole.names) {
        expect(valuesOf(batches, name).equals(valuesOf([whole], name)), name).toBe(true);
      }
    }
  });

  it("takes a part of the rows, some columns, and the options of a read", async () => {
    await using file = await openFits(path);
    const hdu = await hduOf(file, 1, "bintable");
    const range = { first: 100, count: 33 };
    const options = { columns: ["word", "ID"], strings: "bytes" } as const;
    const batches = await all(hdu.scan({ ...options, rows: range, batchRows: 10 }));
    expect(batches.map((batch) => batch.rows)).toEqual([10, 10, 10, 3]);
    expect(batches.map((batch) => batch.firstRow)).toEqual([100, 110, 120, 130]);
    const read = await hdu.read({ ...options, rows: range });
    expect(read.firstRow).toBe(100);
    expect(valuesOf(batches, "WORD").equals(valuesOf([read], "WORD"))).toBe(true);
  });

  it("counts rows, bytes and hits", async () => {
    await using file = await openFits(path);
    const hdu = await hduOf(file, 1, "bintable");
    const seen: ScanProgress[] = [];
    const onProgress = (progress: ScanProgress): number => seen.push(progress);
    await all(hdu.scan({ columns: ["ID"], batchRows: 400, onProgress }));
    const rowLength = hdu.summary.rowLength ?? 0;
    expect(seen).toEqual(
      [400, 800, 1000].map((n) => ({
        rowsRead: n,
        rowsTotal: rows,
        hits: n,
        bytes: n * rowLength,
      })),
    );
  });

  it("with where gives the rows that are found, and counts them", async () => {
    for (const from of [path, new CountingSource(bytes)]) {
      await using file = await openFits(from);
      const hdu = await hduOf(file, 1, "bintable");
      const where = "FLUX >= 50 AND FLUX < 60";
      const seen: ScanProgress[] = [];
      const onProgress = (progress: ScanProgress): number => seen.push(progress);
      const columns = ["ID", "SPEC"];
      const batches = await all(hdu.scan({ columns, where, batchRows: 100, onProgress }));
      const found = await hdu.read({ columns, where });
      expect(found.rows).toBe(70);
      expect(batches.map((batch) => batch.firstRow)).toEqual([350, 400]);
      expect(batches.flatMap((batch) => [...(batch.rowNumbers ?? [])])).toEqual([
        ...(found.rowNumbers ?? []),
      ]);
      for (const name of columns) {
        expect(valuesOf(batches, name).equals(valuesOf([found], name)), name).toBe(true);
      }
      expect(seen).toHaveLength(10);
      expect(seen.at(-1)).toMatchObject({ rowsRead: rows, hits: 70 });
    }
  });

  it("of no rows gives no batch", async () => {
    await using file = await openFits(path);
    expect(await all((await hduOf(file, 2, "bintable")).scan())).toEqual([]);
  });

  it("refuses rows that are not there, and batches of none", async () => {
    await using file = await openFits(path);
    const hdu = await hduOf(file, 1, "bintable");
    for (const range of [
      { first: 990, count: 11 },
      { first: -1, count: 1 },
    ]) {
      const failure = await failureOf(() => all(hdu.scan({ rows: range })));
      expect(failure).toMatchObject({ code: "FITS_OUT_OF_BOUNDS", hdu: 1 });
    }
    for (const batchRows of [0, 1.5, Number.NaN]) {
      const failure = await failureOf(() => all(hdu.scan({ batchRows })));
      expect(failure).toMatchObject({ code: "FITS_BAD_ARGUMENT" });
    }
  });
});

describe("a scan of a table behind a server", () => {
  it("fetches each byte of the rows once, one batch ahead", async () => {
    const source = new CountingSource(bytes);
    await using file = await openFits(source);
    const hdu = await hduOf(file, 1, "bintable");
    await hdu.columns();
    source.reset();
    const scan = hdu.scan({ columns: ["FLUX"], batchRows: 250 });
    await scan.next();
    expect(source.ranges).toHaveLength(2);
    await all(scan);
    expect(source.bytesRead).toBe(rows * (hdu.summary.rowLength ?? 0));
  });

  it("fetches a heap once, and minds the limit", async () => {
    const source = new CountingSource(bytes);
    await using file = await openFits(source);
    const hdu = await hduOf(file, 1, "bintable");
    await hdu.columns();
    source.reset();
    await all(hdu.scan({ columns: ["SPEC"], batchRows: 10 }));
    expect(source.bytesRead).toBe(hdu.dataOffset - hdu.headerOffset + hdu.dataLength);
    const failure = await failureOf(() => all(hdu.scan({ columns: ["SPEC"], maxBytes: 100 })));
    expect(failure).toMatchObject({ code: "FITS_LIMIT" });
  });

  it("that is aborted rejects with the reason, and leaves no read behind", async () => {
    // Behind the first batch, and behind what is read to find the headers.
    const stalling = new StallingSource(bytes, 25_000);
    await using file = await openFits(stalling);
    const hdu = await hduOf(file, 1, "bintable");
    const stop = new AbortController();
    const options = { columns: ["FLUX"], batchRows: 500, signal: stop.signal };
    const running = expect(all(hdu.scan(options))).rejects.toThrow("enough");
    await stalling.stalled;
    stop.abort(new Error("enough"));
    await running;
  });

  it("that is left early stops the read ahead", async () => {
    // Behind the first batch, and behind what is read to find the headers.
    const stalling = new StallingSource(bytes, 25_000);
    await using file = await openFits(stalling);
    const hdu = await hduOf(file, 1, "bintable");
    // Without the stop, the batch ahead would never end, and neither would the loop.
    for await (const batch of hdu.scan({ columns: ["FLUX"], batchRows: 500 })) {
      expect(batch.rows).toBe(500);
      break;
    }
  });
});

describe("reads under one signal", () => {
  it("share a listener, which goes with the last of them", async () => {
    await using file = await openFits(path);
    const hdu = await hduOf(file, 1, "bintable");
    const { signal } = new AbortController();
    let listeners = 0;
    let most = 0;
    const add = signal.addEventListener.bind(signal);
    const remove = signal.removeEventListener.bind(signal);
    signal.addEventListener = (...args: Parameters<typeof add>) => {
      most = Math.max(most, ++listeners);
      add(...args);
    };
    signal.removeEventListener = (...args: Parameters<typeof remove>) => {
      listeners -= 1;
      remove(...args);
    };
    await Promise.all(Array.from({ length: 50 }, () => hdu.read({ columns: ["ID"], signal })));
    expect({ most, listeners }).toEqual({ most: 1, listeners: 0 });
  });
});

describe("a scan of a local table", () => {
  it("ends at once when it is aborted between batches", async () => {
    await using file = await openFits(path);
    const hdu = await hduOf(file, 1, "bintable");
    const stop = new AbortController();
    let batches = 0;
    const loop = async (): Promise<void> => {
      for await (const _ of hdu.scan({ batchRows: 10, signal: stop.signal })) {
        if (++batches === 3) stop.abort(new Error("enough"));
      }
    };
    await expect(loop()).rejects.toThrow("enough");
    expect(batches).toBe(3);
  });

  it("of 20 GB takes less than 300 MB of memory", async () => {
    const columns = 10;
    const count = 250_000_000;
    const cards = [
      card("XTENSION= 'BINTABLE'"),
      key("BITPIX", 8),
      key("NAXIS", 2),
      key("NAXIS1", 8 * columns),
      key("NAXIS2", count),
      key("PCOUNT", 0),
      key("GCOUNT", 1),
      key("TFIELDS", columns),
      ...Array.from({ length: columns }, (_, i) => [
        card(`${`TTYPE${i + 1}`.padEnd(8)}= 'C${i}'`),
        card(`${`TFORM${i + 1}`.padEnd(8)}= 'D'`),
      ]).flat(),
    ];
    const start = join(primary(), headerOf(cards));
    const sparse = folder.file("sparse.fits");
    const fd = openSync(sparse, "w");
    writeSync(fd, start);
    const size = start.length + 8 * columns * count;
    ftruncateSync(fd, Math.ceil(size / 2880) * 2880);
    // The last row is not zero, so that it is seen to be read.
    const end = Buffer.alloc(8 * columns);
    end.writeDoubleBE(1234.5, 8 * 4);
    writeSync(fd, end, 0, end.length, size - end.length);
    closeSync(fd);
    const script = fileURLToPath(new URL("./helpers/scan-table.mjs", import.meta.url));
    // A part of it: zeros that were never written fill the page cache as all bytes do.
    const first = count - 50_000_000;
    const args = [script, sparse, String(first), "C1,C4"];
    const { stdout } = await promisify(execFile)(process.execPath, args);
    const result = JSON.parse(stdout) as { rows: number; sum: number; maxRssMB: number };
    expect(result).toMatchObject({ rows: count - first, sum: 1234.5, last: { bytes: 4e9 } });
    expect(result.maxRssMB).toBeLessThan(300);
  }, 120_000);
});
