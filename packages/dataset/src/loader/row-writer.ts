import {
  byteSizeOf,
  type Column,
  type FixedColumn,
  type RaggedColumn,
  type TypedArray,
  viewOf,
} from "@fitstream/native";
import type { RowColumn } from "../plan/row-column.js";
import { elementsOf, sampleLength } from "../plan/tensors.js";
import type { SharedPlace } from "./assignment.js";
import type { RaggedCells } from "./row-task.js";
import { copyNumbers, fillNulls, nullsOf, rowMismatch, scatterCells } from "./row-values.js";
import type { TensorPlace } from "./slot-layout.js";

type Fail = (place: number, error: unknown) => void;

/** Puts columns that were read for some places of a batch into its slot. */
export class RowWriter {
  readonly #columns: readonly RowColumn[];
  readonly #tensors: ReadonlyMap<string, TensorPlace>;
  readonly #target: SharedPlace;
  readonly #places: readonly number[];
  /** Neighbours in their order: what is read for them is what lies in the slot. */
  readonly #isRun: boolean;

  constructor(
    columns: readonly RowColumn[],
    tensors: readonly TensorPlace[],
    target: SharedPlace,
    places: readonly number[],
  ) {
    this.#columns = columns;
    this.#tensors = new Map(tensors.map((tensor) => [tensor.name, tensor]));
    this.#target = target;
    this.#places = places;
    this.#isRun = places.every((place, i) => place === (places[0] ?? 0) + i);
  }

  /** For each column the memory to read it into; undefined where its values are copied later. */
  memory(): readonly (TypedArray | undefined)[] {
    return this.#columns.map((column) => {
      const tensor = this.#tensors.get(column.name);
      const isDirect = this.#isRun && column.form.kind === "fixed";
      if (!isDirect || column.dtype !== column.stored || tensor === undefined) return undefined;
      return this.#view(tensor, this.#places[0] ?? 0, this.#places.length);
    });
  }

  /** Elements of some samples in the slot. */
  #view(tensor: TensorPlace, place: number, count = 1): TypedArray {
    const { buffer, offset } = this.#target;
    const at = offset + tensor.offset + place * sampleLength(tensor);
    return viewOf(tensor.dtype, buffer, at, count * elementsOf(tensor));
  }

  /** Writes a column; cells that lie outside of the slot are returned. */
  write(index: number, column: RowColumn, read: Column, fail: Fail): RaggedCells | undefined {
    if (read.layout === "fixed") this.#fixed(column, read, fail);
    else if (read.layout === "ragged" && column.form.kind === "padded") {
      this.#padded(column, read, column.form, fail);
    } else if (read.layout === "ragged") return this.#ragged(index, column, read, fail);
    return undefined;
  }

  #fixed(column: RowColumn, read: FixedColumn, fail: Fail): void {
    const tensor = this.#tensors.get(column.name);
    if (tensor === undefined) return;
    const length = elementsOf(tensor);
    const nulls = nullsOf(read, column.halves);
    const isInPlace = read.data.buffer === this.#target.buffer;
    if (!isInPlace) {
      const all = this.#view(tensor, 0, Math.max(...this.#places) + 1);
      scatterCells(read.data, all, length, this.#places);
    }
    if (nulls.length === 0) return;
    const elements = length / column.halves;
    for (const [i, place] of this.#places.entries()) {
      const target = this.#view(tensor, place);
      this.#fill(column, nulls, [i * elements, (i + 1) * elements], target, place, fail);
    }
  }

  #fill(
    column: RowColumn,
    nulls: readonly number[],
    range: readonly [number, number],
    target: TypedArray,
    place: number,
    fail: Fail,
  ): void {
    if (nulls.length === 0) return;
    try {
      fillNulls(column, nulls, range, target);
    } catch (error) {
      fail(place, error);
    }
  }

  #padded(
    column: RowColumn,
    read: RaggedColumn,
    { length, value }: { readonly length: number; readonly value: number | bigint },
    fail: Fail,
  ): void {
    const tensor = this.#tensors.get(column.name);
    const lengths = this.#tensors.get(`${column.name}.length`);
    if (tensor === undefined || lengths === undefined) return;
    const { halves, name } = column;
    const nulls = nullsOf(read, halves);
    for (const [i, place] of this.#places.entries()) {
      const [first = 0, end = 0] = read.offsets.subarray(i, i + 2);
      const count = end - first;
      if (count > length) {
        fail(
          place,
          rowMismatch(
            name,
            "a cell is longer than its padding",
            `at most ${length}`,
            `${count} values`,
          ),
        );
        continue;
      }
      const target = this.#view(tensor, place);
      copyNumbers(read.data.subarray(first * halves, end * halves), target, 0);
      target.fill(value as never, count * halves);
      this.#view(lengths, place)[0] = count;
      this.#fill(column, nulls, [first, end], target, place, fail);
    }
  }

  #ragged(index: number, column: RowColumn, read: RaggedColumn, fail: Fail): RaggedCells {
    const { dtype, halves } = column;
    const bytes = read.data.length * byteSizeOf(dtype);
    const values = viewOf(dtype, new ArrayBuffer(bytes), 0, read.data.length);
    copyNumbers(read.data, values, 0);
    const nulls = nullsOf(read, halves);
    for (const [i, place] of this.#places.entries()) {
      const [first = 0, end = 0] = read.offsets.subarray(i, i + 2);
      const cell = values.subarray(first * halves, end * halves);
      this.#fill(column, nulls, [first, end], cell, place, fail);
    }
    return { column: index, places: this.#places, offsets: read.offsets, values };
  }
}
