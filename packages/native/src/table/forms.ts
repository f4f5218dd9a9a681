import type { Dtype } from "../dtype.js";
import type { ColumnMetadata } from "./column.js";

/** What the letters of TFORMn stand for in a binary table (7.3.1 of the standard). */
export const binaryForms: Readonly<Record<string, Dtype>> = {
  L: "uint8",
  B: "uint8",
  I: "int16",
  J: "int32",
  K: "int64",
  E: "float32",
  D: "float64",
  C: "float32",
  M: "float64",
};
/** The same in an ASCII table (7.2.1), where E and D differ in how they are written only. */
export const asciiForms: Readonly<Record<string, Dtype>> = {
  I: "int64",
  F: "float64",
  E: "float64",
  D: "float64",
};

/** What a column's values are when they are read with `scale: false`. */
export function storedInfo(
  info: ColumnMetadata,
  forms: Readonly<Record<string, Dtype>>,
): ColumnMetadata {
  const letter = info.form.replace(/^ *\d*[PQ]?/, "")[0] ?? "";
  const dtype = forms[letter];
  if (dtype === undefined) return info;
  return { ...info, dtype, kind: info.kind === "logical" ? "number" : info.kind };
}
