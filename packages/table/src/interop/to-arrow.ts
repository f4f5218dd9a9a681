import type { Column, StringColumn, TypedArray } from "@fitstream/native";
import { countNulls, dtypeOf } from "@fitstream/native";
import type * as Arrow from "apache-arrow";
import type { FitsTable } from "../fits-table.js";
import { importArrow } from "./arrow-peer.js";
import { type Bits, bitsWithoutNaN, packBits } from "./bits.js";
import { metadataOf } from "./metadata.js";
import { type Texts, utf8Of } from "./text.js";

/** Options of {@link toArrow}. */
export interface ToArrowOptions {
  /** NaN becomes null, too: a bitmap for every column of floats. Default false: NaN stays NaN. */
  readonly nanAsNull?: boolean | undefined;
}

type Library = typeof Arrow;
type Values = Exclude<Column, StringColumn>;

const typeNames = {
  uint8: "Uint8",
  int8: "Int8",
  uint16: "Uint16",
  int16: "Int16",
  uint32: "Uint32",
  int32: "Int32",
  uint64: "Uint64",
  int64: "Int64",
  float32: "Float32",
  float64: "Float64",
} as const;

interface Buffers {
  readonly offsets?: Int32Array | undefined;
  readonly values?: TypedArray | undefined;
  readonly bits?: Bits | undefined;
}

function isFloats(data: TypedArray): data is Float32Array | Float64Array {
  return data instanceof Float32Array || data instanceof Float64Array;
}

/** Columns as Arrow's arrays, which nest: the elements first, then the cells around them. */
class Nodes {
  readonly #arrow: Library;
  readonly #nanAsNull: boolean;

  constructor(arrow: Library, nanAsNull: boolean) {
    this.#arrow = arrow;
    this.#nanAsNull = nanAsNull;
  }

  of(column: Column): Arrow.Data {
    const { info, rows, validity } = column;
    if (column.layout === "string") return this.#cells(this.#texts(column, validity), column);
    if (info.kind === "string") return this.#bytes(column);
    if (column.layout === "fixed") return this.#cells(this.#elements(column, column.data), column);
    const halves = info.kind === "complex" ? 2 : 1;
    const data = column.data.subarray(0, halves * (column.offsets[rows] ?? 0));
    const child = this.#elements(column, data as TypedArray);
    const type = new this.#arrow.List(this.#item(child));
    return this.#data(type, rows, 0, { offsets: column.offsets }, [child]);
  }

  /** Arrow's buffers by their number; those that there are not are left out. */
  #data(
    type: Arrow.DataType,
    length: number,
    nulls: number,
    { offsets, values, bits }: Buffers,
    children: Arrow.Data[] = [],
  ): Arrow.Data {
    const given = Object.entries([offsets, values, bits]).filter(([, buffer]) => buffer);
    return new this.#arrow.Data(type, 0, length, nulls, Object.fromEntries(given), children);
  }

  #item(child: Arrow.Data): Arrow.Field {
    return this.#arrow.Field.new("item", child.type, child.nullCount > 0);
  }

  /** Lists of fixed size around elements, the innermost axis first. */
  #cells(elements: Arrow.Data, { rows, info: { cellShape } }: Column): Arrow.Data {
    return cellShape.reduceRight((child, axis, i) => {
      const length = cellShape.slice(0, i).reduce((n, outer) => n * outer, rows);
      return this.#list(child, axis, length);
    }, elements);
  }

  #list(child: Arrow.Data, size: number, length: number, bits?: Bits, nulls = 0): Arrow.Data {
    const type = new this.#arrow.FixedSizeList(size, this.#item(child));
    return this.#data(type, length, nulls, { bits }, [child]);
  }

  /** The bitmap of elements, and how many of them are null. */
  #nulls({ info, nulls, validity }: Values, data: TypedArray): [Bits | undefined, number] {
    if (!this.#nanAsNull || !isFloats(data)) return [validity, nulls];
    const halves = info.kind === "complex" ? 2 : 1;
    const bits = bitsWithoutNaN(data, halves, validity);
    return [bits, countNulls(bits, data.length / halves)];
  }

  #elements(column: Values, data: TypedArray): Arrow.Data {
    const [bits, nulls] = this.#nulls(column, data);
    const { kind } = column.info;
    if (kind === "logical" || kind === "bit") {
      const values = packBits(data);
      return this.#data(new this.#arrow.Bool(), data.length, nulls, { values, bits });
    }
    const type = new this.#arrow[typeNames[dtypeOf(data)]]();
    if (kind !== "complex") return this.#data(type, data.length, nulls, { values: data, bits });
    const halves = this.#data(type, data.length, 0, { values: data });
    return this.#list(halves, 2, data.length / 2, bits, nulls);
  }

  #texts(texts: Texts & Pick<Column, "info" | "nulls">, bits: Bits | undefined): Arrow.Data {
    const { bytes, offsets } = utf8Of(texts, texts.info.name);
    const type = new this.#arrow.Utf8();
    return this.#data(type, offsets.length - 1, texts.nulls, { offsets, values: bytes, bits });
  }

  /** Strings that were read as bytes, and those in cells of variable length. */
  #bytes(column: Values): Arrow.Data {
    const bytes = column.data as Uint8Array;
    if (column.layout === "ragged") {
      return this.#texts(
        { bytes, offsets: column.offsets, info: column.info, nulls: 0 },
        undefined,
      );
    }
    const width = column.shape.at(-1) ?? 0;
    const strings = column.shape.slice(0, -1).reduce((n, axis) => n * axis, 1);
    const type = new this.#arrow.FixedSizeBinary(width);
    return this.#cells(this.#data(type, strings, 0, { values: bytes }), column);
  }
}

/**
 * A table as an Arrow table of one batch, which shares the memory of the columns, also where that is
 * a SharedArrayBuffer, and their validity bitmaps.
 *
 * Numbers become Arrow's numbers of the same type; cells of one or more axes nested FixedSizeLists;
 * cells of variable length Lists; complex numbers FixedSizeLists of 2. Logicals and bits become
 * Bool, which has them packed: a copy. Strings become Utf8: of their own bytes where they are ASCII,
 * re-encoded from Latin-1 where not. Strings read as bytes become FixedSizeBinary.
 *
 * The fields' metadata has TUNIT, TDISP, TFORM, TCOMM, TUCD, TNULL, TDMIN, TDMAX, TLMIN and TLMAX
 * where the column has them.
 *
 * @throws {TableError} TABLE_PEER_MISSING without apache-arrow.
 */
export async function toArrow(
  table: FitsTable,
  options: ToArrowOptions = {},
): Promise<Arrow.Table> {
  const arrow = await importArrow();
  const nodes = new Nodes(arrow, options.nanAsNull ?? false);
  const children = table.columns.map((column) => nodes.of(column));
  const fields = table.columns.map(({ info }, i) => {
    const child = children[i] as Arrow.Data;
    return arrow.Field.new(info.name, child.type, child.nullCount > 0, metadataOf(info));
  });
  const type = new arrow.Struct(fields);
  const schema = new arrow.Schema(fields);
  const rows = new arrow.Data(type, 0, table.rows, 0, {}, children);
  return new arrow.Table(schema, new arrow.RecordBatch(schema, rows));
}
