import type { ColumnMetadata } from "@fitstream/native";

/** What the header would say about a column; a float32 by default. */
export function columnInfo(name: string, more: Partial<ColumnMetadata> = {}): ColumnMetadata {
  return {
    name,
    index: 0,
    unit: "",
    description: "",
    ucd: "",
    form: "E",
    display: "",
    kind: "number",
    dtype: "float32",
    isVariable: false,
    cellShape: [],
    ...more,
  };
}

/** Columns of all types that an expression can have, and of some that it cannot. */
export const someColumns: readonly ColumnMetadata[] = [
  columnInfo("mag"),
  columnInfo("n", { form: "J", dtype: "int32" }),
  columnInfo("id", { form: "K", dtype: "int64" }),
  columnInfo("big", { form: "K", dtype: "uint64" }),
  columnInfo("CLASS", { form: "8A", kind: "string", dtype: "uint8", stringLength: 8 }),
  columnInfo("GOOD", { form: "L", kind: "logical", dtype: "uint8" }),
  columnInfo("flag", { form: "X", kind: "bit", dtype: "uint8" }),
  columnInfo("ra", { form: "D", dtype: "float64" }),
  columnInfo("dec", { form: "D", dtype: "float64" }),
  columnInfo("flux", { form: "5E", cellShape: [5] }),
  columnInfo("psi", { form: "C", kind: "complex" }),
  columnInfo("spectrum", { form: "PE(9)", isVariable: true }),
  columnInfo("Mag 2"),
  columnInfo("twin"),
  columnInfo("twin"),
  columnInfo("Case"),
  columnInfo("CASE", { form: "J", dtype: "int32" }),
].map((info, index) => ({ ...info, index }));
