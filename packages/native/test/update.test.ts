/** Files that are changed: HDUs and rows added, rows and keywords changed. */
import {
  chmodSync,
  linkSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from "node:fs";
import {
  appendHdu,
  appendRows,
  type ColumnToWrite,
  type HduToWrite,
  isFitsError,
  openFits,
  type TableToWrite,
  type UpdateOptions,
  updateKeywords,
  updateRows,
  writeFits,
} from "@fitstream/native";
import { describe, expect, it } from "vitest";
import { dataByAstropy, pythonWithAstropy } from "./helpers/astropy.js";
import { failureOf } from "./helpers/failures.js";
import { hduOf, TemporaryFolder } from "./helpers/files.js";
import { complaintsOf, hasFitsverify } from "./helpers/fitsverify.js";
import { elementsOf } from "./helpers/random-hdus.js";

const folder = new TemporaryFolder();
let made = 0;

/** A folder of its own, so that what a change leaves behind is seen. */
function newPath(name = "a.fits"): string {
  const lair = folder.file(`${++made}`);
  mkdirSync(lair);
  return `${lair}/${name}`;
}

const image: HduToWrite = {
  kind: "image",
  data: Int16Array.of(1, 2, 3, 4, 5, 6),
  shape: [2, 3],
  name: "SCI",
  header: [
    { keyword: "OBJECT", value: "M 31", comment: "target" },
    { keyword: "LONG", value: "many words ".repeat(20).trim() },
    { keyword: "EXPTIME", value: 1.5 },
    { keyword: "ESO DET ID", value: "chip" },
    { keyword: "HISTORY", value: "made" },
  ],
};
const fixed = (from: number, rows: number): ColumnToWrite[] => [
  { name: "ID", values: Int32Array.from({ length: rows }, (_, i) => from + i), null: -1 },
  {
    name: "XY",
    values: Float64Array.from({ length: 2 * rows }, (_, i) => (2 * from + i) / 4),
    repeat: 2,
  },
  { name: "U", values: Uint16Array.from({ length: rows }, (_, i) => 65_000 + from + i) },
  { name: "NAME", values: Array.from({ length: rows }, (_, i) => `n${from + i}`), width: 8 },
  {
    name: "FLAG",
    kind: "logical",
    values: Array.from({ length: rows }, (_, i) => (from + i) % 3 === 0),
  },
];
const ragged = (from: number, rows: number): ColumnToWrite[] =>
  [
    ...fixed(from, rows),
    {
      name: "SPECTRUM",
      values: Float32Array.from({ length: 2 * rows }, (_, i) => from + i / 8),
      offsets: Float64Array.from({ length: rows + 1 }, (_, i) => (i === 0 ? 0 : 2 * i - (i % 2))),
    },
    {
      name: "TEXT",
      values: Array.from({ length: rows }, (_, i) => "t".repeat((from + i) % 4)),
      isVariable: true,
    },
  ].map((column) => ({ descriptor: "P" as const, ...column }));
const bits = (rows: number, offset: number): ColumnToWrite => ({
  name: "BITS",
  kind: "bit",
  values: Uint8Array.from({ length: 11 * rows }, (_, i) => ((i + offset) % 3 === 0 ? 1 : 0)),
  repeat: 11,
});
const tableOf = (columns: readonly ColumnToWrite[], name = "CAT"): TableToWrite => ({
  kind: "bintable",
  name,
  columns,
});

async function elementsIn(path: string, hdu: number) {
  await using file = await openFits(path);
  const table = await (await hduOf(file, hdu, "bintable")).read();
  return Object.fromEntries(table.columns.map((c) => [c.info.name, elementsOf(c).items]));
}

async function expectTable(path: string, hdu: number, columns: readonly ColumnToWrite[]) {
  const like = newPath("like.fits");
  await writeFits(like, [tableOf(columns)]);
  expect(await elementsIn(path, hdu)).toEqual(await elementsIn(like, 1));
}

/** Files that astropy is to read, all at once: it takes a second to start. */
const changed: string[] = [];

/** fitsverify finds nothing wrong, checksums included, and nothing is left beside the file. */
function expectSound(path: string): void {
  changed.push(path);
  if (hasFitsverify) expect(complaintsOf(path)).toEqual([]);
  const left = readdirSync(path.replace(/[^/]*$/, "")).filter((name) => name.includes(".tmp"));
  expect(left).toEqual([]);
}

async function valuesIn(path: string, hdu: number, ...keywords: string[]): Promise<unknown[]> {
  await using file = await openFits(path);
  const header = await (await file.hdu(hdu)).header();
  return keywords.map((keyword) => header.get(keyword));
}

const modes: readonly UpdateOptions[] = [{}, { inPlace: true }, { fsync: true }];

describe.each(modes)("with %o", (options) => {
  it("adds HDUs", async () => {
    const path = newPath();
    await writeFits(path, [image], { checksum: true });
    await appendHdu(path, tableOf(ragged(0, 5)), { ...options, checksum: true });
    const compression = { codec: "RICE_1" } as const;
    await appendHdu(path, { ...image, name: "PACKED", compression }, options);
    await using file = await openFits(path);
    expect((await file.hdus()).map(({ name }) => name)).toEqual(["SCI", "CAT", "PACKED"]);
    const pixels = await (await hduOf(file, 2, "compressed-image")).read();
    expect(pixels.data).toEqual(image.data);
    await expectTable(path, 1, ragged(0, 5));
    expectSound(path);
  });

  it("adds rows at the end of a file", async () => {
    const path = newPath();
    await writeFits(path, [image, tableOf(fixed(0, 3))], { checksum: true });
    expect(await appendRows(path, "cat", fixed(3, 4), options)).toBe(3);
    expect(await appendRows(path, 1, fixed(7, 400), options)).toBe(7);
    await expectTable(path, 1, fixed(0, 407));
    expectSound(path);
  });

  it("adds rows to an empty table", async () => {
    const path = newPath();
    await writeFits(path, [tableOf(fixed(0, 0))]);
    await appendRows(path, 1, fixed(0, 2), options);
    await expectTable(path, 1, fixed(0, 2));
    expectSound(path);
  });

  it("changes rows, and leaves other columns and rows alone", async () => {
    const path = newPath();
    await writeFits(path, [tableOf([...ragged(0, 9), bits(9, 0)]), image], { checksum: true });
    const id = Int32Array.of(-5, -6);
    const flag = { name: "FLAG", values: [true, true] };
    const columns = [{ name: "ID", values: id }, flag, bits(2, 1)];
    await updateRows(path, 1, { first: 4, columns }, options);
    const was = await (async () => {
      const like = newPath();
      await writeFits(like, [tableOf([...ragged(0, 9), bits(9, 0)])]);
      return elementsIn(like, 1);
    })();
    const is = await elementsIn(path, 1);
    expect(is["ID"]).toEqual(was["ID"]?.with(4, "-5").with(5, "-6"));
    expect(is["FLAG"]).toEqual(was["FLAG"]?.with(4, "1").with(5, "1"));
    expect(is["BITS"]?.slice(44, 66)).toEqual([...bits(2, 1).values].map(String));
    for (const name of ["XY", "U", "NAME", "SPECTRUM", "TEXT"]) expect(is[name]).toEqual(was[name]);
    expectSound(path);
  });

  it("changes, adds and deletes keywords", async () => {
    const path = newPath();
    await writeFits(path, [image], { checksum: true });
    await updateKeywords(
      path,
      0,
      {
        OBJECT: "M 33",
        LONG: null,
        EXPTIME: { value: 2.5, comment: "[s]" },
        "ESO DET ID": "chip 2",
        NEW: 2n ** 60n,
        NOTHING: { value: null },
        HISTORY: "changed",
        ABSENT: null,
        Z: { re: 1, im: -2 },
      },
      options,
    );
    const keywords = ["OBJECT", "LONG", "EXPTIME", "ESO DET ID", "NEW", "NOTHING", "Z", "CONTINUE"];
    expect(await valuesIn(path, 0, ...keywords)).toEqual([
      "M 33",
      undefined,
      2.5,
      "chip 2",
      2n ** 60n,
      null,
      { re: 1, im: -2 },
      undefined,
    ]);
    await using file = await openFits(path);
    const header = await (await file.hdu(0)).header();
    expect(header.all("OBJECT")[0]?.comment).toBe("target");
    expect(header.all("EXPTIME")[0]?.comment).toBe("[s]");
    expect(header.history).toEqual(["made", "changed"]);
    expectSound(path);
  });

  it.each(["x[1]", "!x", "|cmd", "mem:", " lead", "~root", "x.fits.gz", "@x", "-"])(
    "takes %s for a plain name (case 74)",
    async (name) => {
      const path = newPath(name);
      await writeFits(path, [image, tableOf(fixed(0, 1))]);
      await updateKeywords(path, 0, { OBJECT: "other" }, options);
      await appendRows(path, 1, fixed(1, 1), options);
      await appendHdu(path, { kind: "image", name: "MORE" }, options);
      expect(readdirSync(path.slice(0, -name.length))).toEqual([name]);
      expect(await valuesIn(path, 0, "OBJECT")).toEqual(["other"]);
      await expectTable(path, 1, fixed(0, 2));
    },
  );
});

describe("a copy that is changed", () => {
  it("has room for rows and heaps between other HDUs", async () => {
    const path = newPath();
    const after = { ...image, name: "AFTER" };
    await writeFits(path, [image, tableOf(ragged(0, 7)), after], { checksum: true });
    expect(await appendRows(path, 1, ragged(7, 500))).toBe(7);
    expect(await appendRows(path, 1, ragged(507, 3))).toBe(507);
    const is = await elementsIn(path, 1);
    const parts = [ragged(0, 7), ragged(7, 500), ragged(507, 3)];
    for (const [i, name] of ["ID", "XY", "U", "NAME", "FLAG"].entries()) {
      const values = parts.flatMap((columns) => [...(columns[i]?.values ?? [])]);
      expect(is[name]?.length).toBe(values.length);
    }
    expect(is["SPECTRUM"]?.length).toBeGreaterThan(1000);
    expect(is["TEXT"]?.length).toBe(
      Array.from({ length: 510 }, (_, i) => i % 4).reduce((a, b) => a + b, 0),
    );
    await using file = await openFits(path);
    expect((await (await hduOf(file, 2, "image")).read()).data).toEqual(image.data);
    expectSound(path);
  });

  it("gets new cells of variable length, also where they grow", async () => {
    const path = newPath();
    await writeFits(path, [tableOf(ragged(0, 4)), image], { checksum: true });
    await updateRows(path, "CAT", {
      first: 1,
      columns: [
        { name: "TEXT", values: ["long ".repeat(1000), ""] },
        {
          name: "SPECTRUM",
          values: Float32Array.of(9, 8, 7),
          offsets: Float64Array.of(0, 0, 3),
        },
      ],
    });
    await using file = await openFits(path);
    const table = await (await hduOf(file, 1, "bintable")).read();
    const text = table.column("TEXT");
    if (text.layout !== "ragged") throw new Error(text.layout);
    expect([...text.offsets]).toEqual([0, 0, 5000, 5000, 5003]);
    const spectrum = table.column("SPECTRUM");
    if (spectrum.layout !== "ragged") throw new Error(spectrum.layout);
    expect([...spectrum.offsets].slice(1, 4)).toEqual([1, 1, 4]);
    expect([...spectrum.data].slice(1, 4)).toEqual([9, 8, 7]);
    expectSound(path);
  });

  it("grows ASCII tables", async () => {
    const path = newPath();
    const columns = (from: number, rows: number) => [
      { name: "N", values: Int16Array.from({ length: rows }, (_, i) => from + i), form: "I5" },
      { name: "S", values: Array.from({ length: rows }, (_, i) => `s${from + i}`), form: "A6" },
    ];
    await writeFits(path, [{ kind: "asciitable", columns: columns(0, 3) }, image], {
      checksum: true,
    });
    await appendRows(path, 1, columns(3, 300));
    await using file = await openFits(path);
    const table = await (await hduOf(file, 1, "asciitable")).read();
    expect(table.rows).toBe(303);
    expect([...table.numbers("N")].map(Number)).toEqual(Array.from({ length: 303 }, (_, i) => i));
    expectSound(path);
  });

  it("keeps the file's permissions, and what a link leads to", async () => {
    const path = newPath();
    await writeFits(path, [image]);
    chmodSync(path, 0o640);
    const link = newPath("link.fits");
    symlinkSync(path, link);
    await updateKeywords(link, 0, { OBJECT: "M 33" });
    expect(statSync(path).mode & 0o777).toBe(0o640);
    expect(await valuesIn(path, 0, "OBJECT")).toEqual(["M 33"]);
  });

  it("leaves whoever has the file open the old one", async () => {
    const path = newPath();
    const other = newPath("other.fits");
    await writeFits(path, [image]);
    linkSync(path, other);
    await updateKeywords(path, 0, { OBJECT: "M 33" });
    expect(await valuesIn(other, 0, "OBJECT")).toEqual(["M 31"]);
  });

  it("mends a last block that is cut short", async () => {
    const path = newPath();
    await writeFits(path, [image]);
    const bytes = readFileSync(path);
    writeFileSync(path, bytes.subarray(0, bytes.length - 2000));
    await appendHdu(path, { kind: "image", name: "MORE" });
    await using file = await openFits(path);
    expect(await file.hdus()).toHaveLength(2);
    expect((await (await hduOf(file, 0, "image")).read()).data).toEqual(image.data);
  });
});

it("makes changes of one file wait for each other", async () => {
  for (const inPlace of [false, true]) {
    const path = newPath();
    await writeFits(path, [tableOf(fixed(0, 0))]);
    const jobs = Array.from({ length: 12 }, (_, i) => i);
    await Promise.all(jobs.map((i) => appendRows(path, 1, fixed(i, 1), { inPlace })));
    const { ID = [] } = await elementsIn(path, 1);
    expect(ID.map(Number).sort((a, b) => a - b)).toEqual(jobs);
  }
});

describe("a change that fails", () => {
  type Change = (path: string, options: UpdateOptions) => Promise<unknown>;
  const bad: Readonly<Record<string, Change>> = {
    "a structural keyword": (path, o) => updateKeywords(path, 1, { NAXIS2: 7 }, o),
    "a checksum of one's own": (path, o) => updateKeywords(path, 1, { CHECKSUM: null }, o),
    "a keyword that fits no card": (path, o) =>
      updateKeywords(path, 1, { OK: 1, "ESO A": "x".repeat(99) }, o),
    "a number that is none": (path, o) => updateKeywords(path, 0, { A: 1, B: Number.NaN }, o),
    "an HDU that is not there": (path, o) => updateKeywords(path, 9, { A: 1 }, o),
    "a name that is not there": (path, o) => updateKeywords(path, "nobody", { A: 1 }, o),
    "rows of an image": (path, o) => appendRows(path, 0, fixed(0, 1), o),
    "rows without all columns": (path, o) => appendRows(path, 1, fixed(0, 1).slice(1), o),
    "rows of another type": (path, o) =>
      appendRows(
        path,
        1,
        [{ name: "ID", values: new Float64Array(1) }, ...fixed(0, 1).slice(1)],
        o,
      ),
    "a string too long for its column": (path, o) =>
      updateRows(path, 1, { first: 0, columns: [{ name: "NAME", values: ["123456789"] }] }, o),
    "a null where no TNULL is": (path, o) =>
      updateRows(
        path,
        1,
        {
          first: 0,
          columns: [{ name: "U", values: Uint16Array.of(1), validity: Uint8Array.of(0) }],
        },
        o,
      ),
    "rows beyond the end": (path, o) => updateRows(path, 1, { first: 2, columns: fixed(0, 2) }, o),
    "a column that is not there": (path, o) =>
      updateRows(path, 1, { first: 0, columns: [{ name: "NO", values: ["x"] }] }, o),
    "an image without pixels": (path, o) => appendHdu(path, { kind: "image", shape: [2, 2] }, o),
    "a table whose columns differ": (path, o) =>
      appendHdu(path, tableOf([...fixed(0, 1), bits(2, 0)]), o),
    "a header that cannot be": (path, o) =>
      appendHdu(path, { kind: "image", header: [{ keyword: "A=B", value: 1 }] }, o),
    "an abort": (path, o) => {
      const abort = new AbortController();
      const data = new Uint8Array(1 << 25);
      const changing = appendHdu(
        path,
        { kind: "image", data, shape: [data.length] },
        { ...o, signal: abort.signal },
      );
      abort.abort();
      return changing;
    },
  };

  it.each(
    Object.keys(bad).flatMap(
      (name) =>
        [
          [name, false],
          [name, true],
        ] as [string, boolean][],
    ),
  )("leaves the file as it was: %s, in place: %s", async (name, inPlace) => {
    const path = newPath();
    await writeFits(path, [image, tableOf(fixed(0, 3))], { checksum: true });
    const before = readFileSync(path);
    let failure: unknown;
    await bad[name]?.(path, { inPlace }).catch((error: unknown) => {
      failure = error;
    });
    expect(failure).toBeInstanceOf(Error);
    if (name !== "an abort") expect(isFitsError(failure)).toBe(true);
    expect(readFileSync(path).equals(before)).toBe(true);
    expect(readdirSync(path.replace(/[^/]*$/, ""))).toEqual(["a.fits"]);
  });

  it.each([
    [
      "rows before another HDU",
      (path: string) => appendRows(path, 1, fixed(0, 9), { inPlace: true }),
    ],
    [
      "cells of variable length",
      (path: string) =>
        updateRows(
          path,
          3,
          { first: 0, columns: [{ name: "TEXT", values: ["new"] }] },
          { inPlace: true },
        ),
    ],
    [
      "more cards than there is room for",
      (path: string) => updateKeywords(path, 0, { A: "x".repeat(5000) }, { inPlace: true }),
    ],
  ] as const)("moves no data in place: %s", async (_, change) => {
    const path = newPath();
    await writeFits(path, [image, tableOf(fixed(0, 3)), image, tableOf(ragged(0, 3))]);
    const before = readFileSync(path);
    expect(await failureOf(() => change(path))).toMatchObject({ code: "FITS_UNSUPPORTED", path });
    expect(readFileSync(path).equals(before)).toBe(true);
  });

  it("says what it needs of a file", async () => {
    const path = newPath();
    expect(await failureOf(() => updateKeywords(path, 0, { A: 1 }))).toMatchObject({
      code: "FITS_NOT_FOUND",
      path,
    });
    writeFileSync(path, "no FITS");
    expect((await failureOf(() => updateKeywords(path, 0, { A: 1 }))).path).toBe(path);
    await writeFits(path, [image], { overwrite: true });
    writeFileSync(path, Buffer.concat([readFileSync(path), Buffer.from("junk")]));
    expect((await failureOf(() => appendHdu(path, image))).path).toBe(path);
  });
});

it.skipIf(pythonWithAstropy === undefined)(
  "gives files that astropy finds nothing wrong in",
  () => {
    expect(dataByAstropy(pythonWithAstropy ?? "", changed)).toHaveLength(changed.length);
    expect(changed.length).toBeGreaterThan(15);
  },
);
