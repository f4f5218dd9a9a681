import type { Column, TypedArray } from "@fitstream/native";
import { stringColumn } from "@fitstream/native";
import type * as Polars from "nodejs-polars";
import { type ColumnOptions, makeColumn } from "../column/columns.js";
import { isInvalid } from "../column/nulls.js";
import { tableError } from "../errors.js";
import { FitsTable } from "../fits-table.js";
import { type Bits, bitsWhere, packBits } from "./bits.js";
import { importPolars, type PolarsLibrary } from "./polars-peer.js";
import { textsOf } from "./text.js";

/** How a data type of polars writes itself: its name, or its name and what it is made of. */
type TypeTree = string | { readonly [name: string]: TypeTree | readonly unknown[] | number };

const numbers = /^(U?Int(8|16|32|64)|Float(32|64))$/;

const treeOf = (series: Polars.Series): TypeTree =>
  (JSON.parse(JSON.stringify(series.dtype)) as { readonly DataType: TypeTree }).DataType;

/** Reads the series of a frame. */
class SeriesReader {
  readonly #pl: PolarsLibrary;
  readonly #name: string;

  constructor(pl: PolarsLibrary, name: string) {
    this.#pl = pl;
    this.#name = name;
  }

  column(series: Polars.Series): Column {
    const tree = treeOf(series);
    if (typeof tree === "object" && "List" in tree) return this.#lists(series);
    if (typeof tree === "object" && "FixedSizeList" in tree) {
      const { size } = tree["FixedSizeList"] as { readonly size: number };
      return this.#cells(series, size);
    }
    return this.#elements(series, [], series.length);
  }

  /** Elements, one in a row or in cells of a shape. */
  #elements(series: Polars.Series, cellShape: readonly number[], rows: number): Column {
    const tree = treeOf(series);
    if (tree === "String" || tree === "Utf8" || tree === "Categorical") {
      return this.#strings(series, cellShape, rows);
    }
    const validity = this.#validity(series);
    const { values, ...options } = this.#values(series, tree);
    return makeColumn(this.#name, values, { ...options, cellShape, validity });
  }

  #validity(series: Polars.Series): Bits | undefined {
    if (series.nullCount() === 0) return undefined;
    return packBits(series.isNotNull().cast(this.#pl.UInt8).toTypedArray() as Uint8Array);
  }

  #values(
    series: Polars.Series,
    tree: TypeTree,
  ): Pick<ColumnOptions, "kind" | "unit"> & { readonly values: TypedArray } {
    const typed = (each: Polars.Series): TypedArray => {
      const filled = each.nullCount() > 0 ? each.fillNull("zero") : each;
      return filled.toTypedArray() as TypedArray;
    };
    if (tree === "Bool" || tree === "Boolean") {
      return { values: typed(series.cast(this.#pl.UInt8)), kind: "logical" };
    }
    if (typeof tree === "string" && numbers.test(tree)) return { values: typed(series) };
    if (tree === "Null") return { values: new Float64Array(series.length) };
    const time = typeof tree === "object" ? (tree["Datetime"] ?? tree["Duration"]) : undefined;
    const unit = Array.isArray(time) ? time[0] : time;
    if (typeof unit === "string") return { values: typed(series.cast(this.#pl.Int64)), unit };
    throw this.#unfit(series);
  }

  #strings(series: Polars.Series, cellShape: readonly number[], rows: number): Column {
    const isCoded = treeOf(series) === "Categorical";
    const texts = (each: Polars.Series): (string | null)[] =>
      each.cast(this.#pl.Utf8).toArray() as (string | null)[];
    const strings = texts(series);
    const { bytes, offsets } = textsOf(
      strings.map((text) => text ?? ""),
      this.#name,
    );
    const words = isCoded ? texts(series.unique()).filter((text) => text !== null) : undefined;
    const options = words === undefined ? {} : { categories: words.sort() };
    const { info } = makeColumn(this.#name, [""], options);
    const validity = this.#validity(series);
    return stringColumn({ ...info, cellShape }, rows, bytes, offsets, validity);
  }

  #lists(series: Polars.Series): Column {
    const lengths = this.#lengths(series);
    const offsets = new Int32Array(series.length + 1);
    for (const [i, length] of lengths.entries()) offsets[i + 1] = (offsets[i] ?? 0) + length;
    // Exploded, an empty list would be a null.
    const isFull = this.#pl.Series(
      "full",
      Uint8Array.from(lengths, (n) => Math.min(n, 1)),
    );
    const elements = series.filter(isFull.cast(this.#pl.Bool)).explode();
    if (!this.#isFlat(elements)) throw this.#unfit(series);
    const { values, ...options } = this.#values(elements, treeOf(elements));
    const validity = this.#validity(elements);
    return makeColumn(this.#name, values, { ...options, offsets, validity });
  }

  #lengths(series: Polars.Series): Uint32Array {
    if (series.length === 0) return new Uint32Array(0);
    const lengths = series.list.lengths();
    const known = lengths.nullCount() > 0 ? lengths.fillNull("zero") : lengths;
    return Uint32Array.from(known.toTypedArray() as Uint32Array);
  }

  #isFlat(elements: Polars.Series): boolean {
    const tree = treeOf(elements);
    return typeof tree === "string"
      ? numbers.test(tree) || tree.startsWith("Bool")
      : "Datetime" in tree || "Duration" in tree;
  }

  /** Arrays of one size; a null array is one of nulls. */
  #cells(series: Polars.Series, size: number): Column {
    const rows = series.length;
    const valid = this.#validity(series);
    const present = valid === undefined ? series : series.dropNulls();
    const elements = present.explode();
    const column = this.#elements(elements, [], elements.length);
    if (valid === undefined) return this.#shaped(column, size, rows);
    const places = new Int32Array(rows * size).fill(-1);
    for (let row = 0, at = 0; row < rows; ++row) {
      if (isInvalid(valid, row)) continue;
      for (let i = 0; i < size; ++i) places[row * size + i] = at++;
    }
    return this.#shaped(this.#spread(column, places), size, rows);
  }

  #shaped(column: Column, size: number, rows: number): Column {
    const info = { ...column.info, cellShape: [size] };
    if (column.layout === "string") {
      return stringColumn(info, rows, column.bytes, column.offsets, column.validity);
    }
    return { ...column, info, rows, ...(column.layout === "fixed" ? { shape: [rows, size] } : {}) };
  }

  /** Elements at their places; null where there is none. */
  #spread(column: Column, places: Int32Array): Column {
    const validity = bitsWhere(places.length, (i) => {
      const place = places[i] ?? -1;
      return place >= 0 && !isInvalid(column.validity, place);
    });
    if (column.layout === "string") {
      const strings = column.toArray();
      const { bytes, offsets } = textsOf(
        Array.from(places, (place) => strings[place] ?? ""),
        this.#name,
      );
      return stringColumn(column.info, places.length, bytes, offsets, validity);
    }
    const { data, info } = column;
    const values = new (data.constructor as new (length: number) => TypedArray)(places.length);
    for (const [i, place] of places.entries()) if (place >= 0) values[i] = data[place] as never;
    return makeColumn(this.#name, values, { kind: info.kind, unit: info.unit, validity });
  }

  #unfit(series: Polars.Series): Error {
    return tableError({
      code: "TABLE_TYPE",
      what: "FITS tables cannot hold this type of polars",
      expected: "numbers, Bool, Utf8, Categorical, Datetime, or lists and arrays of numbers",
      found: String(series.dtype),
      column: this.#name,
    });
  }
}

/**
 * A polars data frame as a table, copied. Bool becomes logicals; Utf8 strings; Categorical strings
 * with `categories`; arrays cells of a shape; lists cells of variable length (a null list is an
 * empty cell); Datetime and Duration int64 with their unit: ms, us or ns.
 *
 * @throws {TableError} TABLE_PEER_MISSING without nodejs-polars; TABLE_TYPE, naming the column, for
 *   types that FITS tables cannot hold, and for characters outside Latin-1.
 */
export async function fromPolars(frame: Polars.DataFrame): Promise<FitsTable> {
  const pl = await importPolars();
  const columns = frame.getColumns().map((series: Polars.Series, index: number) => {
    const column = new SeriesReader(pl, series.name).column(series);
    const info = { ...column.info, index };
    if (column.layout !== "string") return { ...column, info };
    return stringColumn(info, column.rows, column.bytes, column.offsets, column.validity);
  });
  return new FitsTable(columns, frame.height);
}
