/** HDUs of all kinds, and what must be read back from them. */
import {
  type AsciiColumnToWrite,
  type Column,
  type ColumnToWrite,
  DTYPES,
  type Dtype,
  dtypeOf,
  type HduToWrite,
  type ImageToWrite,
  type TypedArray,
  viewOf,
} from "@fitstream/native";
import type { Random } from "./random.js";

/**
 * The elements of a column, one after the other: integers as digits, floats as the hexadecimal
 * bytes of their type ("nan" for any NaN), logicals and bits as 0 or 1, strings as they are; null
 * where there is no value.
 */
export interface Elements {
  readonly items: readonly (string | null)[];
  /** Elements in each row; complex numbers count twice. */
  readonly lengths: readonly number[];
}

export interface ExpectedColumn extends Elements {
  readonly name: string;
  /**
   * What astropy 5.2 cannot read. Tables with cells without elements, with bits of more dimensions or
   * in the heap; columns of unsigned integers in the heap (it converts the first row only), signed
   * bytes (it makes floats), scaled 64-bit integers, strings in the heap (as characters).
   */
  readonly beyondAstropy?: "column" | "table" | undefined;
}

export interface RandomHdu {
  readonly hdu: HduToWrite;
  /** Of a table. */
  readonly columns: readonly ExpectedColumn[];
}

const scratch = new DataView(new ArrayBuffer(8));

function hexOf(value: number, size: 4 | 8): string {
  if (Number.isNaN(value)) return "nan";
  if (size === 4) scratch.setFloat32(0, value);
  else scratch.setFloat64(0, value);
  return Buffer.from(scratch.buffer, 0, size).toString("hex");
}

/** The elements of an array as text. */
export function textsOf(array: TypedArray): string[] {
  if (array instanceof Float32Array) return Array.from(array, (value) => hexOf(value, 4));
  if (array instanceof Float64Array) return Array.from(array, (value) => hexOf(value, 8));
  return Array.from(array as ArrayLike<number | bigint>, String);
}

/** The elements of a column that was read. */
export function elementsOf(column: Column): Elements {
  if (column.layout === "string") {
    const items = column.toArray();
    const lengths = new Array<number>(column.rows).fill(items.length / Math.max(1, column.rows));
    return { items: masked(items, column.validity, 1), lengths };
  }
  const parts = column.info.kind === "complex" ? 2 : 1;
  const items = masked(textsOf(column.data), column.validity, parts);
  if (column.layout === "ragged") {
    const lengths = Array.from(
      { length: column.rows },
      (_, row) => parts * ((column.offsets[row + 1] ?? 0) - (column.offsets[row] ?? 0)),
    );
    return { items, lengths };
  }
  return {
    items,
    lengths: new Array<number>(column.rows).fill(items.length / Math.max(1, column.rows)),
  };
}

const isSet = (bits: Uint8Array | undefined, i: number): boolean =>
  bits === undefined || (((bits[i >> 3] ?? 0) >> (i & 7)) & 1) === 1;

function masked(
  items: readonly string[],
  validity: Uint8Array | undefined,
  parts: number,
): (string | null)[] {
  return items.map((item, i) => (isSet(validity, Math.floor(i / parts)) ? item : null));
}

/** Makes HDUs. */
export class RandomHdus {
  readonly #random: Random;

  constructor(random: Random) {
    this.#random = random;
  }

  next(): RandomHdu {
    const pick = this.#random.next();
    if (pick < 0.35) return { hdu: this.#image(), columns: [] };
    return pick < 0.5 ? this.#asciiTable() : this.#binaryTable();
  }

  /** Any bits, but no NaN other than the usual one and nothing too small for text. */
  #numbers(dtype: Dtype, count: number): TypedArray {
    const data = viewOf(dtype, this.#random.bytes(count * 8).buffer, 0, count);
    if (data instanceof Float32Array || data instanceof Float64Array) {
      for (let i = 0; i < count; ++i) {
        const value = this.#random.gauss() * 10 ** (this.#random.int(20) - 10);
        data[i] = this.#random.next() < 0.1 ? Number.NaN : value;
      }
    }
    return data;
  }

  #image(): ImageToWrite {
    const random = this.#random;
    const dtype = random.pick(DTYPES);
    const shape = Array.from({ length: 1 + random.int(3) }, () => 1 + random.int(12));
    const count = shape.reduce((n, m) => n * m, 1);
    const data = this.#numbers(dtype, count);
    const isWide = data instanceof BigInt64Array || data instanceof BigUint64Array;
    if (random.next() < 0.5 || isWide) return { kind: "image", data, shape };
    const isFloat = dtype.startsWith("float");
    const codec = random.pick(
      isFloat ? (["GZIP_1", "GZIP_2"] as const) : (["RICE_1", "GZIP_1", "GZIP_2"] as const),
    );
    const tile = shape.map((length) => 1 + random.int(length + 2));
    return { kind: "image", data, shape, compression: { codec, tile, quantize: 0 } };
  }

  #words(count: number, alphabet = "ab c'&/"): string[] {
    return Array.from({ length: count }, () =>
      Array.from({ length: this.#random.int(9) }, () => this.#random.pick([...alphabet]))
        .join("")
        .trimEnd(),
    );
  }

  /** One bit an element, some of them 0. */
  #validity(count: number): Uint8Array {
    return this.#random.bytes(Math.ceil(count / 8));
  }

  #binaryTable(): RandomHdu {
    const rows = this.#random.int(20);
    const made = Array.from({ length: 1 + this.#random.int(8) }, (_, i) =>
      this.#column(`C${i}`, rows),
    );
    return {
      hdu: { kind: "bintable", columns: made.map(({ column }) => column) },
      columns: made.map(({ expected }) => expected),
    };
  }

  #column(name: string, rows: number): { column: ColumnToWrite; expected: ExpectedColumn } {
    const random = this.#random;
    const isVariable = random.next() < 0.35;
    // The first column says how many rows there are: cells without elements do not.
    const shape = random.pick([[], [], [3], [2, 2], [3, 1, 2], name === "C0" ? [] : [0]]);
    const inCell = shape.reduce((n, m) => n * m, 1);
    const counts = Array.from({ length: rows }, () => (isVariable ? random.int(5) : inCell));
    const count = counts.reduce((n, m) => n + m, 0);
    const offsets = new Float64Array(rows + 1);
    for (const [row, n] of counts.entries()) offsets[row + 1] = (offsets[row] ?? 0) + n;
    const descriptor = random.pick(["P", "Q"] as const);
    const layout = isVariable ? { offsets, descriptor } : { shape };
    const kind = random.pick(["number", "number", "logical", "bit", "complex", "string"] as const);
    const hasNulls = random.next() < 0.4;
    const finish = (
      column: Partial<ColumnToWrite> & Pick<ColumnToWrite, "values">,
      items: readonly (string | null)[],
      more: Partial<ExpectedColumn> = {},
    ): { column: ColumnToWrite; expected: ExpectedColumn } => ({
      column: { name, kind, unit: "m", comment: "what it is", ...layout, ...column },
      expected: {
        name,
        items,
        lengths: counts,
        beyondAstropy: inCell === 0 && !isVariable ? "table" : undefined,
        ...more,
      },
    });
    switch (kind) {
      case "logical": {
        const values = Uint8Array.from({ length: count }, () => random.int(2));
        const validity = hasNulls && !isVariable ? { validity: this.#validity(count) } : {};
        return finish({ values, ...validity }, masked(textsOf(values), validity.validity, 1));
      }
      case "bit": {
        const values = Uint8Array.from({ length: count }, () => random.int(2));
        const isBeyond = isVariable || shape.length > 1 || inCell === 0;
        return finish({ values }, textsOf(values), isBeyond ? { beyondAstropy: "table" } : {});
      }
      case "complex": {
        const values = this.#numbers(random.pick(["float32", "float64"]), 2 * count);
        return finish({ values }, textsOf(values), { lengths: counts.map((n) => 2 * n) });
      }
      case "string":
        return isVariable ? this.#variableStrings(name, rows) : finish(...this.#strings(count));
      case "number": {
        const [numbers, items] = this.#numberColumn(count, hasNulls, isVariable);
        const dtype = dtypeOf(numbers.values as TypedArray);
        const isBeyond =
          dtype === "int8" ||
          numbers.scaling?.stored === "int64" ||
          (isVariable && /^uint(16|32|64)$/.test(dtype));
        const isHollow = inCell === 0 && !isVariable;
        return finish(numbers, items, isBeyond && !isHollow ? { beyondAstropy: "column" } : {});
      }
    }
  }

  #strings(count: number): [Pick<ColumnToWrite, "values">, string[]] {
    const values = this.#words(count);
    return [{ values }, values];
  }

  #variableStrings(
    name: string,
    rows: number,
  ): { column: ColumnToWrite; expected: ExpectedColumn } {
    const values = this.#words(rows, "abc");
    const items = values.flatMap((text) => Array.from(Buffer.from(text, "latin1"), String));
    return {
      column: { name, values, isVariable: true },
      expected: { name, items, lengths: values.map((t) => t.length), beyondAstropy: "column" },
    };
  }

  #numberColumn(
    count: number,
    hasNulls: boolean,
    isVariable: boolean,
  ): [Pick<ColumnToWrite, "values"> & Partial<ColumnToWrite>, (string | null)[]] {
    const random = this.#random;
    if (random.next() < 0.2 && !isVariable) {
      const scaling = {
        stored: random.pick(["uint8", "int16", "int32", "int64"] as const),
        scale: random.pick([0.5, -0.25, 3]),
        zero: random.int(100),
      };
      const raw = Array.from({ length: count }, () => random.int(100));
      const values = Float64Array.from(raw, (n) => n * scaling.scale + scaling.zero);
      return [{ values, scaling }, textsOf(values)];
    }
    const dtype = random.pick(DTYPES);
    const values = this.#numbers(dtype, count);
    if (!hasNulls || dtype.startsWith("float")) return [{ values }, textsOf(values)];
    // A stored number that no value has: bytes leave none.
    const isByte = dtype.endsWith("int8");
    if (isByte) values.fill(7 as never);
    const missing = isByte ? 1 : -12345;
    const validity = this.#validity(count);
    const items = masked(textsOf(values), validity, 1);
    return [{ values, null: missing, validity }, items];
  }

  #asciiTable(): RandomHdu {
    const rows = this.#random.int(20);
    const columns = Array.from({ length: 1 + this.#random.int(6) }, (_, i): AsciiColumnToWrite => {
      const name = `C${i}`;
      if (this.#random.next() < 0.3) return { name, values: this.#words(rows, "ab c'&/") };
      const dtype = this.#random.pick(["int8", "int16", "uint32", "int64", "float64"] as const);
      const validity = this.#random.next() < 0.3 ? { validity: this.#validity(rows) } : {};
      return { name, values: this.#numbers(dtype, rows), unit: "s", ...validity };
    });
    return {
      hdu: { kind: "asciitable", columns },
      columns: columns.map(({ name, values, validity }) => {
        const texts = ArrayBuffer.isView(values) ? textsOf(values) : (values as string[]);
        // NaN is a null there: ASCII tables hold no other.
        const items = masked(texts, validity, 1).map((text) => (text === "nan" ? null : text));
        return { name, items, lengths: new Array(rows).fill(1) };
      }),
    };
  }
}
