import { bytesOf, type Column } from "@fitstream/native";

/** String `i` of a column whose kind that is, in any layout. */
export function stringAt(column: Column, i: number): string {
  if (column.layout === "string") return column.at(i);
  const { buffer, byteOffset } = bytesOf(column.data);
  const text = (start: number, end: number): string =>
    Buffer.from(buffer, byteOffset + start, end - start).toString("latin1");
  if (column.layout === "ragged") return text(column.offsets[i] ?? 0, column.offsets[i + 1] ?? 0);
  const width = column.shape.at(-1) ?? 0;
  // Read as bytes: a string ends at the first NUL, and without spaces (FITS Standard 4.0, 7.3.3.1).
  return text(i * width, (i + 1) * width).replace(/\0.*$|[ ]+$/s, "");
}

/** All strings of such a column, one after the other. */
export function stringsOf(column: Column): string[] {
  const { rows, info } = column;
  const cells = info.isVariable ? 1 : info.cellShape.reduce((n, axis) => n * axis, 1);
  return Array.from({ length: rows * cells }, (_, i) => stringAt(column, i));
}
