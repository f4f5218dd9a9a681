import { readFileSync } from "node:fs";
import {
  type BinTableHdu,
  type Column,
  FitsArgumentError,
  type FitsFile,
  openFits,
  type RaggedColumn,
  type Table,
  type TableReadOptions,
  writeFits,
} from "@fitstream/native";
import { describe, expect, it } from "vitest";
import { failureOf } from "./helpers/failures.js";
import { hduOf, openBothWays, openBytes, TemporaryFolder } from "./helpers/files.js";
import {
  asciiTable,
  bigEndian,
  binTable,
  block,
  card,
  join,
  key,
  latin1,
  primary,
} from "./helpers/fits-bytes.js";
import { Random } from "./helpers/random.js";
import { CountingSource } from "./helpers/sources.js";

const folder = new TemporaryFolder();

/** A column as it lies in the file. */
interface Stored {
  readonly form: string;
  /** One a row. */
  readonly cells: readonly Uint8Array[];
  /** Keywords of the column without its number, "TNULL", and their values. */
  readonly keywords?: Readonly<Record<string, string | number>>;
}

function tableOf(columns: readonly Stored[], more: { heap?: Uint8Array; cards?: string[] } = {}) {
  const rows = (columns[0]?.cells ?? []).map((_, i) =>
    join(...columns.map(({ cells }) => cells[i] ?? new Uint8Array(0))),
  );
  const cards = columns.flatMap(({ keywords = {} }, i) =>
    Object.entries(keywords).map(([stem, value]) => key(`${stem}${i + 1}`, value)),
  );
  const forms = columns.map(({ form }) => form);
  const { heap = new Uint8Array(0) } = more;
  return join(primary(), binTable({ forms, rows, heap, cards: [...cards, ...(more.cards ?? [])] }));
}

const cells = (bitpix: number, values: readonly (number | bigint)[], repeat = 1): Uint8Array[] =>
  Array.from({ length: values.length / repeat }, (_, i) =>
    bigEndian(bitpix, values.slice(i * repeat, (i + 1) * repeat)),
  );
const texts = (...values: readonly string[]): Uint8Array[] => values.map(latin1);

let written = 0;

/** A table from disk and from memory, where other code fetches it. */
const bothWays = (bytes: Uint8Array): AsyncGenerator<FitsFile> =>
  openBothWays(folder.write("table.fits", bytes));

/** Reads HDU 1 both ways, which must agree. */
async function read(bytes: Uint8Array, options?: TableReadOptions): Promise<Table> {
  const tables: Table[] = [];
  for await (const file of bothWays(bytes)) {
    tables.push(await (await hduOf(file, 1, "bintable")).read(options));
  }
  const [local, memory] = tables;
  if (local === undefined) throw new Error("nothing was read");
  expect(memory).toEqual(local);
  await using mapped = await openFits(folder.write(`mapped-${++written}.fits`, bytes), {
    immutable: true,
  });
  expect(await (await hduOf(mapped, 1, "bintable")).read(options)).toEqual(local);
  return local;
}

/** The one column of a table. */
async function columnOf(
  stored: Stored,
  options?: TableReadOptions,
  heap?: Uint8Array,
): Promise<Column> {
  const bytes = tableOf([stored], heap === undefined ? {} : { heap });
  return (await read(bytes, options)).column(0);
}

function validOf({ validity }: Column, elements: number): boolean[] {
  return Array.from(
    { length: elements },
    (_, i) => (((validity?.[i >> 3] ?? 255) >> (i & 7)) & 1) === 1,
  );
}

const rowsOf = ({ data, offsets, rows }: RaggedColumn): (number | bigint)[][] =>
  Array.from({ length: rows }, (_, i) => [...data.slice(offsets[i], offsets[i + 1])]);

function ragged(column: Column): RaggedColumn {
  if (column.layout !== "ragged") throw new Error(`a column of layout ${column.layout}`);
  return column;
}

describe("numbers", () => {
  const big = 2n ** 53n + 1n;
  it.each<[string, number, readonly (number | bigint)[], Column["info"]["dtype"]]>([
    ["1B", 8, [0, 1, 255], "uint8"],
    ["1I", 16, [-32768, 0, 32767], "int16"],
    ["1J", 32, [-2147483648, 5, 2147483647], "int32"],
    ["1K", 64, [-(2n ** 63n), big, 2n ** 63n - 1n], "int64"],
    ["1E", -32, [-0, 1.5, Number.POSITIVE_INFINITY], "float32"],
    ["1D", -64, [Number.NaN, 0.1, -1e300], "float64"],
  ])("%s are native arrays", async (form, bitpix, values, dtype) => {
    const column = await columnOf({ form, cells: cells(bitpix, values) });
    expect(column).toMatchObject({ layout: "fixed", rows: 3, shape: [3], nulls: 0 });
    expect(column.info).toMatchObject({ form, dtype, kind: "number", cellShape: [] });
    expect(column.validity).toBeUndefined();
    expect(column.layout === "fixed" && [...column.data]).toEqual(values);
  });

  it.each<[string, number, number | bigint, readonly (number | bigint)[], string]>([
    ["B", 8, -128, [-128, 0, 127], "int8"],
    ["I", 16, 32768, [0, 32768, 65535], "uint16"],
    ["J", 32, 2147483648, [0, 2 ** 31, 2 ** 32 - 1], "uint32"],
    ["K", 64, 2n ** 63n, [0n, 2n ** 63n, 2n ** 64n - 1n], "uint64"],
  ])(
    "%s with the TZERO of the convention are unsigned",
    async (form, bitpix, zero, values, dtype) => {
      const stored = values.map((value) => BigInt(value) - BigInt(zero));
      for (const written of [String(zero), `${zero}.`]) {
        const column = await columnOf({
          form,
          cells: cells(bitpix, stored),
          keywords: { TSCAL: "1.0", TZERO: written },
        });
        expect(column.info.dtype).toBe(dtype);
        expect(column.layout === "fixed" && [...column.data]).toEqual(values);
      }
    },
  );

  it("with TSCAL and TZERO are float64; without scaling, what is stored", async () => {
    const stored: Stored = {
      form: "2I",
      cells: cells(16, [1, -2, 3, 4], 2),
      keywords: { TSCAL: "0.1", TZERO: "-5" },
    };
    const scaled = await columnOf(stored);
    expect(scaled.info).toMatchObject({ dtype: "float64", cellShape: [2] });
    expect(scaled).toMatchObject({ shape: [2, 2] });
    expect(scaled.layout === "fixed" && [...scaled.data]).toEqual(
      [1, -2, 3, 4].map((value) => value * 0.1 - 5),
    );
    const raw = await columnOf(stored, { scale: false });
    expect(raw.info.dtype).toBe("int16");
    expect(raw.layout === "fixed" && raw.data).toEqual(Int16Array.of(1, -2, 3, 4));
  });

  it("case 64: equal to TNULL are null, also where they are unsigned", async () => {
    const values = [5, -1, 7, -1, 0, 0, 0, 0, -1, 2];
    for (const keywords of [{ TNULL: -1 }, { TNULL: -1, TZERO: 32768 }, { TNULL: -1, TSCAL: 2 }]) {
      const column = await columnOf({ form: "1I", cells: cells(16, values), keywords });
      expect(column.nulls).toBe(3);
      expect(column.validity).toHaveLength(2);
      expect(validOf(column, 10)).toEqual(values.map((value) => value !== -1));
    }
  });

  it("have the shape of TDIM, slowest axis first, where it fits", async () => {
    const stored = { form: "6J", cells: cells(32, [...Array(12).keys()], 6) };
    const shaped = await columnOf({ ...stored, keywords: { TDIM: "'(3,2)'" } });
    expect(shaped).toMatchObject({ shape: [2, 2, 3] });
    expect(shaped.info.cellShape).toEqual([2, 3]);
    const odd = await columnOf({ ...stored, keywords: { TDIM: "'(4,2)'" } });
    expect(odd).toMatchObject({ shape: [2, 6] });
  });

  it("that are complex come in pairs", async () => {
    const c = await columnOf({ form: "2C", cells: cells(-32, [1, 2, 3, 4, 5, 6, 7, 8], 4) });
    expect(c).toMatchObject({ shape: [2, 2, 2], info: { kind: "complex", dtype: "float32" } });
    expect(c.layout === "fixed" && [...c.data]).toEqual([1, 2, 3, 4, 5, 6, 7, 8]);
    const m = await columnOf({
      form: "1M",
      cells: cells(-64, [1, 2, 3, 4], 2),
      keywords: { TSCAL: 2, TZERO: 10 },
    });
    expect(m).toMatchObject({ shape: [2, 2], info: { kind: "complex", dtype: "float64" } });
    expect(m.layout === "fixed" && [...m.data]).toEqual([12, 4, 16, 8]);
  });
});

describe("logicals and bits", () => {
  it("are 0 or 1; what is neither T nor F is null", async () => {
    const stored = { form: "3L", cells: texts("TF\0", "FTx") };
    const column = await columnOf(stored);
    expect(column).toMatchObject({
      shape: [2, 3],
      nulls: 2,
      info: { kind: "logical", dtype: "uint8" },
    });
    expect(column.layout === "fixed" && [...column.data]).toEqual([1, 0, 0, 0, 1, 0]);
    expect(validOf(column, 6)).toEqual([true, true, false, true, true, false]);
    const raw = await columnOf(stored, { scale: false });
    expect(raw).toMatchObject({ nulls: 0, info: { kind: "number" } });
    expect(raw.layout === "fixed" && raw.data).toEqual(latin1("TF\0FTx"));
  });

  it("case 62: bits fill whole bytes in every row", async () => {
    const stored = {
      form: "11X",
      cells: [Uint8Array.of(0b10100000, 0b01100000), Uint8Array.of(0xff, 0x1f)],
    };
    const column = await columnOf(stored);
    expect(column).toMatchObject({ shape: [2, 11], info: { kind: "bit", dtype: "uint8" } });
    expect(column.layout === "fixed" && [...column.data].join("")).toBe(
      `${"10100000011"}${"11111111000"}`,
    );
    const shaped = await columnOf({
      form: "4X",
      cells: [Uint8Array.of(0x90)],
      keywords: { TDIM: "'(2,2)'" },
    });
    expect(shaped).toMatchObject({ shape: [1, 2, 2], data: Uint8Array.of(1, 0, 0, 1) });
  });
});

describe("strings", () => {
  it("end at the first NUL, and have no trailing spaces", async () => {
    const values = [
      "abc   ",
      "a\0bcde",
      "  x   ",
      "      ",
      "caf\u00e9\0\0",
      "\0\0\0\0\0\0",
      "123456",
    ];
    const column = await columnOf({ form: "6A", cells: texts(...values) });
    if (column.layout !== "string") throw new Error("no strings");
    expect(column.toArray()).toEqual(["abc", "a", "  x", "", "caf\u00e9", "", "123456"]);
    expect(column.at(4)).toBe("caf\u00e9");
    expect([...column.bytes.subarray(column.offsets[4], column.offsets[5])]).toEqual([
      0x63, 0x61, 0x66, 0xe9,
    ]);
    expect(column).toMatchObject({ shape: [7], nulls: 0, info: { kind: "string", cellShape: [] } });
  });

  it.each([
    ["8A", { TDIM: "'(4,2)'" }],
    ["8A4", {}],
  ])("%s may be arrays of strings", async (form, keywords) => {
    const column = await columnOf({ form, cells: texts("ab  cd  ", "efghi   "), keywords });
    if (column.layout !== "string") throw new Error("no strings");
    expect(column.toArray()).toEqual(["ab", "cd", "efgh", "i"]);
    expect(column).toMatchObject({ shape: [2, 2], info: { cellShape: [2] } });
  });
});

describe("columns of variable length", () => {
  const heap = join(
    bigEndian(32, [1, 2, 3]),
    bigEndian(-64, [0.5, -0.5]),
    latin1("hello"),
    Uint8Array.of(0b10110000),
    latin1("TF\0"),
  );
  const p = (...pairs: readonly (readonly [number, number])[]): Uint8Array[] =>
    pairs.map((pair) => bigEndian(32, pair));

  it("are one array, and where each row starts", async () => {
    const j = await columnOf(
      { form: "1PJ(3)", cells: p([2, 4], [0, 999999], [3, 0], [1, 8]) },
      {},
      heap,
    );
    expect(rowsOf(ragged(j))).toEqual([[2, 3], [], [1, 2, 3], [3]]);
    expect(j).toMatchObject({
      rows: 4,
      info: { isVariable: true, dtype: "int32", kind: "number" },
    });
    const q = await columnOf(
      {
        form: "QD",
        cells: [
          [2n, 12n],
          [1n, 20n],
          [0n, 0n],
        ].map((pair) => bigEndian(64, pair)),
      },
      {},
      heap,
    );
    expect(rowsOf(ragged(q))).toEqual([[0.5, -0.5], [-0.5], []]);
  });

  it("may hold strings, bits and logicals", async () => {
    const a = ragged(await columnOf({ form: "1PA(5)", cells: p([5, 28], [1, 28]) }, {}, heap));
    expect(rowsOf(a).map((row) => String.fromCharCode(...row.map(Number)))).toEqual(["hello", "h"]);
    const x = ragged(await columnOf({ form: "1PX(4)", cells: p([4, 33], [2, 33]) }, {}, heap));
    expect(rowsOf(x)).toEqual([
      [1, 0, 1, 1],
      [1, 0],
    ]);
    const l = ragged(await columnOf({ form: "1PL(3)", cells: p([3, 34], [1, 35]) }, {}, heap));
    expect(rowsOf(l)).toEqual([[1, 0, 0], [0]]);
    expect(validOf(l, 4)).toEqual([true, true, false, true]);
  });

  it("are scaled, and without scaling are not", async () => {
    const stored = { form: "1PJ(3)", cells: p([3, 0]), keywords: { TSCAL: 2, TZERO: 1, TNULL: 2 } };
    const scaled = ragged(await columnOf(stored, {}, heap));
    expect(rowsOf(scaled)[0]?.[0]).toBe(3);
    expect(rowsOf(scaled)[0]?.[2]).toBe(7);
    expect(validOf(scaled, 3)).toEqual([true, false, true]);
    const raw = ragged(await columnOf(stored, { scale: false }, heap));
    expect(raw.data).toEqual(Int32Array.of(1, 2, 3));
  });

  it("case 59: are found behind a gap that THEAP makes", async () => {
    const bytes = tableOf([{ form: "1PB(2)", cells: p([2, 0]) }], {
      heap: Uint8Array.of(9, 9, 9, 9, 4, 5),
      cards: [key("THEAP", 8 + 4)],
    });
    expect(rowsOf(ragged((await read(bytes)).column(0)))).toEqual([[4, 5]]);
  });

  it.each([
    ["ends behind the heap", [4, 0]],
    ["starts behind the heap", [1, 99_999]],
    ["is negative", [-1, 0]],
  ] as const)("whose descriptor %s are corrupt; the others are not", async (_, pair) => {
    const bytes = tableOf(
      [
        { form: "1J", cells: cells(32, [7]) },
        { form: "1PJ(9)", cells: p(pair) },
      ],
      { heap: bigEndian(32, [1, 2, 3]) },
    );
    for await (const file of bothWays(bytes)) {
      const hdu = await hduOf(file, 1, "bintable");
      const error = await failureOf(() => hdu.read());
      expect(error).toMatchObject({ code: "FITS_CORRUPT", path: file.name, hdu: 1 });
      expect([...(await hdu.read({ columns: [0] })).numbers(0)]).toEqual([7]);
    }
  });
});

describe("names", () => {
  const value = (n: number): Uint8Array[] => cells(16, [n]);
  const bytes = tableOf([
    { form: "I", cells: value(0), keywords: { TTYPE: "'Flux'", TUNIT: "'Jy'", TDISP: "'I5'" } },
    { form: "I", cells: value(1), keywords: { TTYPE: "'flux'" } },
    { form: "I", cells: value(2) },
    { form: "I", cells: value(3), keywords: { TTYPE: "'Flux'" } },
  ]);

  it("case 56: may repeat or be missing: positions are unique", async () => {
    const table = await read(bytes);
    expect(table.names).toEqual(["Flux", "flux", "", "Flux"]);
    expect([0, 1, 2, 3].map((i) => Number(table.numbers(i)[0]))).toEqual([0, 1, 2, 3]);
    expect(table.numbers("FLUX")[0]).toBe(0);
    expect(table.column(1).info.index).toBe(1);
    expect([...table]).toEqual(table.columns);
  });

  it("and positions choose columns, in any order", async () => {
    const table = await read(bytes, { columns: [3, "flux", 2, 3] });
    expect(table.columns.map(({ info }) => info.index)).toEqual([3, 0, 2, 3]);
    expect(table.columns.map((column) => column.layout === "fixed" && column.data[0])).toEqual([
      3, 0, 2, 3,
    ]);
    expect((await read(bytes, { columns: [] })).columns).toEqual([]);
  });

  it("units and formats are known before anything is read", async () => {
    const source = new CountingSource(bytes);
    await using file = await openFits(source);
    const hdu = await hduOf(file, 1, "bintable");
    expect(hdu).toMatchObject({ rows: 1, columnCount: 4, isCompressed: false });
    source.reset();
    const columns = await hdu.columns();
    expect(columns).toHaveLength(4);
    expect(columns[0]).toEqual({
      name: "Flux",
      index: 0,
      unit: "Jy",
      description: "",
      ucd: "",
      form: "I",
      display: "I5",
      kind: "number",
      dtype: "int16",
      isVariable: false,
      cellShape: [],
    });
    expect(source.ranges).toEqual([{ offset: block, length: hdu.dataOffset - block }]);
  });

  it("that are not there are named with those that are", async () => {
    for await (const file of bothWays(bytes)) {
      const hdu = await hduOf(file, 1, "bintable");
      const error = await failureOf(() => hdu.read({ columns: ["mag"] }));
      expect(error).toBeInstanceOf(FitsArgumentError);
      expect(error).toMatchObject({
        code: "FITS_OUT_OF_BOUNDS",
        expected: "Flux, flux, , Flux",
        found: "mag",
        path: file.name,
        hdu: 1,
      });
      for (const index of [4, -1, 0.5, Number.NaN]) {
        expect(await failureOf(() => hdu.read({ columns: [index] }))).toMatchObject({
          code: "FITS_OUT_OF_BOUNDS",
          expected: "0 to 3",
        });
      }
      const table = await hdu.read();
      expect(await failureOf(() => table.column("mag"))).toMatchObject({ found: "mag" });
      expect(await failureOf(() => table.numbers(9))).toMatchObject({ expected: "0 to 3" });
    }
  });

  it("of columns without numbers are refused by numbers()", async () => {
    const table = await read(tableOf([{ form: "2A", cells: texts("ab") }]));
    expect(await failureOf(() => table.numbers(0))).toMatchObject({
      code: "FITS_BAD_ARGUMENT",
      found: "TFORM 2A",
    });
  });
});

describe("rows", () => {
  const count = 500;
  const random = new Random(1);
  const numbers = Array.from({ length: count }, () => random.int(2 ** 31));
  const words = numbers.map((n) => n.toString(36).slice(0, 6));
  const lengths = numbers.map((n) => n % 4);
  const starts = lengths.map((_, i) => lengths.slice(0, i).reduce((n, m) => n + m, 0));
  const heapValues = numbers.flatMap((n, i) =>
    Array.from({ length: lengths[i] ?? 0 }, () => n % 1000),
  );
  const bytes = tableOf(
    [
      { form: "1J", cells: cells(32, numbers), keywords: { TTYPE: "'N'" } },
      {
        form: "6A",
        cells: words.map((word) => latin1(word.padEnd(6))),
        keywords: { TTYPE: "'W'" },
      },
      {
        form: "1PI(3)",
        cells: lengths.map((n, i) => bigEndian(32, [n, 2 * (starts[i] ?? 0)])),
        keywords: { TTYPE: "'V'" },
      },
    ],
    { heap: bigEndian(16, heapValues) },
  );
  const rowLength = 4 + 6 + 8;

  it("any range of them is a slice of all, from anywhere", async () => {
    for (let i = 0; i < 25; ++i) {
      const first = random.int(count + 1);
      const rows = { first, count: random.int(count - first + 1) };
      const table = await read(bytes, { rows });
      const end = first + rows.count;
      expect(table.rows).toBe(rows.count);
      expect([...table.numbers("N")]).toEqual(numbers.slice(first, end));
      const w = table.column("W");
      expect(w.layout === "string" && w.toArray()).toEqual(words.slice(first, end));
      expect(rowsOf(ragged(table.column("V")))).toEqual(
        numbers.slice(first, end).map((n) => Array.from({ length: n % 4 }, () => n % 1000)),
      );
    }
  });

  it("that are asked for are fetched, and no others", async () => {
    const source = new CountingSource(bytes);
    await using file = await openFits(source);
    const hdu = await hduOf(file, 1, "bintable");
    source.reset();
    const table = await hdu.read({ columns: ["W", "N"], rows: { first: 100, count: 7 } });
    expect([...table.numbers("N")]).toEqual(numbers.slice(100, 107));
    const data = source.ranges.filter(({ offset }) => offset >= hdu.dataOffset);
    expect(data).toEqual([{ offset: hdu.dataOffset + 100 * rowLength, length: 7 * rowLength }]);
  });

  it("outside the table are refused", async () => {
    for await (const file of bothWays(bytes)) {
      const hdu = await hduOf(file, 1, "bintable");
      for (const [first, n] of [
        [count, 1],
        [0, count + 1],
        [count + 1, 0],
        [2 ** 52, 2 ** 52],
      ] as const) {
        expect(await failureOf(() => hdu.read({ rows: { first, count: n } }))).toMatchObject({
          code: "FITS_OUT_OF_BOUNDS",
          path: file.name,
          hdu: 1,
        });
      }
      for (const rows of [
        { first: -1, count: 1 },
        { first: 0, count: -1 },
        { first: 0.5, count: 1 },
        { first: 0, count: Number.NaN },
      ]) {
        expect(await failureOf(() => hdu.read({ rows }))).toMatchObject({
          code: "FITS_BAD_ARGUMENT",
          path: file.name,
          hdu: 1,
        });
      }
      expect((await hdu.read({ rows: { first: count, count: 0 } })).rows).toBe(0);
    }
  });

  it("take no more memory than the limit", async () => {
    for await (const file of bothWays(bytes)) {
      const hdu = await hduOf(file, 1, "bintable");
      for (const column of ["N", "W", "V"]) {
        const error = await failureOf(() => hdu.read({ columns: [column], maxBytes: 1999 }));
        expect(error).toBeInstanceOf(FitsArgumentError);
        expect(error).toMatchObject({ code: "FITS_LIMIT", path: file.name, hdu: 1 });
      }
      expect((await hdu.read({ maxBytes: 64 * 1024 })).rows).toBe(count);
    }
  });

  it("come one by one, in the order in which they are asked for", async () => {
    const asked = [499, 0, 7, 7, 6, 250];
    for (const rows of [asked, Uint32Array.from(asked), []]) {
      const wanted = Array.from(rows);
      const table = await read(bytes, { rows });
      expect(table.rows).toBe(wanted.length);
      expect([...table.numbers("N")]).toEqual(wanted.map((row) => numbers[row]));
      const w = table.column("W");
      expect(w.layout === "string" && w.toArray()).toEqual(wanted.map((row) => words[row]));
      expect(rowsOf(ragged(table.column("V")))).toEqual(
        wanted.map((row) => {
          const n = numbers[row] ?? 0;
          return Array.from({ length: n % 4 }, () => n % 1000);
        }),
      );
    }
  });

  it("that are asked for one by one are fetched near ones together, each once", async () => {
    const long = tableOf([{ form: "5000J", cells: cells(32, [...Array(50_000).keys()], 5000) }]);
    const source = new CountingSource(long);
    await using file = await openFits(source);
    const hdu = await hduOf(file, 1, "bintable");
    source.reset();
    const table = await hdu.read({ rows: [8, 2, 3, 8] });
    expect([...table.numbers(0)].filter((_, i) => i % 5000 === 0)).toEqual([
      40_000, 10_000, 15_000, 40_000,
    ]);
    const data = source.ranges.filter(({ offset }) => offset >= hdu.dataOffset);
    expect(data).toEqual(
      [2, 3, 8].map((row) => ({ offset: hdu.dataOffset + row * 20_000, length: 20_000 })),
    );
    source.reset();
    await using small = await openFits(new CountingSource(bytes));
    const near = await (await hduOf(small, 1, "bintable")).read({ columns: [0], rows: [9, 4] });
    expect([...near.numbers(0)]).toEqual([numbers[9], numbers[4]]);
  });

  it("that are no rows of the table are refused one by one, too", async () => {
    for await (const file of bothWays(bytes)) {
      const hdu = await hduOf(file, 1, "bintable");
      for (const columns of [["N"], ["V"]]) {
        expect(await failureOf(() => hdu.read({ columns, rows: [1, count] }))).toMatchObject({
          code: "FITS_OUT_OF_BOUNDS",
          path: file.name,
          hdu: 1,
        });
        for (const row of [-1, 0.5, Number.NaN, 2 ** 60]) {
          expect(await failureOf(() => hdu.read({ columns, rows: [1, row] }))).toMatchObject({
            code: "FITS_BAD_ARGUMENT",
          });
        }
      }
    }
  });

  it("are the same for any number of threads", async () => {
    const whole = await read(bytes);
    for (const threads of [2, 8]) expect(await read(bytes, { threads })).toEqual(whole);
    for await (const file of bothWays(bytes)) {
      const hdu = await hduOf(file, 1, "bintable");
      for (const threads of [-1, 0.5, Number.NaN]) {
        expect(await failureOf(() => hdu.read({ threads }))).toMatchObject({
          code: "FITS_BAD_ARGUMENT",
        });
      }
    }
  });

  it("end with the reason of an abort", async () => {
    for await (const file of bothWays(bytes)) {
      const hdu = await hduOf(file, 1, "bintable");
      const signal = AbortSignal.abort(new Error("enough"));
      await expect(hdu.read({ signal })).rejects.toBe(signal.reason);
      expect((await hdu.read()).rows).toBe(count);
    }
  });

  it("are the same for many readers at once", async () => {
    for await (const file of bothWays(bytes)) {
      const hdu = await hduOf(file, 1, "bintable");
      const reads = Array.from({ length: 20 }, (_, i) =>
        hdu.read({ rows: { first: i, count: 5 } }),
      );
      for (const [i, table] of (await Promise.all(reads)).entries()) {
        expect([...table.numbers("N")]).toEqual(numbers.slice(i, i + 5));
      }
    }
  });
});

describe("memory that the caller gives", () => {
  const bytes = tableOf(
    [
      { form: "2J", cells: cells(32, [1, 2, 3, 4, 5, 6], 2) },
      { form: "4A", cells: texts("ab  ", "c\0d ", "    ") },
      { form: "1PI(3)", cells: [[1, 0] as const, [0, 0], [2, 2]].map((p) => bigEndian(32, p)) },
      { form: "C", cells: cells(-32, [1, 2, 3, 4, 5, 6], 2) },
    ],
    { heap: bigEndian(16, [7, 8, 9]) },
  );

  it("holds the values, the first part of it", async () => {
    for await (const file of bothWays(bytes)) {
      const hdu = await hduOf(file, 1, "bintable");
      const j = new Int32Array(new SharedArrayBuffer(64), 8, 9).fill(-1);
      const a = new Uint8Array(12);
      const v = new Int16Array(4);
      const c = new Float32Array(6);
      const table = await hdu.read({ into: [j, a, v, c] });
      expect([...j]).toEqual([1, 2, 3, 4, 5, 6, -1, -1, -1]);
      expect(table.numbers(0)).toEqual(j.subarray(0, 6));
      expect(table.numbers(0).buffer).toBe(j.buffer);
      const text = table.column(1);
      expect(text.layout === "string" && text.bytes.buffer).toBe(a.buffer);
      expect(text.layout === "string" && text.toArray()).toEqual(["ab", "c", ""]);
      expect(rowsOf(ragged(table.column(2)))).toEqual([[7], [], [8, 9]]);
      expect(ragged(table.column(2)).data.buffer).toBe(v.buffer);
      expect([...c]).toEqual([1, 2, 3, 4, 5, 6]);
      const some = await hdu.read({ columns: [3, 0], into: [undefined, j] });
      expect([...some.numbers(0)]).toEqual([...c]);
      expect(some.numbers(1).buffer).toBe(j.buffer);
    }
  });

  it("holds the offsets, too", async () => {
    for await (const file of bothWays(bytes)) {
      const hdu = await hduOf(file, 1, "bintable");
      const memory = new SharedArrayBuffer(256);
      const text = {
        values: new Uint8Array(memory, 0, 12),
        offsets: new Int32Array(memory, 12, 4),
      };
      const cells = {
        values: new Int16Array(memory, 64, 4),
        offsets: new Int32Array(memory, 128, 9).fill(-1),
      };
      const table = await hdu.read({ columns: [1, 2], into: [text, cells] });
      const strings = table.column(0);
      expect(strings.layout === "string" && strings.toArray()).toEqual(["ab", "c", ""]);
      expect([...text.offsets]).toEqual([0, 2, 3, 3]);
      expect(rowsOf(ragged(table.column(1)))).toEqual([[7], [], [8, 9]]);
      expect(ragged(table.column(1)).offsets.buffer).toBe(memory);
      expect([...cells.offsets]).toEqual([0, 1, 1, 3, -1, -1, -1, -1, -1]);
      // Threads put strings where they would be without a gap at first.
      const again = await hdu.read({ columns: [1], into: [text], threads: 2 });
      expect(again.column(0)).toEqual(strings);
    }
  });

  it("is refused where its offsets do not fit", async () => {
    for await (const file of bothWays(bytes)) {
      const hdu = await hduOf(file, 1, "bintable");
      const fails = async (options: TableReadOptions): Promise<void> => {
        const error = { code: "FITS_BAD_ARGUMENT", path: file.name, hdu: 1 };
        expect(await failureOf(() => hdu.read(options))).toMatchObject(error);
      };
      const text = new Uint8Array(12);
      const short = { values: text, offsets: new Int32Array(3) };
      await fails({ columns: [1], into: [short] });
      await fails({ columns: [2], into: [{ ...short, values: new Int16Array(9) }] });
      await fails({ columns: [1], into: [{ values: text, offsets: new Int32Array(0) }] });
      await fails({ columns: [1], into: [{ ...short, offsets: text as never }] });
      const enough = { values: text, offsets: new Int32Array(4) };
      await fails({ columns: [1], into: [enough], strings: "bytes" });
      await fails({ columns: [0], into: [{ ...enough, values: new Int32Array(6) }] });
    }
  });

  it("must be large enough, and of the column's dtype", async () => {
    for await (const file of bothWays(bytes)) {
      const hdu = await hduOf(file, 1, "bintable");
      for (const [columns, array] of [
        [[0], new Int32Array(5)],
        [[0], new Int32Array(0)],
        [[0], new Uint32Array(6)],
        [[1], new Uint8Array(11)],
        [[2], new Int16Array(2)],
        [[2], new Int16Array(0)],
        [[3], new Float64Array(6)],
      ] as const) {
        expect(await failureOf(() => hdu.read({ columns, into: [array] }))).toMatchObject({
          code: "FITS_BAD_ARGUMENT",
          path: file.name,
          hdu: 1,
        });
      }
      const into = [undefined, new Int32Array(6)];
      expect(await failureOf(() => hdu.read({ columns: [0], into }))).toMatchObject({
        code: "FITS_BAD_ARGUMENT",
      });
    }
  });
});

describe("strings as bytes", () => {
  it("lie as they do in the file, padding and all", async () => {
    const stored = {
      form: "6A",
      cells: texts("ab c\0x", "d\0\0e  "),
      keywords: { TDIM: "'(3,2)'" },
    };
    const column = await columnOf(stored, { strings: "bytes" });
    expect(column).toMatchObject({
      layout: "fixed",
      shape: [2, 2, 3],
      info: { kind: "string", cellShape: [2], stringLength: 3 },
    });
    expect(column.layout === "fixed" && column.data).toEqual(latin1("ab c\0xd\0\0e  "));
    // Characters that TDIMn leaves over belong to no string.
    const odd = await columnOf(
      { ...stored, keywords: { TDIM: "'(4)'" } },
      { strings: "bytes", rows: [1, 0] },
    );
    expect(odd).toMatchObject({ shape: [2, 4] });
    expect(odd.layout === "fixed" && odd.data).toEqual(latin1("d\0\0eab c"));
  });

  it("of ASCII tables and of cells without characters, too", async () => {
    const lines = texts("ab 12", " c 34");
    const cards = [key("TBCOL1", 1), key("TBCOL2", 4)];
    const bytes = join(primary(), asciiTable({ forms: ["A3", "I2"], rows: lines, cards }));
    for await (const file of bothWays(bytes)) {
      const hdu = await hduOf(file, 1, "asciitable");
      const table = await hdu.read({ strings: "bytes" });
      expect(table.numbers(0)).toEqual(latin1("ab  c "));
      expect(table.numbers(1)).toEqual(BigInt64Array.of(12n, 34n));
    }
    const empty = await columnOf(
      { form: "0A", cells: [new Uint8Array(0), new Uint8Array(0)] },
      { strings: "bytes" },
    );
    expect(empty).toMatchObject({ shape: [2, 0] });
  });
});

describe("odd tables", () => {
  it("case 55: may have no rows, and columns of no width", async () => {
    const bytes = join(
      primary(),
      binTable({ forms: ["1J", "5A", "1PE(3)"], rows: [], rowLength: 17 }),
    );
    const table = await read(bytes);
    expect(table.rows).toBe(0);
    expect(table.columns.map(({ layout }) => layout)).toEqual(["fixed", "string", "ragged"]);
    expect(table.numbers(0)).toEqual(new Int32Array(0));

    const thin = await read(
      tableOf([
        { form: "0D", cells: [new Uint8Array(0), new Uint8Array(0)] },
        { form: "0A", cells: [new Uint8Array(0), new Uint8Array(0)] },
        { form: "1B", cells: cells(8, [1, 2]) },
      ]),
    );
    expect(thin.numbers(0)).toHaveLength(0);
    expect(thin.column(0)).toMatchObject({ shape: [2, 0] });
    expect(thin.column(1)).toMatchObject({ rows: 2 });
    expect([...thin.numbers(2)]).toEqual([1, 2]);
  });

  it("may have no columns", async () => {
    const table = await read(join(primary(), binTable({ forms: [], rows: [] })));
    expect(table).toMatchObject({ rows: 0, columns: [] });
  });

  it("case 58: may have rows that are longer than their columns", async () => {
    const bytes = tableOf([{ form: "1I", cells: [1, 2].map((n) => bigEndian(16, [n, 999])) }]);
    expect([...(await read(bytes)).numbers(0)]).toEqual([1, 2]);
  });

  it("keep what stands before a form that makes no sense", async () => {
    const bytes = tableOf([
      { form: "1I", cells: cells(16, [5]) },
      { form: "1Z", cells: cells(16, [6]) },
      { form: "1I", cells: cells(16, [7]) },
    ]);
    for await (const file of bothWays(bytes)) {
      const hdu = await hduOf(file, 1, "bintable");
      expect((await hdu.columns()).map(({ form }) => form)).toEqual(["1I", "1Z", "1I"]);
      expect([...(await hdu.read({ columns: [0] })).numbers(0)]).toEqual([5]);
      for (const column of [1, 2]) {
        expect(await failureOf(() => hdu.read({ columns: [column] }))).toMatchObject({
          code: "FITS_BAD_HEADER",
          path: file.name,
          hdu: 1,
        });
      }
    }
  });

  it("that end too early are truncated", async () => {
    const bytes = tableOf([{ form: "1000J", cells: cells(32, new Array(3000).fill(1), 1000) }]);
    for await (const file of bothWays(bytes.subarray(0, 9000))) {
      const hdu = await hduOf(file, 1, "bintable");
      expect(hdu.isTruncated).toBe(true);
      expect(await failureOf(() => hdu.read({ rows: { first: 0, count: 1 } }))).toMatchObject({
        code: "FITS_TRUNCATED",
        path: file.name,
        hdu: 1,
      });
      expect(await hdu.columns()).toHaveLength(1);
    }
  });
});

describe("tables that writeFits wrote", () => {
  it("have all kinds of columns", async () => {
    const path = folder.file("written.fits");
    const columns = [
      { name: "U8", values: Uint8Array.of(0, 255) },
      { name: "I8", values: Int8Array.of(-128, 127) },
      { name: "U16", values: Uint16Array.of(0, 65535), unit: "adu" },
      { name: "I16", values: Int16Array.of(-32768, 32767) },
      { name: "U32", values: Uint32Array.of(0, 2 ** 32 - 1) },
      { name: "I32", values: Int32Array.of(-(2 ** 31), 2 ** 31 - 1) },
      { name: "U64", values: BigUint64Array.of(0n, 2n ** 64n - 1n) },
      { name: "I64", values: BigInt64Array.of(-(2n ** 63n), 2n ** 63n - 1n) },
      { name: "F32", values: Float32Array.of(1.5, -0) },
      { name: "F64", values: Float64Array.of(0.1, Number.NaN) },
    ];
    await writeFits(path, [
      {
        kind: "bintable",
        name: "ALL",
        columns: [
          ...columns,
          { name: "VEC", values: Float64Array.of(1, 2, 3, 4, 5, 6), repeat: 3 },
          { name: "YES", values: [true, false] },
          { name: "YESES", values: [true, false, false, true], repeat: 2 },
          { name: "WORD", values: ["a", "caf\u00e9 au lait"] },
        ],
      },
    ]);
    const table = await read(readFileSync(path));
    for (const { name, values } of columns) expect(table.numbers(name)).toEqual(values);
    expect(table.column("U16").info.unit).toBe("adu");
    expect(table.column("VEC")).toMatchObject({ shape: [2, 3] });
    expect([...table.numbers("VEC")]).toEqual([1, 2, 3, 4, 5, 6]);
    expect(table.column("YES").info.kind).toBe("logical");
    expect([...table.numbers("YES")]).toEqual([1, 0]);
    expect(table.column("YESES")).toMatchObject({ shape: [2, 2] });
    expect([...table.numbers("YESES")]).toEqual([1, 0, 0, 1]);
    const word = table.column("WORD");
    expect(word.layout === "string" && word.toArray()).toEqual(["a", "caf\u00e9 au lait"]);
  });
});

describe("an ASCII table", () => {
  const lines = [
    ["   12", "  1.25", "  1.5D3", "abc", "  123"],
    ["     ", "******", "  -2E-1", "  d", "  -45"],
    ["  -99", " 12345", "  1.5-3", "xy ", "     "],
  ].map((fields) => fields.join(""));
  const bytes = join(
    primary(),
    asciiTable({
      forms: ["I5", "F6.2", "E7.1", "A3", "I5"],
      rows: texts(...lines),
      cards: [
        ...[1, 6, 12, 19, 22].map((column, i) => key(`TBCOL${i + 1}`, column)),
        ...["I", "F", "E", "A", "S"].map((name, i) => card(`TTYPE${i + 1}  = '${name}'`)),
        key("TNULL1", "'-99'"),
        key("TSCAL5", "0.5"),
        key("TZERO5", 1),
      ],
    }),
  );

  const open = async (file: FitsFile) => hduOf(file, 1, "asciitable");

  it("case 68: gives int64, float64 and strings; blank fields and TNULL are null", async () => {
    for await (const file of bothWays(bytes)) {
      const hdu = await open(file);
      expect(hdu).toMatchObject({ rows: 3, columnCount: 5 });
      const table = await hdu.read();
      expect(table.columns.map(({ info }) => info.dtype)).toEqual([
        "int64",
        "float64",
        "float64",
        "uint8",
        "float64",
      ]);
      const [i, f, e, a, s] = table.columns as [Column, Column, Column, Column, Column];
      expect(table.numbers("I")[0]).toBe(12n);
      expect(validOf(i, 3)).toEqual([true, false, false]);
      expect(i.nulls).toBe(2);
      // A field without a point has as many decimals as the form says.
      expect([...table.numbers("F")].slice(0, 1)).toEqual([1.25]);
      expect(table.numbers("F")[2]).toBe(123.45);
      expect(validOf(f, 3)).toEqual([true, false, true]);
      // -2 with one decimal, times the exponent.
      expect([...table.numbers("E")]).toEqual([1500, -0.02, 0.0015]);
      expect(e.nulls).toBe(0);
      expect(a.layout === "string" && a.toArray()).toEqual(["abc", "  d", "xy"]);
      expect([...table.numbers("S")].slice(0, 2)).toEqual([62.5, -21.5]);
      expect(validOf(s, 3)).toEqual([true, true, false]);
    }
  });

  it("gives stored numbers without scaling", async () => {
    for await (const file of bothWays(bytes)) {
      const table = await (await open(file)).read({ scale: false });
      expect(table.columns.map(({ info }) => info.dtype)).toEqual([
        "int64",
        "float64",
        "float64",
        "uint8",
        "int64",
      ]);
      expect([...table.numbers("S")].slice(0, 2)).toEqual([123n, -45n]);
      expect([...table.numbers("E")]).toEqual([1500, -0.02, 0.0015]);
    }
  });

  it("gives rows and columns of choice, and fetches no others", async () => {
    const source = new CountingSource(bytes);
    await using file = await openFits(source);
    const hdu = await open(file);
    source.reset();
    const table = await hdu.read({ columns: ["a"], rows: { first: 1, count: 1 } });
    const a = table.column("A");
    expect(a.layout === "string" && a.toArray()).toEqual(["  d"]);
    const data = source.ranges.filter(({ offset }) => offset >= hdu.dataOffset);
    expect(data).toEqual([{ offset: hdu.dataOffset + 26, length: 26 }]);
  });

  it("with a field that is no number is corrupt; its other columns are not", async () => {
    const broken = join(
      primary(),
      asciiTable({
        forms: ["I3", "I3"],
        rows: texts(" 1 x2 "),
        cards: [key("TBCOL1", 1), key("TBCOL2", 4)],
      }),
    );
    for await (const file of bothWays(broken)) {
      const hdu = await open(file);
      expect(await failureOf(() => hdu.read())).toMatchObject({
        code: "FITS_CORRUPT",
        path: file.name,
        hdu: 1,
      });
      expect([...(await hdu.read({ columns: [0] })).numbers(0)]).toEqual([1n]);
    }
  });
});

it("keeps a table readable beside one that is not", async () => {
  const good: Stored = { form: "1B", cells: cells(8, [42]) };
  const bytes = join(
    tableOf([{ form: "1J", cells: cells(32, [1]), keywords: { TNULL: "'x'" } }]),
    binTable({
      forms: [good.form],
      rows: good.cells,
    }),
  );
  await using file = await openBytes(bytes);
  const second: BinTableHdu = await hduOf(file, 2, "bintable");
  expect([...(await second.read()).numbers(0)]).toEqual([42]);
  expect([...(await (await hduOf(file, 1, "bintable")).read()).numbers(0)]).toEqual([1]);
});
