import type { Column, Dtype } from "@fitstream/native";
import type { ColumnSource, ParquetWriter } from "hyparquet-writer";
import { CellReader, type Scalar } from "./cells.js";

type Schema = ParquetWriter["schema"];
type Leaf = Pick<Schema[number], "type" | "converted_type">;
type Nested = readonly (Nested | Scalar)[];

const leaves: Readonly<Record<Dtype, Leaf>> = {
  uint8: { type: "INT32", converted_type: "UINT_8" },
  int8: { type: "INT32", converted_type: "INT_8" },
  uint16: { type: "INT32", converted_type: "UINT_16" },
  int16: { type: "INT32", converted_type: "INT_16" },
  uint32: { type: "INT32", converted_type: "UINT_32" },
  int32: { type: "INT32" },
  uint64: { type: "INT64", converted_type: "UINT_64" },
  int64: { type: "INT64" },
  float32: { type: "FLOAT" },
  float64: { type: "DOUBLE" },
};

/** A column as hyparquet-writer takes it. */
export class ParquetColumn {
  readonly #name: string;
  readonly #column: Column;
  readonly #cells: CellReader<Nested>;

  constructor(name: string, column: Column) {
    this.#name = name;
    this.#column = column;
    const same = (items: Nested): Nested => items;
    this.#cells = new CellReader<Nested>(column, false, { array: same, list: same });
  }

  get #leaf(): Leaf {
    const { kind, dtype } = this.#column.info;
    if (kind === "string") return { type: "BYTE_ARRAY", converted_type: "UTF8" };
    return kind === "logical" || kind === "bit" ? { type: "BOOLEAN" } : leaves[dtype];
  }

  /** Its elements of the schema: the leaf, in as many lists as there are axes. */
  get schema(): Schema {
    const { kind, cellShape, isVariable } = this.#column.info;
    const isText = kind === "string" && isVariable;
    const axes = isVariable ? Number(!isText) : cellShape.length;
    const depth = axes + Number(kind === "complex");
    const nullable = this.#cells.isNullable;
    // The nulls among complex numbers are pairs: lists that are the element of those around them.
    const nullDepth = kind === "complex" ? depth - 1 : depth;
    const repetition = (level: number): { repetition_type: "OPTIONAL" | "REQUIRED" } => ({
      repetition_type: nullable && level === nullDepth ? "OPTIONAL" : "REQUIRED",
    });
    const lists = Array.from(
      { length: depth },
      (_, level): Schema => [
        {
          name: this.#nameAt(level),
          ...repetition(level),
          converted_type: "LIST",
          num_children: 1,
        },
        { name: "list", repetition_type: "REPEATED", num_children: 1 },
      ],
    );
    return [...lists.flat(), { name: this.#nameAt(depth), ...repetition(depth), ...this.#leaf }];
  }

  #nameAt(level: number): string {
    return level === 0 ? this.#name : "element";
  }

  /** Rows from `first` on. */
  rows(first: number, rows: number): ColumnSource {
    const column = this.#column;
    const { kind, dtype, cellShape } = column.info;
    const isNumber = column.layout === "fixed" && kind === "number" && cellShape.length === 0;
    // hyparquet-writer 0.17 refuses numbers above 2^31 in a Uint32Array, and takes them in an array.
    const isPlain = isNumber && dtype !== "uint32" && !this.#cells.isNullable;
    const data = isPlain
      ? column.data.subarray(first, first + rows)
      : Array.from({ length: rows }, (_, i) => this.#cells.at(first + i));
    return { name: this.#name, data: data as ColumnSource["data"] };
  }
}
