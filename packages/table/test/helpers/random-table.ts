import {
  type Column,
  DTYPES,
  type Dtype,
  stringColumn,
  type TypedArray,
  viewOf,
} from "@fitstream/native";
import { type ColumnOptions, FitsTable, makeColumn } from "@fitstream/table";
import { expect } from "vitest";

/** Numbers of 0 to 1, always the same ones (mulberry32). */
export function randomOf(seed: number): () => number {
  let state = seed;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let t = Math.imul(state ^ (state >>> 15), 1 | state);
    t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t;
    return ((t ^ (t >>> 14)) >>> 0) / 2 ** 32;
  };
}

/** Any bits; floats among them NaN of one kind, so that they compare. */
export function valuesOf(dtype: Dtype, length: number, random: () => number): TypedArray {
  const array = viewOf(dtype, new ArrayBuffer(8 * length), 0, length);
  const bytes = new Uint8Array(array.buffer);
  for (let i = 0; i < bytes.length; ++i) bytes[i] = Math.floor(256 * random());
  if (array instanceof Float32Array || array instanceof Float64Array) {
    for (let i = 0; i < length; ++i)
      if (Number.isNaN(array[i]) || i % 7 === 3) array[i] = Number.NaN;
  }
  return array;
}

/** A bitmap with nulls, and at least one of them. */
export function validityOf(length: number, random: () => number): Uint8Array {
  const bits = new Uint8Array((length + 7) >> 3);
  for (let i = 1; i < length; ++i)
    if (random() < 0.7) bits[i >> 3] = (bits[i >> 3] ?? 0) | (1 << (i & 7));
  return bits;
}

const words = ["", "NGC 224", "Sirius", "m\xfcnchen", " x", "\xe9\xff", "a'b\"c", "-"];

/** A column of strings, in cells of any shape. */
export function stringsOf(
  name: string,
  strings: readonly string[],
  cellShape: readonly number[] = [],
  validity?: Uint8Array,
): Column {
  const made = makeColumn(name, strings.length > 0 ? strings : [""], { unit: "" });
  if (made.layout !== "string") throw new Error("not strings");
  const cells = cellShape.reduce((n, axis) => n * axis, 1);
  const offsets = made.offsets.slice(0, strings.length + 1);
  const info = { ...made.info, cellShape };
  return stringColumn(info, strings.length / cells, made.bytes, offsets, validity);
}

/** A table of `rows` with columns of every dtype, kind, layout, with nulls and without. */
export function randomTable(rows: number, seed: number): FitsTable {
  const random = randomOf(seed);
  const columns: Column[] = [];
  const add = (name: string, values: TypedArray, options: ColumnOptions): void => {
    columns.push(makeColumn(name, values, { unit: "m/s", display: "F8.3", ...options }));
  };
  const raggedOffsets = (): Int32Array => {
    const offsets = new Int32Array(rows + 1);
    for (let i = 0; i < rows; ++i) offsets[i + 1] = (offsets[i] ?? 0) + Math.floor(4 * random());
    return offsets;
  };
  for (const dtype of DTYPES) {
    add(dtype, valuesOf(dtype, rows, random), {});
    add(`${dtype}_null`, valuesOf(dtype, rows, random), {
      validity: validityOf(rows, random),
      ucd: "phot.flux",
    });
    add(`${dtype}_cells`, valuesOf(dtype, 6 * rows, random), {
      cellShape: [2, 3],
      validity: validityOf(6 * rows, random),
    });
    const offsets = raggedOffsets();
    const end = offsets.at(-1) ?? 0;
    const validity = validityOf(end, random);
    add(`${dtype}_ragged`, valuesOf(dtype, end, random), { offsets, validity });
  }
  for (const kind of ["logical", "bit"] as const) {
    const bytes = Uint8Array.from({ length: 3 * rows }, () => Math.floor(2 * random()));
    add(kind, bytes.slice(0, rows), { kind });
    add(`${kind}_cells`, bytes, { kind, cellShape: [3] });
  }
  const truths = Uint8Array.from({ length: rows }, () => Math.floor(2 * random()));
  add("logical_null", truths, { kind: "logical", validity: validityOf(rows, random) });
  for (const dtype of ["float32", "float64"] as const) {
    const validity = validityOf(rows, random);
    add(`complex_${dtype}`, valuesOf(dtype, 2 * rows, random), { kind: "complex", validity });
    add(`complex_${dtype}_cells`, valuesOf(dtype, 8 * rows, random), {
      kind: "complex",
      cellShape: [4],
    });
    const offsets = raggedOffsets();
    const pairs = valuesOf(dtype, 2 * (offsets.at(-1) ?? 0), random);
    add(`complex_${dtype}_ragged`, pairs, { kind: "complex", offsets });
  }
  const text = (length: number): string[] =>
    Array.from({ length }, () => words[Math.floor(words.length * random())] ?? "");
  columns.push(stringsOf("text", text(rows)));
  columns.push(stringsOf("text_null", text(rows), [], validityOf(rows, random)));
  columns.push(stringsOf("text_cells", text(2 * rows), [2]));
  const ascii = Array.from({ length: rows }, (_, i) => `id ${i}`);
  columns.push(stringsOf("ascii", ascii));
  return new FitsTable(
    columns.map((column, index) => {
      const info = { ...column.info, index };
      if (column.layout !== "string") return { ...column, info };
      return stringColumn(info, column.rows, column.bytes, column.offsets, column.validity);
    }),
    rows,
  );
}

const isNaNs = (text: string | undefined): boolean => text === "NaN" || text === "NaN,NaN";

/**
 * The elements of a column, cell by cell where those are of variable length, as texts, with null
 * where they are null; `asWritten`, also where they are NaN, which FITS does not tell apart.
 */
export function plain(column: Column, asWritten = false): unknown {
  const { info, validity, rows } = column;
  const valid = (i: number): boolean =>
    validity === undefined || (((validity[i >> 3] ?? 0) >> (i & 7)) & 1) === 1;
  const elements: readonly string[] =
    column.layout === "string"
      ? column.toArray()
      : info.kind === "complex"
        ? Array.from({ length: column.data.length / 2 }, (_, i) =>
            [column.data[2 * i], column.data[2 * i + 1]].map(String).join(),
          )
        : Array.from(column.data as ArrayLike<number | bigint>, String);
  const shown = elements.map((value, i) =>
    valid(i) && !(asWritten && isNaNs(value)) ? value : null,
  );
  if (column.layout !== "ragged") return { rows, shown, cellShape: info.cellShape };
  return Array.from({ length: rows }, (_, i) =>
    shown.slice(column.offsets[i], column.offsets[i + 1]),
  );
}

/** Fails where two tables differ in a name or a value, at the first such column. */
export function expectSame(found: FitsTable, wanted: FitsTable, asWritten = false): void {
  expect(found.names).toEqual(wanted.names);
  for (const [i, column] of found.columns.entries()) {
    expect(plain(column, asWritten), column.info.name).toEqual(plain(wanted.column(i), asWritten));
  }
}
