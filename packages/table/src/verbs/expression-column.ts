import { type Column, type EvaluatedValues, stringColumn } from "@fitstream/native";
import { type ColumnOptions, makeColumn } from "../column/columns.js";

/** What an expression gave, as a column. */
export function columnOfValues(
  name: string,
  values: EvaluatedValues,
  options: ColumnOptions,
): Column {
  const { validity } = values;
  if (values.type !== "text") {
    const kind = values.type === "boolean" ? "logical" : "number";
    return makeColumn(name, values.values, { ...options, kind, validity });
  }
  const empty = makeColumn(name, [""], options);
  return stringColumn(
    empty.info,
    values.offsets.length - 1,
    values.values,
    values.offsets,
    validity,
  );
}
