import { execFileSync } from "node:child_process";
import {
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  symlinkSync,
  writeFileSync,
} from "node:fs";
import {
  bytesOf,
  type ColumnToWrite,
  DTYPES,
  type Dtype,
  FitsArgumentError,
  FitsIoError,
  type Hdu,
  type HduToWrite,
  type Header,
  type HeaderEntry,
  type ImageToWrite,
  openFits,
  type Table,
  type TableToWrite,
  type TypedArray,
  viewOf,
  writeFits,
} from "@fitstream/native";
import { describe, expect, it } from "vitest";
import { type AstropyCard, pythonWithAstropy, readWithAstropy } from "./helpers/astropy.js";
import { failureOf } from "./helpers/failures.js";
import { hduOf, TemporaryFolder } from "./helpers/files.js";
import { Random } from "./helpers/random.js";

const folder = new TemporaryFolder();
const random = new Random(11);

const limits: Readonly<Record<string, readonly (number | bigint)[]>> = {
  uint8: [0, 255],
  int8: [-128, 127],
  uint16: [0, 65535],
  int16: [-32768, 32767],
  uint32: [0, 2 ** 32 - 1],
  int32: [-(2 ** 31), 2 ** 31 - 1],
  uint64: [0n, 2n ** 64n - 1n, 2n ** 53n + 1n],
  int64: [-(2n ** 63n), 2n ** 63n - 1n, 2n ** 53n + 1n],
  float32: [-0, Number.NaN, Infinity, -Infinity, 1e-40],
  float64: [-0, Number.NaN, Infinity, -Infinity, 5e-324, 0.1],
};

/** The ends of the range, then small numbers. */
function valuesOf(dtype: Dtype, count: number): TypedArray {
  const data = viewOf(dtype, new ArrayBuffer(count * 8), 0, count);
  for (let i = 0; i < count; ++i) {
    const value = limits[dtype]?.[i] ?? random.int(100);
    if (data instanceof BigInt64Array || data instanceof BigUint64Array) data[i] = BigInt(value);
    else data[i] = Number(value);
  }
  return data;
}

const isTyped = (values: ColumnToWrite["values"]): values is TypedArray =>
  ArrayBuffer.isView(values);

function dtypeOf(array: TypedArray): Dtype {
  const empty = new ArrayBuffer(0);
  const isOf = (dtype: Dtype) => viewOf(dtype, empty, 0, 0).constructor === array.constructor;
  return DTYPES.find(isOf) ?? "uint8";
}

const images = DTYPES.map(
  (dtype): ImageToWrite => ({ kind: "image", data: valuesOf(dtype, 105), shape: [3, 5, 7] }),
);
const shapes = [[1], [9], [4, 1], [1, 4], [0, 5], [2, 3, 4, 5], new Array(12).fill(2)].map(
  (shape): ImageToWrite => {
    const pixels = shape.reduce((n: number, m: number) => n * m, 1);
    return { kind: "image", data: valuesOf("int16", pixels), shape };
  },
);
const compressed = (["RICE_1", "GZIP_1", "GZIP_2"] as const).flatMap((codec) =>
  DTYPES.filter((dtype) => !dtype.endsWith("64") || dtype.startsWith("float"))
    .filter((dtype) => codec !== "RICE_1" || !dtype.startsWith("float"))
    .map((dtype): ImageToWrite => {
      const data = valuesOf(dtype, 13 * 17);
      return {
        kind: "image",
        data,
        shape: [13, 17],
        compression: {
          codec,
          quantize: 0,
          tile: random.pick([
            [13, 17],
            [5, 6],
            [1, 17],
          ]),
        },
      };
    }),
);

const table: TableToWrite = {
  kind: "bintable",
  name: "CATALOG",
  columns: [
    ...DTYPES.map((dtype) => ({ name: `X_${dtype}`, values: valuesOf(dtype, 6), unit: "mag" })),
    ...DTYPES.map((dtype) => ({ name: `V_${dtype}`, values: valuesOf(dtype, 18), repeat: 3 })),
    { name: "YES", values: [true, false, true, true, false, false] },
    { name: "YESES", values: Array.from({ length: 12 }, (_, i) => i % 3 === 0), repeat: 2 },
    { name: "WORD", values: ["", "a", "two words", "it's", "  lead", "x".repeat(300)] },
  ],
};

/** Cards of every kind of value; comments where they fit. */
const keywords: readonly HeaderEntry[] = [
  { keyword: "YES", value: true, comment: "a flag" },
  { keyword: "NO", value: false },
  { keyword: "INT", value: -42, comment: "[m/s] an integer" },
  { keyword: "BIG", value: 2n ** 62n + 1n },
  { keyword: "REAL", value: 0.1, comment: "as it was" },
  { keyword: "SMALL", value: -1.234567890123456e-300 },
  { keyword: "NOTHING", value: null, comment: "undefined" },
  { keyword: "EMPTY", value: "" },
  { keyword: "QUOTES", value: "it's '' quoted", comment: "and / a slash" },
  { keyword: "LEAD", value: "  spaces" },
  { keyword: "FULL", value: "f".repeat(68) },
  { keyword: "LONG", value: "continued ".repeat(40).trim(), comment: "over many cards" },
  { keyword: "ESO DET CHIP1 ID", value: "CCD-44", comment: "HIERARCH" },
  { keyword: "ESO TEL AIRM START", value: 1.25 },
  { keyword: "VERYLONGKEYWORD", value: 7 },
  { keyword: "UNSIGNED", value: 2n ** 64n - 1n, comment: "64 bits" },
  { keyword: "ESO UNSIGNED", value: 2n ** 63n },
  { keyword: "LEAST", value: -(2n ** 63n) },
  { keyword: "COMPLEX", value: { re: 0.1, im: -2.5e100 }, comment: "a pair" },
];
const header: ImageToWrite = { kind: "image", name: "HEADER", header: keywords };

/** File names and what goes into the files. */
const files: Readonly<Record<string, readonly HduToWrite[]>> = {
  "images.fits": images,
  "shapes.fits": shapes,
  "compressed.fits": compressed,
  "table.fits": [table],
  "header.fits": [header],
  "mixed.fits": [
    { ...header, name: "FIRST", data: valuesOf("float32", 12), shape: [3, 4] },
    { ...table, header: keywords },
    {
      kind: "image",
      data: valuesOf("int16", 64),
      shape: [8, 8],
      name: "PACKED",
      header: keywords,
      compression: { codec: "RICE_1" },
    },
    { kind: "bintable", name: "EMPTY", columns: [{ name: "A", values: new Int32Array(0) }] },
    { kind: "image", name: "LAST" },
  ],
};

/** A table or a compressed image cannot be first: an empty primary HDU precedes it. */
const firstIndex = ([first]: readonly HduToWrite[]): number =>
  first?.kind !== "image" || first.compression !== undefined ? 1 : 0;

function checkHeader(written: readonly HeaderEntry[], read: Header): void {
  for (const { keyword, value, comment = "" } of written) {
    expect(read.get(keyword), keyword).toEqual(value);
    expect(read.all(keyword)[0]?.comment, keyword).toBe(comment);
  }
}

function checkTable(written: TableToWrite, read: Table): void {
  expect(read.names).toEqual(written.columns.map(({ name }) => name));
  for (const { name, values, unit = "", repeat = 1 } of written.columns) {
    const column = read.column(name);
    expect(column.info).toMatchObject({ unit, cellShape: repeat > 1 ? [repeat] : [] });
    if (column.layout === "string") expect(column.toArray()).toEqual(values);
    else if (isTyped(values)) expect(read.numbers(name), name).toEqual(values);
    else expect([...read.numbers(name)]).toEqual(values.map(Number));
  }
}

async function checkImage(written: ImageToWrite, read: Hdu): Promise<void> {
  const { data = new Uint8Array(0), shape = [], compression } = written;
  if (read.kind !== "image" && read.kind !== "compressed-image") throw new Error(read.kind);
  expect(read.kind).toBe(compression === undefined ? "image" : "compressed-image");
  expect(read.shape).toEqual(shape);
  const array = await read.read();
  expect(array.dtype).toBe(dtypeOf(data));
  expect(bytesOf(array.data)).toEqual(bytesOf(data));
}

/** Reads a file back, which must hold what was written. */
async function checkFile(path: string, written: readonly HduToWrite[]): Promise<void> {
  await using file = await openFits(path);
  expect(await file.hdus()).toHaveLength(written.length + firstIndex(written));
  expect(file.damage).toBeUndefined();
  for (const [i, hdu] of written.entries()) {
    const index = i + firstIndex(written);
    const read = await file.hdu(index);
    expect(read.name).toBe(hdu.name);
    checkHeader(hdu.header ?? [], await read.header());
    if (hdu.kind === "image") await checkImage(hdu, read);
    else if (hdu.kind === "bintable")
      checkTable(hdu, await (await hduOf(file, index, "bintable")).read());
  }
}

describe("what was written", () => {
  it.each(Object.keys(files))("is read back: %s", async (name) => {
    const written = files[name] ?? [];
    await writeFits(folder.file(name), written);
    await checkFile(folder.file(name), written);
  });

  it("is all there is", () => {
    expect(readdirSync(folder.path).sort()).toEqual(Object.keys(files).sort());
  });
});

describe.skipIf(pythonWithAstropy === undefined)("astropy", () => {
  const dtypesOf = (hdu: HduToWrite): string[] =>
    hdu.kind === "image"
      ? [dtypeOf(hdu.data ?? new Uint8Array(0))]
      : hdu.columns.map(({ values }) => (isTyped(values) ? dtypeOf(values) : ""));

  const bytesIn = (text: unknown): Uint8Array =>
    new Uint8Array(Buffer.from(String(text), "base64"));

  function checkValue({ keyword, value, comment = "" }: HeaderEntry, read: AstropyCard): void {
    const [type, text] = read.value;
    expect(read.comment, keyword).toBe(comment);
    if (value !== null && typeof value === "object") {
      expect(text).toBe(`(${value.re}${value.im}j)`);
    } else if (value === null) expect(["NoneType", "Undefined"]).toContain(type);
    else if (typeof value === "string") expect([type, text]).toEqual(["str", value]);
    else if (typeof value === "boolean") expect(text).toBe(value ? "True" : "False");
    else if (type === "int") expect(BigInt(text)).toBe(BigInt(value));
    else expect(Number(text)).toBe(value);
  }

  it("reads the same pixels, cells and cards", () => {
    const jobs = Object.entries(files).map(([name, hdus]) => ({
      path: folder.file(name),
      hdus: hdus.map((hdu, i) => ({
        index: i + firstIndex(hdus),
        dtypes: dtypesOf(hdu),
        keywords: (hdu.header ?? []).map(({ keyword }) => keyword),
      })),
    }));
    const answers = readWithAstropy(pythonWithAstropy ?? "", jobs);
    for (const [f, hdus] of Object.values(files).entries()) {
      for (const [i, hdu] of hdus.entries()) {
        const read = answers[f]?.[i];
        expect(read).toBeDefined();
        hdu.header?.forEach((entry, k) => {
          const card = read?.header[k];
          if (card !== undefined) checkValue(entry, card);
        });
        if (hdu.kind === "image" && (hdu.data?.length ?? 0) > 0) {
          expect(read?.shape).toEqual(hdu.shape);
          expect(bytesIn(read?.pixels)).toEqual(bytesOf(hdu.data ?? new Uint8Array(0)));
        } else if (hdu.kind === "bintable") {
          hdu.columns.forEach(({ name, values }, c) => {
            const cells = read?.columns?.[c];
            if (isTyped(values)) expect(bytesIn(cells), name).toEqual(bytesOf(values));
            else expect([cells].flat(3), name).toEqual(values);
          });
        }
      }
    }
  });
});

it("keeps free text and blank cards in order", async () => {
  const path = folder.file("order.fits");
  const header: HeaderEntry[] = [
    { keyword: "A", value: 1 },
    { keyword: "COMMENT", value: "about A" },
    { keyword: "", value: null },
    { keyword: "", value: "a title" },
    { keyword: "HISTORY", value: "made" },
    { keyword: "B", value: 2 },
    { keyword: "comment", value: "about B" },
  ];
  await writeFits(path, [{ kind: "image", header }]);
  await using file = await openFits(path);
  const cards = [...(await (await file.hdu(0)).header())];
  const from = cards.findIndex(({ keyword }) => keyword === "A");
  expect(cards.slice(from).map(({ keyword, text }) => [keyword, text])).toEqual([
    ["A", ""],
    ["COMMENT", "about A"],
    ["", ""],
    ["", "a title"],
    ["HISTORY", "made"],
    ["B", ""],
    ["COMMENT", "about B"],
  ]);
});

it("keeps free text, and every line of it", async () => {
  const path = folder.file("text.fits");
  const lines = ["first", "with 'quotes' / and slashes", "w".repeat(200)];
  const entries = ["COMMENT", "HISTORY"].flatMap((keyword) =>
    lines.map((value) => ({ keyword, value })),
  );
  await writeFits(path, [{ kind: "image", header: entries }]);
  await using file = await openFits(path);
  const read = await (await file.hdu(0)).header();
  expect(read.history.join("")).toBe(lines.join(""));
  expect(read.comments.join("")).toMatch(new RegExp(`${lines.join("")}$`));
});

// CFITSIO 4.2 writes some of these without end; astropy 5.2 mistakes doubled quotes and ampersands.
it("has strings of any characters back, at any length", async () => {
  const strings = Array.from({ length: 300 }, (_, i) => {
    const alphabet = random.pick(["'", "'a", "& '", "ab cd", "a&"]);
    const letters = Array.from({ length: i }, () => random.pick([...alphabet]));
    return letters.join("").trimEnd();
  });
  const path = folder.file("strings.fits");
  const entries = strings.map((value, i) => ({ keyword: `S${i}`, value, comment: "why" }));
  await writeFits(path, [{ kind: "image", name: "n".repeat(100), header: entries }]);
  await using file = await openFits(path);
  const read = await (await file.hdu("N".repeat(100))).header();
  expect(strings.map((_, i) => read.get(`S${i}`))).toEqual(strings);
});

it("gives the last value of a keyword that is given twice", async () => {
  const path = folder.file("twice.fits");
  const entry = (value: string | number) => ({ keyword: "TWICE", value });
  const long = "long ".repeat(30).trim();
  await writeFits(path, [{ kind: "image", header: [entry(long), entry(1), entry(`${long}2`)] }]);
  await using file = await openFits(path);
  const read = await (await file.hdu(0)).header();
  expect(read.all("TWICE").map(({ value }) => value)).toEqual([`${long}2`]);
  expect(read.has("CONTINUE")).toBe(false);
});

describe("a write that fails", () => {
  const empty: ImageToWrite = { kind: "image" };
  const pixels = Int16Array.of(1, 2, 3, 4);
  const image = (more: Partial<ImageToWrite>): HduToWrite => ({
    kind: "image",
    data: pixels,
    shape: [2, 2],
    ...more,
  });
  const entry = (keyword: string, value: HeaderEntry["value"], comment = ""): HduToWrite =>
    image({ header: [{ keyword, value, comment }] });
  const columns = (...list: readonly ColumnToWrite[]): HduToWrite => ({
    kind: "bintable",
    columns: list,
  });

  const bad: Readonly<Record<string, HduToWrite>> = {
    "pixels that do not fill the shape": image({ shape: [2, 3] }),
    "a shape without pixels": { kind: "image", shape: [2, 2] },
    "a shape that overflows": image({ shape: [2 ** 40, 2 ** 40] }),
    "a negative axis": image({ shape: [-2, -2] }),
    "a broken axis": image({ shape: [0.5, 8] }),
    "more axes than CFITSIO takes": image({ shape: [2, 2, ...new Array(98).fill(1)] }),
    "a codec that is not written": image({ compression: { codec: "NOCOMPRESS" as "RICE_1" } }),
    "a tile of another rank": image({ compression: { codec: "RICE_1", tile: [2] } }),
    "a tile without pixels": image({ compression: { codec: "RICE_1", tile: [0, 2] } }),
    "compressed images of 7 axes": image({
      shape: [2, 2, 1, 1, 1, 1, 1],
      compression: { codec: "RICE_1" },
    }),
    "quantized NaN in 4 axes": image({
      data: Float32Array.of(1, 2, 3, Number.NaN),
      shape: [2, 2, 1, 1],
      compression: { codec: "RICE_1" },
    }),
    "a compressed image without pixels": image({
      data: new Int16Array(0),
      shape: [0, 2],
      compression: { codec: "RICE_1" },
    }),
    "compressed 64-bit integers": image({
      data: BigInt64Array.of(1n, 2n, 3n, 4n),
      compression: { codec: "GZIP_1" },
    }),
    "exact floats in RICE": image({
      data: Float32Array.of(1, 2, 3, 4),
      compression: { codec: "RICE_1", quantize: 0 },
    }),
    "a quantization that is none": image({
      data: Float32Array.of(1, 2, 3, 4),
      compression: { codec: "GZIP_1", quantize: Number.NaN },
    }),
    "exact floats in HCOMPRESS": image({
      data: new Float32Array(64),
      shape: [8, 8],
      compression: { codec: "HCOMPRESS_1", quantize: 0 },
    }),
    "zeros kept by HCOMPRESS": image({
      data: new Float32Array(64),
      shape: [8, 8],
      compression: { codec: "HCOMPRESS_1", dither: "SUBTRACTIVE_DITHER_2" },
    }),
    // fits.md 29: such tiles cannot be encoded.
    "HCOMPRESS of 3 pixels": image({
      data: new Int16Array(12),
      shape: [4, 3],
      compression: { codec: "HCOMPRESS_1" },
    }),
    "an HCOMPRESS tile of 3 pixels": image({
      data: new Int16Array(64),
      shape: [8, 8],
      compression: { codec: "HCOMPRESS_1", tile: [3, 8] },
    }),
    "a last HCOMPRESS tile of 3 pixels": image({
      data: new Int16Array(11 * 8),
      shape: [11, 8],
      compression: { codec: "HCOMPRESS_1", tile: [8, 8] },
    }),
    "HCOMPRESS tiles of 3 axes": image({
      data: new Int16Array(4 ** 3),
      shape: [4, 4, 4],
      compression: { codec: "HCOMPRESS_1", tile: [4, 4, 4] },
    }),
    "a negative number in PLIO": image({
      data: Int16Array.of(0, 1, 2, -1),
      compression: { codec: "PLIO_1" },
    }),
    "2^24 in PLIO": image({
      data: Int32Array.of(0, 1, 2, 2 ** 24),
      compression: { codec: "PLIO_1" },
    }),
    "floats in PLIO": image({
      data: Float32Array.of(1, 2, 3, 4),
      compression: { codec: "PLIO_1" },
    }),
    "unsigned integers in PLIO": image({
      data: Uint16Array.of(1, 2, 3, 4),
      compression: { codec: "PLIO_1" },
    }),
    "a dithering that is none": image({
      compression: { codec: "RICE_1", dither: "DITHER" as "NO_DITHER" },
    }),
    "a dither seed out of range": image({ compression: { codec: "GZIP_1", ditherSeed: 10001 } }),
    "a keyword that follows from the data": entry("NAXIS1", 7),
    "a keyword without a name": entry("", 7),
    "a comment that is a number": entry("COMMENT", 7),
    "a checksum of one's own": entry("CHECKSUM", "0"),
    "a scaling beside an unsigned type": image({
      data: Uint16Array.of(1, 2, 3, 4),
      header: [{ keyword: "bzero", value: 0 }],
    }),
    "a type of a column beside the column": {
      ...columns({ name: "A", values: pixels }),
      header: [{ keyword: "TZERO1", value: 1 }],
    },
    "a keyword with an equals sign": entry("A=B", 7),
    "a keyword longer than a card": entry("K".repeat(100), 7),
    "a keyword beyond ASCII": entry("CAF\u00c9", 7),
    "a number that is none": entry("NAN", Number.NaN),
    "an integer of more than 64 bits": entry("HUGE", 2n ** 64n),
    "a string beyond ASCII": entry("NAME", "caf\u00e9"),
    "a comment with a line break": entry("NAME", 1, "a\nb"),
    "a long string in a HIERARCH card": entry("ESO DET CHIP1 NAME", "'".repeat(30)),
    "columns of different length": columns(
      { name: "A", values: pixels },
      { name: "B", values: pixels.subarray(1) },
    ),
    "cells that do not fill rows": columns({ name: "A", values: pixels, repeat: 3 }),
    "a column name that fits no card": columns({ name: "n".repeat(69), values: pixels }),
    "a null in a column without TNULL": columns({
      name: "A",
      values: pixels,
      validity: Uint8Array.of(0b1110),
    }),
    "a validity bitmap that is too short": columns({
      name: "A",
      values: new Float32Array(9),
      validity: Uint8Array.of(255),
    }),
    "offsets that descend": columns({
      name: "A",
      values: pixels,
      offsets: Float64Array.of(0, 3, 2, 4),
    }),
    "offsets beyond the values": columns({
      name: "A",
      values: pixels,
      offsets: Float64Array.of(0, 5),
    }),
    "no offsets for the rows": columns({ name: "A", values: pixels, offsets: new Float64Array(0) }),
    "a string wider than its column": columns({ name: "A", values: ["abc"], width: 2 }),
    "a scaled number out of its type": columns({
      name: "A",
      values: Float64Array.of(1e6),
      scaling: { stored: "int16", scale: 1 },
    }),
    "a scaling by 0": columns({
      name: "A",
      values: Float64Array.of(1),
      scaling: { stored: "int16", scale: 0 },
    }),
    "NaN in scaled integers": columns({
      name: "A",
      values: Float64Array.of(Number.NaN),
      scaling: { stored: "int16", scale: 0.1 },
    }),
    "a null that is no integer": columns({ name: "A", values: pixels, null: 0.5 }),
    "numbers for strings": columns({ name: "A", kind: "string", values: pixels }),
    "an ASCII number too wide for its field": {
      kind: "asciitable",
      columns: [{ name: "A", values: Int32Array.of(1000), form: "I3" }],
    },
    "an ASCII form that is none": {
      kind: "asciitable",
      columns: [{ name: "A", values: Int32Array.of(1), form: "J" }],
    },
    "infinity in an ASCII table": {
      kind: "asciitable",
      columns: [{ name: "A", values: Float64Array.of(Infinity) }],
    },
    "Latin-1 in an ASCII table": {
      kind: "asciitable",
      columns: [{ name: "A", values: ["caf\u00e9"] }],
    },
    "a string that is not Latin-1": columns({ name: "A", values: ["\u03b1"] }),
    "too many columns": columns(
      ...Array.from({ length: 1000 }, (_, i) => ({ name: `C${i}`, values: pixels })),
    ),
  };

  it.each(Object.keys(bad))("leaves nothing behind: %s", async (name) => {
    const lair = folder.file(`bad ${name.replaceAll(" ", "-")}`);
    mkdirSync(lair);
    const path = `${lair}/a.fits`;
    const hdus = [image({}), bad[name] ?? empty];
    const error = await failureOf(() => writeFits(path, hdus));
    expect(["FITS_BAD_ARGUMENT", "FITS_UNSUPPORTED", "FITS_SIZE_OVERFLOW"]).toContain(error.code);
    expect(readdirSync(lair)).toEqual([]);

    writeFileSync(path, "precious");
    await failureOf(() => writeFits(path, hdus, { overwrite: true }));
    expect(readdirSync(lair)).toEqual(["a.fits"]);
    expect(readFileSync(path, "latin1")).toBe("precious");
  });

  it("says which HDU and keyword it was", async () => {
    const path = folder.file("never.fits");
    const error = await failureOf(() => writeFits(path, [empty, entry("ESO A", "x".repeat(99))]));
    expect(error).toMatchObject({ path, hdu: 1, keyword: "ESO A" });
  });

  it("does not replace a file, unless it is told to", async () => {
    const path = folder.write("precious.fits", new Uint8Array(3));
    const error = await failureOf(() => writeFits(path, [empty]));
    expect(error).toBeInstanceOf(FitsArgumentError);
    expect(error).toMatchObject({ code: "FITS_BAD_ARGUMENT", path });
    expect(readFileSync(path)).toHaveLength(3);
    await writeFits(path, [empty], { overwrite: true });
    expect(readFileSync(path)).toHaveLength(2880);
  });

  it("needs at least one HDU, and a folder that is there", async () => {
    expect(await failureOf(() => writeFits(folder.file("no.fits"), []))).toMatchObject({
      code: "FITS_BAD_ARGUMENT",
    });
    const path = folder.file("none/a.fits");
    const error = await failureOf(() => writeFits(path, [empty]));
    expect(error).toBeInstanceOf(FitsIoError);
    expect(error.path).toBe(path);
    mkdirSync(folder.file("folder.fits"));
    const onFolder = () => writeFits(folder.file("folder.fits"), [empty], { overwrite: true });
    expect(await failureOf(onFolder)).toMatchObject({ code: "FITS_IO" });
  });

  it("refuses a name with a NUL in it, which would be cut there", async () => {
    const path = folder.file("cut\0.fits");
    expect(await failureOf(() => writeFits(path, [empty]))).toMatchObject({
      code: "FITS_BAD_ARGUMENT",
    });
    expect(existsSync(folder.file("cut"))).toBe(false);
  });

  it("lets one of many writers have a free name", async () => {
    const path = folder.file("free.fits");
    const one = (fill: number) =>
      writeFits(path, [{ kind: "image", data: new Uint8Array(9).fill(fill), shape: [9] }]);
    const ends = await Promise.allSettled([1, 2, 3, 4, 5, 6].map(one));
    const winners = ends.flatMap((end, i) => (end.status === "fulfilled" ? [i + 1] : []));
    expect(winners).toHaveLength(1);
    await using file = await openFits(path);
    const { data } = await (await hduOf(file, 0, "image")).read();
    expect(data[0]).toBe(winners[0]);
  });

  it("takes a link that leads nowhere for a name that is not free", async () => {
    const path = folder.file("dangling.fits");
    symlinkSync(folder.file("nowhere.fits"), path);
    expect(await failureOf(() => writeFits(path, [empty]))).toMatchObject({
      code: "FITS_BAD_ARGUMENT",
    });
    expect(existsSync(folder.file("nowhere.fits"))).toBe(false);
  });

  it("ends early when it is aborted", async () => {
    const path = folder.file("aborted.fits");
    const data = new Uint8Array(1 << 26);
    const abort = new AbortController();
    const seen: number[] = [];
    const writing = writeFits(path, [{ kind: "image", data, shape: [1 << 26] }], {
      signal: abort.signal,
      onProgress: (bytes) => seen.push(bytes),
    });
    abort.abort(new Error("enough"));
    await expect(writing).rejects.toThrow("enough");
    expect(existsSync(path)).toBe(false);
    expect(seen.every((bytes) => bytes < data.length)).toBe(true);
  });

  it("leaves no temporary file in any of these cases", () => {
    expect(readdirSync(folder.path).filter((name) => name.includes(".tmp"))).toEqual([]);
  });
});

it.each([
  "a[1].fits",
  "!x.fits",
  "a.fits(b)",
  "a.fits[2:3,1:5]",
  "a.fits[col X]",
  "mem:a.fits",
  "x.fits+1",
  "@list",
  "-",
  "|cat",
  " lead.fits",
  "~root",
  "mem:",
  "x.fits.gz",
  "\u00e9\u03b1 b.fits",
])("takes %s for a plain name", async (name) => {
  const lair = folder.file(`name ${Buffer.from(name).toString("hex")}`);
  mkdirSync(lair);
  const path = `${lair}/${name}`;
  const data = Int16Array.of(1, 2, 3);
  await writeFits(path, [
    { kind: "image", data, shape: [3] },
    { kind: "image", data, shape: [3], compression: { codec: "RICE_1" } },
  ]);
  expect(readdirSync(lair)).toEqual([name]);
  await using file = await openFits(path);
  expect((await (await hduOf(file, 0, "image")).read()).data).toEqual(data);
  expect((await (await hduOf(file, 1, "compressed-image")).read()).data).toEqual(data);
});

it("takes relative names that CFITSIO would change for plain ones", () => {
  const lair = folder.file("relative");
  mkdirSync(lair);
  const names = [" lead.fits", "!a", "-", "~root"];
  const entry = new URL("../dist/index.js", import.meta.url);
  const program = `import { writeFits } from ${JSON.stringify(entry.href)};
    for (const name of ${JSON.stringify(names)}) await writeFits(name, [{ kind: "image" }]);`;
  execFileSync(process.execPath, ["--input-type=module", "--eval", program], { cwd: lair });
  expect(readdirSync(lair).sort()).toEqual(names);
});

it("tells how far it is, and waits for the disk", async () => {
  const seen: number[] = [];
  const path = folder.file("progress.fits");
  const data = new Float32Array(100_000);
  await writeFits(path, [{ kind: "image", data, shape: [100_000] }], {
    fsync: true,
    onProgress: (bytes) => seen.push(bytes),
  });
  expect(seen.at(-1)).toBe(400_000);
});

it("writes one path several times at once, and ends with one whole file", async () => {
  const path = folder.file("race.fits");
  const one = (fill: number) => {
    const data = new Float32Array(300_000).fill(fill);
    return writeFits(path, [{ kind: "image", data, shape: [300_000] }], { overwrite: true });
  };
  await Promise.all([1, 2, 3, 4, 5, 6].map(one));
  await using file = await openFits(path);
  const { data } = await (await hduOf(file, 0, "image")).read();
  expect(new Set<unknown>(data).size).toBe(1);
  expect(readdirSync(folder.path).filter((name) => name.includes(".tmp"))).toEqual([]);
});
