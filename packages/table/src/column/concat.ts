import {
  byteSizeOf,
  bytesOf,
  type Column,
  type Dtype,
  stringColumn,
  type TypedArray,
  viewOf,
} from "@fitstream/native";
import { tableError } from "../errors.js";
import { elementsPerRow, numbersPerRow } from "./column-rows.js";
import { typeName } from "./keys.js";
import { joinBitmaps } from "./nulls.js";

function joinArrays(dtype: Dtype, parts: readonly TypedArray[]): TypedArray {
  const total = parts.reduce((n, part) => n + part.length, 0);
  const out = viewOf(dtype, new ArrayBuffer(total * byteSizeOf(dtype)), 0, total);
  let at = 0;
  for (const part of parts) {
    // The arrays are of one type: `set` takes either numbers or BigInts.
    (out.set as (values: TypedArray, at: number) => void).call(out, part, at);
    at += part.length;
  }
  return out;
}

function joinOffsets(parts: readonly Int32Array[], column: string): Int32Array {
  const out = new Int32Array(parts.reduce((n, part) => n + part.length - 1, 1));
  let at = 1;
  let base = 0;
  for (const part of parts) {
    for (let i = 1; i < part.length; ++i) out[at++] = base + (part[i] ?? 0);
    base += part.at(-1) ?? 0;
  }
  if (base < 2 ** 31) return out;
  throw tableError({
    code: "TABLE_ROWS",
    what: "the cells are too many for one column",
    expected: "fewer than 2^31 bytes or elements",
    found: String(base),
    column,
  });
}

/** How many bits the validity of a column has. */
function elementsOf(column: Column): number {
  if (column.layout === "ragged") return column.offsets[column.rows] ?? 0;
  const halves = column.layout === "fixed" && column.info.kind === "complex" ? 2 : 1;
  return column.layout === "fixed"
    ? (column.rows * numbersPerRow(column)) / halves
    : column.rows * elementsPerRow(column.info);
}

function checkAlike(first: Column, other: Column): void {
  const isAlike =
    first.layout === other.layout &&
    first.info.kind === other.info.kind &&
    first.info.dtype === other.info.dtype &&
    first.info.unit === other.info.unit &&
    String(first.info.cellShape) === String(other.info.cellShape);
  if (isAlike) return;
  const inWords = (column: Column): string => `${typeName(column)} [${column.info.unit}]`;
  throw tableError({
    code: "TABLE_TYPE",
    what: "the columns of this name differ",
    expected: inWords(first),
    found: inWords(other),
    column: first.info.name,
  });
}

/** Columns of one type below each other, with what is known of the first. */
export function joinColumns(parts: readonly [Column, ...Column[]]): Column {
  const [first] = parts;
  if (parts.length === 1) return first;
  for (const part of parts) checkAlike(first, part);
  const { info } = first;
  const rows = parts.reduce((n, part) => n + part.rows, 0);
  const nulls = parts.reduce((n, part) => n + part.nulls, 0);
  const bits = parts.map((part) => ({ bitmap: part.validity, count: elementsOf(part) }));
  const known = nulls === 0 ? { nulls } : { nulls, validity: joinBitmaps(bits) };
  if (first.layout === "string") {
    const strings = parts.filter((part) => part.layout === "string");
    const bytes = joinArrays(
      "uint8",
      strings.map((part) => part.bytes),
    );
    const offsets = joinOffsets(
      strings.map((part) => part.offsets),
      info.name,
    );
    return stringColumn(info, rows, bytesOf(bytes), offsets, known.validity);
  }
  const data = joinArrays(
    info.dtype,
    parts.flatMap((part) => (part.layout === "string" ? [] : [part.data])),
  );
  if (first.layout === "fixed") {
    return { info, layout: "fixed", rows, shape: [rows, ...first.shape.slice(1)], data, ...known };
  }
  const offsets = joinOffsets(
    parts.flatMap((part) => (part.layout === "ragged" ? [part.offsets] : [])),
    info.name,
  );
  return { info, layout: "ragged", rows, offsets, data, ...known };
}
