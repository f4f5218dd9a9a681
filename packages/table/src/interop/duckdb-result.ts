import type * as Duck from "@duckdb/node-api";
import type { Column, Dtype, TypedArray } from "@fitstream/native";
import { countNulls, stringColumn, viewOf } from "@fitstream/native";
import { makeColumn } from "../column/columns.js";
import { isInvalid } from "../column/nulls.js";
import { tableError } from "../errors.js";
import { FitsTable } from "../fits-table.js";
import { type Bits, bitsWhere } from "./bits.js";
import { type DuckLibrary, typeNames } from "./duckdb-types.js";
import { bitsOf, itemsOf } from "./duckdb-vector.js";
import { textsOf } from "./text.js";

type Vectors = readonly Duck.DuckDBVector[];
type Elements = readonly Duck.DuckDBValue[];

const sizeOf = (vectors: Vectors): number => vectors.reduce((n, vector) => n + vector.itemCount, 0);

/** A bitmap of all vectors' items; undefined where none is null. */
function validityOf(vectors: Vectors): Bits | undefined {
  const isValid = (vector: Duck.DuckDBVector): ((i: number) => boolean) | undefined => {
    const bits = bitsOf(vector);
    if (bits === null) return undefined;
    return bits === undefined ? (i) => vector.getItem(i) !== null : (i) => !isInvalid(bits, i);
  };
  const checks = vectors.map(isValid);
  if (checks.every((check) => check === undefined)) return undefined;
  const all = new Uint8Array(sizeOf(vectors));
  let at = 0;
  for (const [k, vector] of vectors.entries()) {
    for (let i = 0; i < vector.itemCount; ++i) all[at++] = Number(checks[k]?.(i) ?? true);
  }
  const bits = bitsWhere(all.length, (i) => all[i] === 1);
  return countNulls(bits, all.length) > 0 ? bits : undefined;
}

/** Numbers of one row each, block by block. */
function numbersOf(dtype: Dtype, vectors: Vectors): TypedArray {
  const length = sizeOf(vectors);
  const values = viewOf(dtype, new ArrayBuffer(8 * length), 0, length);
  let at = 0;
  for (const vector of vectors) {
    const items = itemsOf(vector);
    if (items?.constructor === values.constructor) values.set(items as never, at);
    else
      for (let i = 0; i < vector.itemCount; ++i) values[at + i] = (vector.getItem(i) ?? 0) as never;
    at += vector.itemCount;
  }
  return values;
}

/** Makes columns of what a query gives. */
class ResultReader {
  readonly #duck: DuckLibrary;
  readonly #name: string;
  readonly #dtypes: ReadonlyMap<number, Dtype>;

  constructor(duck: DuckLibrary, name: string) {
    this.#duck = duck;
    this.#name = name;
    const { DuckDBTypeId } = duck;
    this.#dtypes = new Map(
      Object.entries(typeNames).map(([dtype, type]) => [DuckDBTypeId[type], dtype as Dtype]),
    );
  }

  column(type: Duck.DuckDBType, vectors: Vectors): Column {
    const dtype = this.#dtypes.get(type.typeId);
    if (dtype !== undefined) {
      const validity = validityOf(vectors);
      return makeColumn(this.#name, numbersOf(dtype, vectors), { validity });
    }
    const cells = vectors.flatMap((vector) => vector.toArray());
    const { LIST } = this.#duck.DuckDBTypeId;
    if (type.typeId !== LIST) return this.#fixed(type, cells);
    const offsets = new Int32Array(cells.length + 1);
    const elements: Duck.DuckDBValue[] = [];
    for (const [i, cell] of cells.entries()) {
      for (const item of (cell as Duck.DuckDBListValue | null)?.items ?? []) elements.push(item);
      offsets[i + 1] = elements.length;
    }
    const item = (type as Duck.DuckDBListType).valueType;
    const { cellShape, values, validity, kind } = this.#elements(item, elements);
    if (cellShape.length > 0) throw this.#unfit(type);
    return makeColumn(this.#name, values, { offsets, validity, kind });
  }

  #fixed(type: Duck.DuckDBType, cells: Elements): Column {
    const { leaf, cellShape, elements } = this.#flat(type, cells);
    const { VARCHAR, ENUM } = this.#duck.DuckDBTypeId;
    if (leaf.typeId === VARCHAR || leaf.typeId === ENUM) {
      return this.#strings(leaf, cellShape, elements, cells.length);
    }
    const { values, validity, kind } = this.#elements(leaf, elements);
    return makeColumn(this.#name, values, { cellShape, validity, kind });
  }

  /** The elements of nested arrays; a null array is one of nulls. */
  #flat(
    type: Duck.DuckDBType,
    cells: Elements,
  ): { leaf: Duck.DuckDBType; cellShape: number[]; elements: Elements } {
    let [leaf, elements] = [type, cells];
    const cellShape: number[] = [];
    while (leaf.typeId === this.#duck.DuckDBTypeId.ARRAY) {
      const { length, valueType } = leaf as Duck.DuckDBArrayType;
      const nulls: Elements = Array(length).fill(null);
      elements = elements.flatMap((cell) => (cell as Duck.DuckDBArrayValue | null)?.items ?? nulls);
      cellShape.push(length);
      leaf = valueType;
    }
    return { leaf, cellShape, elements };
  }

  #strings(
    type: Duck.DuckDBType,
    cellShape: readonly number[],
    elements: Elements,
    rows: number,
  ): Column {
    const { bytes, offsets } = textsOf(
      elements.map((text) => (text === null ? "" : String(text))),
      this.#name,
    );
    const isNullable = elements.includes(null);
    const validity = isNullable
      ? bitsWhere(elements.length, (i) => elements[i] !== null)
      : undefined;
    const { ENUM } = this.#duck.DuckDBTypeId;
    const categories =
      type.typeId === ENUM ? { categories: (type as Duck.DuckDBEnumType).values } : {};
    const { info } = makeColumn(this.#name, [""], categories);
    return stringColumn({ ...info, cellShape }, rows, bytes, offsets, validity);
  }

  #elements(
    type: Duck.DuckDBType,
    elements: Elements,
  ): {
    cellShape: readonly number[];
    values: TypedArray;
    validity: Bits | undefined;
    kind: "number" | "logical";
  } {
    const { BOOLEAN, HUGEINT, UHUGEINT, DECIMAL, SQLNULL, ARRAY } = this.#duck.DuckDBTypeId;
    const validity = elements.includes(null)
      ? bitsWhere(elements.length, (i) => elements[i] !== null)
      : undefined;
    const dtype = this.#dtypes.get(type.typeId);
    const common = { cellShape: type.typeId === ARRAY ? [1] : [], validity };
    const { length } = elements;
    if (dtype !== undefined) {
      const values = viewOf(dtype, new ArrayBuffer(8 * length), 0, length);
      for (const [i, value] of elements.entries()) if (value !== null) values[i] = value as never;
      return { ...common, values, kind: "number" };
    }
    switch (type.typeId) {
      case BOOLEAN:
        return { ...common, values: Uint8Array.from(elements, Number), kind: "logical" };
      case HUGEINT:
      case UHUGEINT:
        return { ...common, values: this.#narrowed(elements), kind: "number" };
      case DECIMAL: {
        const real = (value: Duck.DuckDBValue): number =>
          value === null ? Number.NaN : (value as Duck.DuckDBDecimalValue).toDouble();
        return { ...common, values: Float64Array.from(elements, real), kind: "number" };
      }
      case SQLNULL:
        return { ...common, values: new Float64Array(length).fill(Number.NaN), kind: "number" };
      default:
        throw this.#unfit(type);
    }
  }

  /** Sums of integers are of 128 bits in DuckDB; FITS has 64. */
  #narrowed(elements: Elements): BigInt64Array {
    return BigInt64Array.from(elements, (value, row) => {
      const wide = (value ?? 0n) as bigint;
      if (BigInt.asIntN(64, wide) === wide) return wide;
      throw tableError({
        code: "TABLE_TYPE",
        what: "an integer of the result does not fit into 64 bits: cast it to double",
        found: String(wide),
        column: this.#name,
        row,
      });
    });
  }

  #unfit(type: Duck.DuckDBType): Error {
    return tableError({
      code: "TABLE_TYPE",
      what: "a column of the result has a type that FITS tables do not: cast it, as to varchar",
      expected: "numbers, booleans, strings, or arrays and lists of them",
      found: String(type),
      column: this.#name,
    });
  }
}

/** The result of a query as a table. */
export async function tableOfResult(
  duck: DuckLibrary,
  result: Duck.DuckDBResult,
): Promise<FitsTable> {
  const chunks = await result.fetchAllChunks();
  const types = result.columnTypes();
  const columns = result.columnNames().map((name, index) => {
    const vectors = chunks.map((chunk) => chunk.getColumnVector(index));
    const column = new ResultReader(duck, name).column(types[index] as Duck.DuckDBType, vectors);
    const info = { ...column.info, index };
    if (column.layout !== "string") return { ...column, info };
    return stringColumn(info, column.rows, column.bytes, column.offsets, column.validity);
  });
  return new FitsTable(columns);
}
