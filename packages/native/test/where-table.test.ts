/** Reads of tables with `where`: from disk, and in pieces from elsewhere. */
import { readFileSync } from "node:fs";
import {
  type Column,
  type ColumnToWrite,
  col,
  evaluateExpression,
  type FitsError,
  openFits,
  type Table,
  type TableReadOptions,
  within,
  writeFits,
} from "@fitstream/native";
import { describe, expect, it } from "vitest";
import { failureOf } from "./helpers/failures.js";
import { hduOf, openBothWays, openBytes, TemporaryFolder } from "./helpers/files.js";
import { asciiTable, join, key, latin1, primary } from "./helpers/fits-bytes.js";
import { Random } from "./helpers/random.js";
import { CountingSource, StallingSource } from "./helpers/sources.js";

const folder = new TemporaryFolder();

function bitsOf(values: readonly boolean[]): Uint8Array {
  const bits = new Uint8Array(Math.ceil(values.length / 8));
  for (const [i, value] of values.entries())
    if (value) bits[i >> 3] = (bits[i >> 3] ?? 0) | (1 << (i & 7));
  return bits;
}

/** Of `rows` rows, with cells of every layout; ID is the number of the row. */
function columnsOf(rows: number): ColumnToWrite[] {
  const random = new Random(rows);
  const each = <T>(make: (row: number) => T): T[] =>
    Array.from({ length: rows }, (_, i) => make(i));
  const lengths = each(() => random.int(4));
  const offsets = Float64Array.from([0, ...lengths]).map((_, i) =>
    lengths.slice(0, i).reduce((sum, n) => sum + n, 0),
  );
  return [
    { name: "ID", values: Int32Array.from(each((row) => row)) },
    {
      name: "MAG",
      values: Float32Array.from(each((row) => (row % 7 === 0 ? Number.NaN : row % 30))),
    },
    { name: "CLASS", values: each((row) => ["STAR", "QSO", ""][row % 3] ?? "") },
    {
      name: "GOOD",
      values: each((row) => row % 2 === 0),
      validity: bitsOf(each((row) => row % 5 !== 0)),
    },
    {
      name: "FLUX",
      values: Float64Array.from({ length: 3 * rows }, () => random.next()),
      shape: [3],
    },
    {
      name: "SPEC",
      values: Float32Array.from({ length: offsets.at(-1) ?? 0 }, () => random.next()),
      offsets,
    },
  ];
}

async function written(rows: number): Promise<string> {
  const path = folder.file(`${rows}.fits`);
  await writeFits(path, [{ kind: "bintable", columns: columnsOf(rows) }], { overwrite: true });
  return path;
}

const isValid = ({ validity }: Column, i: number): boolean =>
  validity === undefined || (((validity[i >> 3] ?? 0) >> (i & 7)) & 1) === 1;

/** The cells of a row, as text. */
function cellsOf(table: Table, row: number): string[] {
  return table.columns.map((column) => {
    if (column.layout === "string") return column.at(row);
    const [from, to] =
      column.layout === "ragged"
        ? [column.offsets[row], column.offsets[row + 1]]
        : [row, row + 1].map((i) => (i * column.data.length) / table.rows);
    return isValid(column, row) ? column.data.slice(from, to).join() : "null";
  });
}

/** Reads with `where` from everywhere, which must be the same rows as those picked from all. */
async function search(
  path: string,
  where: TableReadOptions["where"],
  options: TableReadOptions = {},
) {
  const found: Table[] = [];
  for await (const file of openBothWays(path)) {
    const hdu = await hduOf(file, 1, "bintable");
    const all = await hdu.read({ columns: options.columns });
    const table = await hdu.read({ ...options, where });
    expect(table.rows).toBe(table.rowNumbers?.length);
    for (const [i, row] of (table.rowNumbers ?? []).entries()) {
      expect(cellsOf(table, i)).toEqual(cellsOf(all, row));
    }
    found.push(table);
  }
  const [local, memory] = found;
  expect(memory?.rowNumbers).toEqual(local?.rowNumbers);
  return Array.from(local?.rowNumbers ?? []);
}

describe("a search", () => {
  const rows = 5000;
  const numbers = Array.from({ length: rows }, (_, row) => row);
  const isBright = (row: number): boolean => row % 7 !== 0 && row % 30 < 4;

  it("gives the rows for which the condition is true, with cells of every layout", async () => {
    const path = await written(rows);
    expect(await search(path, "mag < 4")).toEqual(numbers.filter(isBright));
    expect(await search(path, "class = 'QSO' AND good", { columns: ["SPEC", "CLASS"] })).toEqual(
      numbers.filter((row) => row % 3 === 1 && row % 5 !== 0 && row % 2 === 0),
    );
    expect(await search(path, "mag IS NULL AND class = ''", { columns: ["FLUX"] })).toEqual(
      numbers.filter((row) => row % 7 === 0 && row % 3 === 2),
    );
  });

  it("case 67: takes NOT of null for null", async () => {
    const path = await written(100);
    const hundred = numbers.slice(0, 100);
    expect(await search(path, "NOT good")).toEqual(
      hundred.filter((row) => row % 5 !== 0 && row % 2 === 1),
    );
    expect(await search(path, "NOT mag < 4")).toEqual(
      hundred.filter((row) => row % 7 !== 0 && !isBright(row)),
    );
    expect(await search(path, "good OR NOT good")).toEqual(hundred.filter((row) => row % 5 !== 0));
    expect(await search(path, "mag NOT IN (1, NULL)")).toEqual([]);
  });

  it("takes expressions of the builder", async () => {
    const path = await written(100);
    const where = col("MAG")
      .lt(4)
      .and(col("CLASS").in(["STAR", "QSO"]));
    expect(await search(path, where)).toEqual(await search(path, String(where)));
  });

  it("finds nothing, everything, and rows of tables without rows", async () => {
    const path = await written(100);
    expect(await search(path, "mag > 1000", { columns: ["ID", "SPEC"] })).toEqual([]);
    expect(await search(path, "TRUE", { columns: ["ID"] })).toHaveLength(100);
    expect(await search(path, "NULL", { columns: ["ID"] })).toEqual([]);
    expect(await search(await written(0), "mag < 4")).toEqual([]);
  });

  it("stays in its range and ends at its limit", async () => {
    const path = await written(rows);
    const range = { first: 100, count: 1000 };
    const inside = numbers.slice(100, 1100).filter(isBright);
    for (const columns of [["ID"], ["ID", "SPEC"], []]) {
      expect(await search(path, "mag < 4", { rows: range, columns })).toEqual(inside);
      expect(await search(path, "mag < 4", { rows: range, columns, limit: 7 })).toEqual(
        inside.slice(0, 7),
      );
      expect(await search(path, "mag < 4", { columns, limit: 0 })).toEqual([]);
    }
    expect(await search(path, "mag < 4", { threads: 4 })).toEqual(numbers.filter(isBright));
  });

  it("sees physical values, also where stored ones come out", async () => {
    const path = folder.file("scaled.fits");
    const scaling = { stored: "int16", scale: 0.5, zero: 10 } as const;
    const columns = [{ name: "T", values: Float64Array.of(10, 10.5, 11, 12), scaling }];
    await writeFits(path, [{ kind: "bintable", columns }], { overwrite: true });
    for await (const file of openBothWays(path)) {
      const hdu = await hduOf(file, 1, "bintable");
      const found = await hdu.read({ where: "T > 10.5", scale: false });
      expect(Array.from(found.numbers(0), Number)).toEqual([2, 4]);
    }
  });

  it("leaves columns of the read as they were asked for", async () => {
    await using file = await openFits(await written(100));
    const hdu = await hduOf(file, 1, "bintable");
    const table = await hdu.read({ columns: ["CLASS", "ID"], strings: "bytes", where: "id < 2" });
    expect(table.names).toEqual(["CLASS", "ID"]);
    expect(table.column(0)).toMatchObject({ layout: "fixed", shape: [2, 4] });
    expect((await hdu.read()).rowNumbers).toBeUndefined();
  });

  it("takes blank fields of ASCII tables for null", async () => {
    const rows = ["  12", "    ", "  -3"].map(latin1);
    const cards = [key("TBCOL1", 1)];
    await using file = await openBytes(join(primary(), asciiTable({ forms: ["I4"], rows, cards })));
    const hdu = await hduOf(file, 1, "asciitable");
    const [{ name = "" } = {}] = await hdu.columns();
    const found = async (test: string): Promise<unknown> =>
      (await hdu.read({ where: `"${name}" ${test}` })).rowNumbers;
    expect(await found("< 100")).toEqual(Float64Array.of(0, 2));
    expect(await found("IS NULL")).toEqual(Float64Array.of(1));
  });
});

describe("a remote search", () => {
  /** Rows of 1 MiB: eight of them are searched at a time. */
  async function wide(): Promise<CountingSource> {
    const path = folder.file("wide.fits");
    const columns: ColumnToWrite[] = [
      { name: "ID", values: Int32Array.from({ length: 20 }, (_, i) => i) },
      {
        name: "PIXELS",
        values: new Uint8Array(20 * 2 ** 20).map((_, i) => i >> 20),
        shape: [2 ** 20],
      },
    ];
    await writeFits(path, [{ kind: "bintable", columns }], { overwrite: true });
    return new CountingSource(readFileSync(path));
  }

  it("fetches a few MiB at a time, and keeps what is found", async () => {
    const source = await wide();
    await using file = await openFits(source);
    const hdu = await hduOf(file, 1, "bintable");
    await hdu.columns();
    source.reset();
    const table = await hdu.read({ where: "id IN (3, 9, 19)" });
    expect(Array.from(table.rowNumbers ?? [])).toEqual([3, 9, 19]);
    const pixels = table.numbers("PIXELS");
    expect([pixels[0], pixels[2 ** 20], pixels.at(-1)]).toEqual([3, 9, 19]);
    expect(Math.max(...source.ranges.map(({ length }) => length))).toBeLessThan(9 * 2 ** 20);
    expect(source.bytesRead).toBe(20 * (2 ** 20 + 4));
  });

  it("ends where the limit is reached, and fetches its range alone", async () => {
    const source = await wide();
    await using file = await openFits(source);
    const hdu = await hduOf(file, 1, "bintable");
    await hdu.columns();
    source.reset();
    const options = { columns: ["ID"], where: "id % 2 = 0", limit: 2 };
    const table = await hdu.read({ ...options, rows: { first: 5, count: 14 } });
    expect([...table.numbers("ID")]).toEqual([6, 8]);
    expect(source.bytesRead).toBeLessThan(9 * 2 ** 20);
  });

  it("can be aborted", async () => {
    const source = await wide();
    const bytes = new Uint8Array(source.byteLength);
    await source.readInto([{ offset: 0, length: bytes.length }], bytes);
    const stalling = new StallingSource(bytes, 12 * 2 ** 20);
    await using file = await openFits(stalling);
    const hdu = await hduOf(file, 1, "bintable");
    const controller = new AbortController();
    const read = hdu.read({ where: "id > 1", signal: controller.signal });
    await stalling.stalled;
    controller.abort(new Error("enough"));
    await expect(read).rejects.toThrow("enough");
  });
});

describe("errors", () => {
  const failure = async (options: TableReadOptions): Promise<FitsError> => {
    await using file = await openFits(await written(100));
    const hdu = await hduOf(file, 1, "bintable");
    return failureOf(() => hdu.read(options));
  };

  it("of the condition say where the table is", async () => {
    const error = await failure({ where: "mag < 1 AND clas = 'x'" });
    expect(error).toMatchObject({ code: "FITS_OUT_OF_BOUNDS", hdu: 1, position: 13 });
    expect(error.message).toMatch(/100\.fits, HDU 1: .*did you mean CLASS\?/);
  });

  it.each<[string, TableReadOptions]>([
    ["a range of rows", { where: "TRUE", rows: [1, 2] }],
    ["no memory", { where: "TRUE", columns: ["ID"], into: [new Int32Array(100)] }],
    ["an integer >= 0", { where: "TRUE", limit: 1.5 }],
    ["`where` beside it", { limit: 3 }],
  ])("say that there must be %s", async (expected, options) => {
    const error = await failure(options);
    expect(error).toMatchObject({ code: "FITS_BAD_ARGUMENT", hdu: 1 });
    expect(error.expected).toContain(expected);
  });

  it("name the row whose integers leave 64 bits", async () => {
    const path = folder.file("large.fits");
    const columns = [{ name: "K", values: BigInt64Array.of(1n, 2n ** 62n, 3n) }];
    await writeFits(path, [{ kind: "bintable", columns }], { overwrite: true });
    for await (const file of openBothWays(path)) {
      const hdu = await hduOf(file, 1, "bintable");
      const error = await failureOf(() => hdu.read({ where: "K * 2 > 0" }));
      expect(error).toMatchObject({ code: "FITS_BAD_ARGUMENT" });
      expect(error.message).toMatch(/row 1\b/);
      expect((await hdu.read({ where: "K * 2.0 > 0" })).rows).toBe(3);
    }
  });

  it("of rows that are not there", async () => {
    for await (const file of openBothWays(await written(100))) {
      const hdu = await hduOf(file, 1, "bintable");
      const rows = { first: 90, count: 11 };
      const error = await failureOf(() => hdu.read({ where: "TRUE", columns: ["ID"], rows }));
      expect(error.code).toBe("FITS_OUT_OF_BOUNDS");
    }
  });

  it("come before the file is damaged any further", async () => {
    const bytes = readFileSync(await written(100));
    for (const length of [bytes.length - 2880, bytes.length - 5000]) {
      await using file = await openBytes(bytes.subarray(0, length));
      const work = async (): Promise<unknown> => {
        const hdu = await hduOf(file, 1, "bintable");
        return hdu.read({ where: "id >= 0", columns: ["ID"] });
      };
      expect((await failureOf(work)).code).toBe("FITS_TRUNCATED");
    }
  });
});

it("cone searches find what lies within the great circle", async () => {
  const random = new Random(8);
  const count = 4000;
  const ra = Float64Array.from({ length: count }, () => 360 * random.next());
  const dec = Float64Array.from({ length: count }, () => 180 * random.next() - 90);
  const path = folder.file("sky.fits");
  const columns = [
    { name: "ra", values: ra },
    { name: "dec", values: dec },
  ];
  await writeFits(path, [{ kind: "bintable", columns }]);
  await using file = await openFits(path);
  const hdu = await hduOf(file, 1, "bintable");
  const radians = (degrees: number): number => (degrees * Math.PI) / 180;
  /** By the angle between vectors, not by haversines. */
  const distance = (row: number, ra0: number, dec0: number): number => {
    const [a, b, c] = [radians(dec[row] ?? 0), radians(dec0), radians((ra[row] ?? 0) - ra0)];
    const across = Math.hypot(
      Math.cos(b) * Math.sin(c),
      Math.cos(a) * Math.sin(b) - Math.sin(a) * Math.cos(b) * Math.cos(c),
    );
    const along = Math.sin(a) * Math.sin(b) + Math.cos(a) * Math.cos(b) * Math.cos(c);
    return (Math.atan2(across, along) * 180) / Math.PI;
  };
  for (const [ra0, dec0, radius] of [
    [10, 41, 20],
    [0.1, 0, 5],
    [359.9, -30, 15],
    [123, 90, 8],
    [200, -89.5, 12],
    [-30, 5, 100],
    [50, 50, 179],
  ] as const) {
    const { rowNumbers } = await hdu.read({ where: within("ra", "dec", ra0, dec0, radius) });
    const expected = Array.from(ra.keys()).filter((row) => distance(row, ra0, dec0) <= radius);
    expect(Array.from(rowNumbers ?? [])).toEqual(expected);
    expect(expected.length).toBeGreaterThan(0);
  }
});

it("values are computed of columns of all layouts that have one value a row", async () => {
  await using file = await openFits(await written(20));
  const { columns, rows } = await (await hduOf(file, 1, "bintable")).read();
  const texts = await evaluateExpression("class", columns, rows);
  if (texts.type !== "text") throw new Error(texts.type);
  const { values, offsets } = texts;
  const text = (row: number): string =>
    Buffer.from(values.slice(offsets[row], offsets[row + 1])).toString("latin1");
  expect([0, 1, 2, 3].map(text)).toEqual(["STAR", "QSO", "", "STAR"]);
  const good = await evaluateExpression("good AND class != ''", columns, rows);
  expect(good.nulls).toBe(3);
  const rest = await evaluateExpression("id % 0", columns, rows);
  expect(rest).toMatchObject({ type: "integer", nulls: rows });
  const error = await failureOf(() => evaluateExpression("flux > 1", columns, rows));
  expect(error.what).toContain("cannot stand in an expression");
  const asBytes = await (await hduOf(file, 1, "bintable")).read({ strings: "bytes" });
  const unread = await failureOf(() => evaluateExpression("class = 'x'", asBytes.columns, rows));
  expect(unread.expected).toBe("strings that were read as texts");
});
