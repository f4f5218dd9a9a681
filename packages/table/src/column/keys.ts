import type { Column, KeyColumn } from "@fitstream/native";
import { type TableError, tableError } from "../errors.js";
import { elementsPerRow } from "./column-rows.js";

/** What a column holds, for messages. */
export function typeName({ info, layout }: Column): string {
  const type = info.kind === "number" ? info.dtype : info.kind;
  if (layout === "ragged") return `cells of variable length of ${type}`;
  return info.cellShape.length === 0 ? type : `${type} of shape [${info.cellShape.join(", ")}]`;
}

export function wrongType(column: Column, what: string, expected: string): TableError {
  return tableError({
    code: "TABLE_TYPE",
    what,
    expected,
    found: typeName(column),
    column: column.info.name,
  });
}

/** A column of one number, logical or string a row, as the native verbs take it. */
export function keyOf(column: Column, verb: string): KeyColumn {
  const { info } = column;
  const isScalar =
    column.layout !== "ragged" && elementsPerRow(info) === 1 && info.kind !== "complex";
  const validity = column.validity === undefined ? {} : { validity: column.validity };
  if (isScalar && column.layout === "string") {
    return { kind: "string", data: column.bytes, offsets: column.offsets, ...validity };
  }
  if (isScalar && column.layout === "fixed" && info.kind !== "string") {
    return { kind: "number", data: column.data, ...validity };
  }
  throw wrongType(column, `${verb} needs one value a row`, "numbers, logicals or strings");
}

/** The same for columns that are calculated with. */
export function numberOf(column: Column, verb: string): KeyColumn {
  const key = keyOf(column, verb);
  if (key.kind === "number") return key;
  throw wrongType(column, `${verb} needs numbers`, "a column of one number a row");
}
