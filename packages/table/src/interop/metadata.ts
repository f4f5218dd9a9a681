import type { ColumnMetadata } from "@fitstream/native";

type Parse = (text: string) => unknown;

const text: Parse = (value) => value;
const number: Parse = (value) => (Number.isFinite(Number(value)) ? Number(value) : undefined);
const integer: Parse = (value) => (/^[+-]?\d{1,20}$/.test(value) ? BigInt(value) : undefined);
const strings: Parse = (value) => {
  try {
    const list: unknown = JSON.parse(value);
    return Array.isArray(list) && list.every((s) => typeof s === "string") ? list : undefined;
  } catch {
    return undefined;
  }
};

/** Keys of a field's metadata in other formats: FITS' keywords, and ours where it has none. */
const entries: readonly (readonly [key: string, field: keyof ColumnMetadata, parse: Parse])[] = [
  ["TUNIT", "unit", text],
  ["TDISP", "display", text],
  ["TFORM", "form", text],
  ["TCOMM", "description", text],
  ["TUCD", "ucd", text],
  ["TNULL", "null", integer],
  ["TDMIN", "dataMin", number],
  ["TDMAX", "dataMax", number],
  ["TLMIN", "legalMin", number],
  ["TLMAX", "legalMax", number],
  ["fitstream.kind", "kind", text],
  ["fitstream.categories", "categories", strings],
];

/** What is known of a column, as texts; what is empty is left out. */
export function metadataOf(info: ColumnMetadata): Map<string, string> {
  return new Map(
    entries.flatMap(([key, field]) => {
      const value = info[field];
      if (value === undefined || value === "") return [];
      return [[key, Array.isArray(value) ? JSON.stringify(value) : String(value)] as const];
    }),
  );
}

/** What texts tell of a column whose values tell the rest: other keys, and nonsense, tell nothing. */
export function toldBy(
  metadata: ReadonlyMap<string, string>,
): Partial<Omit<ColumnMetadata, "kind" | "form">> {
  return Object.fromEntries(
    entries.flatMap(([key, field, parse]) => {
      const value = metadata.get(key);
      if (value === undefined || field === "kind" || field === "form") return [];
      const parsed = parse(value);
      return parsed === undefined ? [] : [[field, parsed]];
    }),
  );
}
