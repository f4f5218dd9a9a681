import type * as Duck from "@duckdb/node-api";
import type { ColumnMetadata, Dtype } from "@fitstream/native";

/** The DuckDB library. */
export type DuckLibrary = typeof Duck;

type NumberType =
  | `${"" | "U"}${"TINYINT" | "SMALLINT" | "INTEGER" | "BIGINT"}`
  | "FLOAT"
  | "DOUBLE";

/** DuckDB's type for every dtype, by name. */
export const typeNames: Readonly<Record<Dtype, NumberType>> = {
  uint8: "UTINYINT",
  int8: "TINYINT",
  uint16: "USMALLINT",
  int16: "SMALLINT",
  uint32: "UINTEGER",
  int32: "INTEGER",
  uint64: "UBIGINT",
  int64: "BIGINT",
  float32: "FLOAT",
  float64: "DOUBLE",
};

/** DuckDB's limit. */
const longestArray = 100_000;

/** The type of a column; undefined where DuckDB has none, which is so for cells without elements. */
export function typeOf(duck: DuckLibrary, info: ColumnMetadata): Duck.DuckDBType | undefined {
  const { kind, dtype, isVariable, cellShape } = info;
  if (kind === "string" && isVariable) return duck.VARCHAR;
  const number = duck[typeNames[dtype]];
  const elements = {
    number,
    string: duck.VARCHAR,
    logical: duck.BOOLEAN,
    bit: duck.BOOLEAN,
    complex: duck.ARRAY(number, 2),
  };
  const element: Duck.DuckDBType = elements[kind];
  if (isVariable) return duck.LIST(element);
  if (cellShape.some((axis) => axis < 1 || axis > longestArray)) return undefined;
  return cellShape.reduceRight<Duck.DuckDBType>((type, axis) => duck.ARRAY(type, axis), element);
}

/** A name in SQL, whatever is in it. */
export const identifier = (name: string): string => `"${name.replaceAll('"', '""')}"`;

/** A text in SQL, whatever is in it. */
export const literal = (text: string): string => `'${text.replaceAll("'", "''")}'`;
