import { DTYPES } from "../dtype.js";
import type { RawColumns } from "../raw/table.js";
import type { ColumnMetadata } from "./column.js";

/** In the order of CellKind in cpp/core/table/layout.h; the last are the bytes of strings. */
const kinds = ["number", "logical", "bit", "complex", "string", "string"] as const;

type Mutable<T> = { -readonly [K in keyof T]: T[K] };

/** Reads the numbers of {@link RawColumns} one after the other. */
class Numbers {
  readonly #numbers: Float64Array;
  #at = 0;

  constructor(numbers: Float64Array) {
    this.#numbers = numbers;
  }

  get isAtEnd(): boolean {
    return this.#at >= this.#numbers.length;
  }

  next(): number {
    return this.#numbers[this.#at++] ?? Number.NaN;
  }

  /** NaN stands for nothing. */
  ifAny(use: (number: number) => void): void {
    const number = this.next();
    if (!Number.isNaN(number)) use(number);
  }
}

/** The columns that the core describes. */
export function columnsOf({ texts, numbers, nulls }: RawColumns): readonly ColumnMetadata[] {
  const columns: ColumnMetadata[] = [];
  const values = new Numbers(numbers);
  let begin = 0;
  const text = (): string => {
    const end = values.next();
    const slice = texts.slice(begin, end);
    begin = end;
    return slice;
  };
  while (!values.isAtEnd) {
    // As they come: each line takes the next value.
    const column: Mutable<ColumnMetadata> = {
      name: text(),
      index: columns.length,
      unit: text(),
      display: text(),
      description: text(),
      ucd: text(),
      form: text(),
      kind: kinds[values.next()] ?? "number",
      dtype: DTYPES[values.next()] ?? "uint8",
      isVariable: values.next() === 1,
      cellShape: [],
    };
    values.ifAny((length) => (column.stringLength = length));
    if (values.next() === 1) column.null = nulls[column.index] ?? 0n;
    values.ifAny((limit) => (column.dataMin = limit));
    values.ifAny((limit) => (column.dataMax = limit));
    values.ifAny((limit) => (column.legalMin = limit));
    values.ifAny((limit) => (column.legalMax = limit));
    column.cellShape = Array.from({ length: values.next() }, () => values.next());
    columns.push(column);
  }
  return columns;
}
