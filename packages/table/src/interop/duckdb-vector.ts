import type * as Duck from "@duckdb/node-api";
import type { Column, TypedArray } from "@fitstream/native";
import { type Bits, hasBit } from "./bits.js";
import type { DuckLibrary } from "./duckdb-types.js";
import { stringAt } from "./strings.js";

/**
 * What vectors of numbers hold, which their class declares private: written and read as a block they
 * take a tenth of the time. All here works without it.
 */
interface Peek {
  readonly items?: TypedArray;
  readonly validity?: { readonly data?: BigUint64Array | null };
}

/** The numbers of a vector, as one array. */
export function itemsOf(vector: Duck.DuckDBVector): TypedArray | undefined {
  return (vector as Peek).items;
}

/** The bits of a vector's items; null where all are valid, undefined where they cannot be seen. */
export function bitsOf(vector: Duck.DuckDBVector): Bits | null | undefined {
  const data = (vector as Peek).validity?.data;
  if (data === undefined || data === null) return data;
  return new Uint8Array(data.buffer, data.byteOffset, data.byteLength);
}

/** Writes rows of a column to vectors of DuckDB. */
export class VectorWriter {
  readonly #duck: DuckLibrary;
  readonly #column: Column;
  readonly #nanAsNull: boolean;

  constructor(duck: DuckLibrary, column: Column, nanAsNull: boolean) {
    this.#duck = duck;
    this.#column = column;
    this.#nanAsNull =
      nanAsNull && column.layout !== "string" && column.info.dtype.includes("float");
  }

  /** Fills `vector` with `rows` rows from `first` on. */
  write(vector: Duck.DuckDBVector, first: number, rows: number): void {
    if (!this.#writeBlock(vector, first, rows)) {
      for (let i = 0; i < rows; ++i) vector.setItem(i, this.#cell(first + i));
    }
    vector.flush();
  }

  /** Numbers, one in a row. */
  #writeBlock(vector: Duck.DuckDBVector, first: number, rows: number): boolean {
    const column = this.#column;
    const { kind, cellShape } = column.info;
    const items = itemsOf(vector);
    if (column.layout !== "fixed" || kind !== "number" || cellShape.length > 0) return false;
    if (items?.constructor !== column.data.constructor) return false;
    const { data, validity } = column;
    items.set(data.subarray(first, first + rows) as never);
    if (validity !== undefined || this.#nanAsNull) {
      for (let i = 0; i < rows; ++i) if (this.#isNull(first + i)) vector.setItem(i, null);
    }
    return true;
  }

  #isNull(i: number): boolean {
    const column = this.#column;
    if (!hasBit(column.validity, i)) return true;
    if (!this.#nanAsNull || column.layout === "string") return false;
    const { data } = column;
    if (column.info.kind !== "complex") return Number.isNaN(data[i]);
    return Number.isNaN(data[2 * i]) || Number.isNaN(data[2 * i + 1]);
  }

  #element(i: number): Duck.DuckDBValue {
    const column = this.#column;
    if (this.#isNull(i)) return null;
    if (column.layout === "string" || column.info.kind === "string") return stringAt(column, i);
    const { data, info } = column;
    if (info.kind === "complex") {
      return this.#duck.arrayValue([data[2 * i] ?? null, data[2 * i + 1] ?? null]);
    }
    return info.kind === "number" ? (data[i] ?? null) : data[i] !== 0;
  }

  /** A row: its only element, or DuckDB's array or list of them. */
  #cell(row: number): Duck.DuckDBValue {
    const column = this.#column;
    const { kind, cellShape } = column.info;
    if (column.layout !== "ragged") {
      const elements = cellShape.reduce((n, axis) => n * axis, 1);
      return this.#array(row * elements, cellShape);
    }
    if (kind === "string") return stringAt(column, row);
    const [start = 0, end = 0] = [column.offsets[row], column.offsets[row + 1]];
    return this.#duck.listValue(
      Array.from({ length: end - start }, (_, i) => this.#element(start + i)),
    );
  }

  #array(first: number, shape: readonly number[]): Duck.DuckDBValue {
    const [axis, ...inner] = shape;
    if (axis === undefined) return this.#element(first);
    const step = inner.reduce((n, length) => n * length, 1);
    return this.#duck.arrayValue(
      Array.from({ length: axis }, (_, i) => this.#array(first + i * step, inner)),
    );
  }
}
