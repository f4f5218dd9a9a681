import {
  type Column,
  type ColumnMetadata,
  countNulls,
  dtypeOf,
  stringColumn,
  type TypedArray,
} from "@fitstream/native";
import { tableError } from "../errors.js";

/** What may be told of values that become a column; the values tell the rest. */
export type ColumnOptions = Partial<
  Omit<ColumnMetadata, "name" | "index" | "form" | "dtype" | "isVariable">
> & {
  /** One bit an element, least significant first, 0 where it is null. */
  readonly validity?: Uint8Array | undefined;
  /** Cells of variable length: row `i` is `values[offsets[i]]` to `values[offsets[i + 1]]`. */
  readonly offsets?: Int32Array | undefined;
};

/** Values that can become a column. */
export type ColumnValues = TypedArray | readonly string[] | readonly boolean[] | readonly number[];

const product = (shape: readonly number[]): number => shape.reduce((n, axis) => n * axis, 1);

/** Strings one after the other, as Latin-1, which is what FITS has. */
function textOf(texts: readonly string[], name: string): [Uint8Array, Int32Array] {
  const offsets = new Int32Array(texts.length + 1);
  for (const [i, text] of texts.entries()) {
    if (/[^\0-\xff]/.test(text)) {
      throw tableError({
        code: "TABLE_TYPE",
        what: "a string holds characters that FITS cannot",
        expected: "Latin-1",
        found: text,
        column: name,
        row: i,
      });
    }
    offsets[i + 1] = (offsets[i] ?? 0) + text.length;
  }
  return [Buffer.from(texts.join(""), "latin1"), offsets];
}

/**
 * A column of values: typed arrays are taken as they are (not copied), numbers become float64,
 * booleans become logicals, strings Latin-1 bytes.
 *
 * @throws {TableError} TABLE_ROWS when the values do not fill the cells.
 */
export function makeColumn(
  name: string,
  values: ColumnValues,
  options: ColumnOptions = {},
): Column {
  const { validity, offsets, ...told } = options;
  const { unit = "", display = "", description = "", ucd = "", cellShape = [] } = told;
  const base = { ...told, name, index: 0, unit, display, description, ucd, form: "", cellShape };
  // An empty list does not say what it would hold.
  const isText = typeof values[0] === "string" || told.kind === "string";
  if (!ArrayBuffer.isView(values) && isText) {
    const [bytes, ends] = textOf(values as readonly string[], name);
    const rows = values.length / product(cellShape);
    const info = { ...base, kind: "string", dtype: "uint8", isVariable: false } as const;
    return stringColumn(info, rows, bytes, ends, validity);
  }
  const isLogical = !ArrayBuffer.isView(values) && typeof values[0] === "boolean";
  const data = ArrayBuffer.isView(values)
    ? (values as TypedArray)
    : isLogical
      ? Uint8Array.from(values as readonly boolean[], Number)
      : Float64Array.from(values as readonly number[]);
  const kind = options.kind ?? (isLogical ? "logical" : "number");
  const info = { ...base, kind, dtype: dtypeOf(data), isVariable: offsets !== undefined };
  const halves = kind === "complex" ? 2 : 1;
  const nulls = validity === undefined ? 0 : countNulls(validity, data.length / halves);
  const common = { info, nulls, data, ...(validity === undefined ? {} : { validity }) };
  if (offsets !== undefined) {
    return { ...common, layout: "ragged", rows: offsets.length - 1, offsets };
  }
  const rows = data.length / halves / product(cellShape);
  if (!Number.isInteger(rows)) {
    throw tableError({
      code: "TABLE_ROWS",
      what: "the values do not fill the cells",
      expected: `a multiple of ${halves * product(cellShape)} values`,
      found: String(data.length),
      column: name,
    });
  }
  const shape = [rows, ...cellShape, ...(halves === 2 ? [2] : [])];
  return { ...common, layout: "fixed", rows, shape };
}

/** The same column with other metadata. */
export function withInfo(column: Column, change: Partial<ColumnMetadata>): Column {
  const info = { ...column.info, ...change };
  if (column.layout !== "string") return { ...column, info };
  // A string column has methods, which a spread would lose.
  return stringColumn(info, column.rows, column.bytes, column.offsets, column.validity);
}
