import type { Column, Dtype, StringColumn, TypedArray } from "@fitstream/native";
import type * as Polars from "nodejs-polars";
import { isInvalid } from "../column/nulls.js";
import type { FitsTable } from "../fits-table.js";
import { type Bits, bitsWithoutNaN, unpackBits } from "./bits.js";
import { uniqueNames } from "./names.js";
import { importPolars, type PolarsLibrary } from "./polars-peer.js";
import { stringsOf } from "./strings.js";

/** Options of {@link toPolars}. */
export interface ToPolarsOptions {
  /** NaN becomes null, too. Default false: NaN stays NaN. */
  readonly nanAsNull?: boolean | undefined;
}

type Values = Exclude<Column, StringColumn>;
type Element = number | bigint | boolean | string | null;

const typeNames = {
  uint8: "UInt8",
  int8: "Int8",
  uint16: "UInt16",
  int16: "Int16",
  uint32: "UInt32",
  int32: "Int32",
  uint64: "UInt64",
  int64: "Int64",
  float32: "Float32",
  float64: "Float64",
} as const satisfies Record<Dtype, string>;

const productOf = (shape: readonly number[]): number => shape.reduce((n, axis) => n * axis, 1);

/** Makes series of columns. */
class SeriesMaker {
  readonly #pl: PolarsLibrary;
  readonly #nanAsNull: boolean;

  constructor(pl: PolarsLibrary, nanAsNull: boolean) {
    this.#pl = pl;
    this.#nanAsNull = nanAsNull;
  }

  of(name: string, column: Column): Polars.Series {
    const { kind, cellShape, isVariable } = column.info;
    if (column.layout === "string" || kind === "string") return this.#strings(name, column);
    const type = this.#elementType(column);
    const validity = this.#validity(column);
    if (isVariable || kind === "complex" || cellShape.length > 0) {
      return this.#lists(name, column, type, validity);
    }
    const series = this.#pl.Series(name, column.data as unknown as number[]) as Polars.Series;
    const typed = kind === "number" ? series : series.cast(type);
    return validity === undefined ? typed : this.#masked(typed, type, validity);
  }

  #elementType({ info }: Column): Polars.DataType {
    if (info.kind === "string") return this.#pl.Utf8;
    if (info.kind === "logical" || info.kind === "bit") return this.#pl.Bool;
    return this.#pl[typeNames[info.dtype]];
  }

  #validity({ data, info, nulls, validity }: Values): Bits | undefined {
    const isFloat = data instanceof Float32Array || data instanceof Float64Array;
    if (!this.#nanAsNull || !isFloat) return nulls > 0 ? validity : undefined;
    return bitsWithoutNaN(data, info.kind === "complex" ? 2 : 1, validity);
  }

  #masked(series: Polars.Series, type: Polars.DataType, validity: Bits): Polars.Series {
    const bytes = unpackBits(validity, 0, series.length);
    const isValid = this.#pl.Series("valid", bytes).cast(this.#pl.Bool);
    return series.zipWith(isValid, this.#pl.Series("null", [null], type));
  }

  #strings(name: string, column: Column): Polars.Series {
    const strings = stringsOf(column);
    const { validity, info, rows } = column;
    const texts = strings.map((text, i) => (isInvalid(validity, i) ? null : text));
    if (info.isVariable || info.cellShape.length === 0) {
      return this.#pl.Series(name, texts, this.#pl.Utf8);
    }
    const cells = productOf(info.cellShape);
    const lists = Array.from({ length: rows }, (_, i) => texts.slice(i * cells, (i + 1) * cells));
    return this.#fixed(this.#listSeries(name, lists, this.#pl.Utf8, cells), this.#pl.Utf8, cells);
  }

  #lists(
    name: string,
    column: Values,
    type: Polars.DataType,
    validity: Bits | undefined,
  ): Polars.Series {
    const { info, rows } = column;
    const halves = info.kind === "complex" ? 2 : 1;
    const width = column.layout === "ragged" ? 0 : halves * productOf(info.cellShape);
    const edge = (row: number): number =>
      column.layout === "ragged" ? halves * (column.offsets[row] ?? 0) : row * width;
    const cellOf = this.#cellReader(column, validity, halves);
    const cells = Array.from({ length: rows }, (_, row) => cellOf(edge(row), edge(row + 1)));
    // polars takes BigInts in typed arrays only, which have no nulls.
    const isText = validity !== undefined && info.dtype.endsWith("64") && info.kind === "number";
    const given = isText && info.dtype !== "float64" ? this.#pl.Utf8 : type;
    const lists = this.#listSeries(name, cells, given, width);
    const typed = given === type ? lists : lists.cast(this.#pl.List(type));
    return column.layout === "ragged" ? typed : this.#fixed(typed, type, width);
  }

  /** Reads a range of a column's values: as they lie there, or one by one where some may be null. */
  #cellReader(
    { data, info }: Values,
    validity: Bits | undefined,
    halves: number,
  ): (start: number, end: number) => TypedArray | Element[] {
    const isLogical = info.kind === "logical" || info.kind === "bit";
    if (validity === undefined && !isLogical) {
      return (start, end) => data.subarray(start, end) as TypedArray;
    }
    const elementAt = (i: number): Element => {
      if (isInvalid(validity, Math.floor(i / halves))) return null;
      const value = data[i] ?? null;
      if (isLogical) return value !== 0;
      return typeof value === "bigint" ? String(value) : value;
    };
    return (start, end) => Array.from({ length: end - start }, (_, i) => elementAt(start + i));
  }

  /** polars makes no series of no lists. */
  #listSeries(
    name: string,
    lists: readonly (TypedArray | Element[])[],
    type: Polars.DataType,
    width: number,
  ): Polars.Series {
    const listType = this.#pl.List(type);
    if (lists.length > 0) return this.#pl.Series(name, lists as unknown[], listType);
    return this.#pl.Series(name, [Array(width).fill(null)], listType).head(0);
  }

  #fixed(lists: Polars.Series, type: Polars.DataType, width: number): Polars.Series {
    return width === 0 ? lists : lists.cast(this.#pl.FixedSizeList(type, width));
  }
}

/**
 * A table as a polars data frame, copied column by column from the typed arrays.
 *
 * Numbers, 64-bit ones too, keep their type; logicals and bits become Bool, strings Utf8. Cells of a
 * shape become arrays of their elements in C order, complex numbers arrays of 2, cells of variable
 * length lists, where complex ones have their halves one after the other. polars has no place for
 * units; names that repeat, or are empty, are made unique.
 *
 * @throws {TableError} TABLE_PEER_MISSING without nodejs-polars, or without its binary, saying what
 *   to install on this Node.
 */
export async function toPolars(
  table: FitsTable,
  options: ToPolarsOptions = {},
): Promise<Polars.DataFrame> {
  const pl = await importPolars();
  const make = new SeriesMaker(pl, options.nanAsNull ?? false);
  const names = uniqueNames(table.schema);
  return pl.DataFrame(table.columns.map((column, i) => make.of(names[i] ?? "", column)));
}
