import type { Column } from "@fitstream/native";
import { isInvalid, isNull } from "../column/nulls.js";
import { stringAt } from "./strings.js";

/** What an element is to other tools; complex ones are pairs. */
export type Scalar = number | bigint | boolean | string | null;

/** Makes of elements what a tool has for cells of a shape, and for those of variable length. */
export interface CellMaker<T> {
  readonly array: (items: readonly (T | Scalar)[]) => T;
  readonly list: (items: readonly (T | Scalar)[]) => T;
}

/** Reads the cells of a column one by one. */
export class CellReader<T> {
  readonly #column: Column;
  readonly #nanAsNull: boolean;
  readonly #make: CellMaker<T>;

  constructor(column: Column, nanAsNull: boolean, make: CellMaker<T>) {
    this.#column = column;
    this.#nanAsNull =
      nanAsNull && column.layout !== "string" && column.info.dtype.includes("float");
    this.#make = make;
  }

  /** Whether an element may be null at all. */
  get isNullable(): boolean {
    return this.#nanAsNull || this.#column.nulls > 0;
  }

  /** Whether element `i` is null. */
  isNull(i: number): boolean {
    const column = this.#column;
    return this.#nanAsNull ? isNull(column, i) : isInvalid(column.validity, i);
  }

  /** A row: its only element, or what is made of several. */
  at(row: number): T | Scalar {
    const column = this.#column;
    const { kind, cellShape } = column.info;
    if (column.layout !== "ragged") {
      return this.#array(row * cellShape.reduce((n, axis) => n * axis, 1), cellShape);
    }
    if (kind === "string") return stringAt(column, row);
    const [start = 0, end = 0] = [column.offsets[row], column.offsets[row + 1]];
    return this.#make.list(Array.from({ length: end - start }, (_, i) => this.#element(start + i)));
  }

  #array(first: number, shape: readonly number[]): T | Scalar {
    const [axis, ...inner] = shape;
    if (axis === undefined) return this.#element(first);
    const step = inner.reduce((n, length) => n * length, 1);
    return this.#make.array(
      Array.from({ length: axis }, (_, i) => this.#array(first + i * step, inner)),
    );
  }

  #element(i: number): T | Scalar {
    const column = this.#column;
    if (this.isNull(i)) return null;
    if (column.layout === "string" || column.info.kind === "string") return stringAt(column, i);
    const { data, info } = column;
    if (info.kind === "complex") {
      return this.#make.array([data[2 * i] ?? null, data[2 * i + 1] ?? null]);
    }
    return info.kind === "number" ? (data[i] ?? null) : data[i] !== 0;
  }
}
