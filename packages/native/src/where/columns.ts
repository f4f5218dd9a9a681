import { nearestName } from "../nearest-name.js";
import type { ValueType } from "../raw/where.js";
import type { ColumnMetadata } from "../table/column.js";
import type { ColumnName } from "./expression.js";
import type { Typed } from "./typed.js";
import { whereError } from "./where-error.js";

/** The column that a name means: case does not matter (7.2.2), but decides between two. */
export function columnNamed(
  { name, at }: ColumnName,
  columns: readonly ColumnMetadata[],
  text: string,
): ColumnMetadata {
  const exact = columns.filter((column) => column.name === name);
  const lower = name.toLowerCase();
  const matching =
    exact.length > 0 ? exact : columns.filter((column) => column.name.toLowerCase() === lower);
  const [column, other] = matching;
  if (column === undefined) throw unknownColumn(name, at, columns, text);
  if (other === undefined) return column;
  throw whereError(text, at, {
    what: `the table has ${matching.length} columns of this name`,
    expected: "a name that only one column has",
    found: matching.map((c) => `${c.name} at position ${c.index}`).join(", "),
  });
}

function unknownColumn(
  name: string,
  at: number,
  columns: readonly ColumnMetadata[],
  text: string,
): Error {
  const names = columns.map((column) => column.name);
  const near = nearestName(name, names);
  const hint = near === undefined ? "" : `; did you mean ${near}?`;
  const isQuoted = text[at] === '"';
  return whereError(text, at, {
    code: "FITS_OUT_OF_BOUNDS",
    what: `the table has no such column${hint}`,
    expected: names.join(", ") + (isQuoted ? ", or single quotes around a text" : ""),
    found: name,
  });
}

/** What a column holds, in words. */
function shapeOf({ kind, isVariable, cellShape }: ColumnMetadata): string {
  if (isVariable) return `${kind}s of variable number`;
  return cellShape.length === 0 ? kind : `${kind}s of shape ${cellShape.join(" x ")}`;
}

const types: Readonly<Record<ColumnMetadata["kind"], ValueType | undefined>> = {
  number: "number",
  logical: "boolean",
  bit: "boolean",
  string: "text",
  complex: undefined,
};

/** A column as an operand: one value a row, of a type that the language has. */
export function typedColumn({ at }: ColumnName, column: ColumnMetadata, text: string): Typed {
  const { name, form, kind, dtype, index, isVariable, cellShape } = column;
  const label = `column ${name} (TFORM ${form.trim()}, ${shapeOf(column)})`;
  const isSingle = !isVariable && cellShape.reduce((product, side) => product * side, 1) === 1;
  const type = isSingle ? types[kind] : undefined;
  if (type === undefined) {
    throw whereError(text, at, {
      what: `column ${name} cannot stand in an expression`,
      expected: "one number, logical, bit or string a row",
      found: label,
    });
  }
  const isInteger = type === "number" && !dtype.startsWith("float");
  return {
    type: isInteger ? "integer" : type,
    isUnsigned: dtype === "uint64",
    label,
    code: [{ operation: "COLUMN", column: index }],
  };
}
