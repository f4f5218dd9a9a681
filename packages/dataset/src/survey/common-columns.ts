import { type ColumnMetadata, nearestName } from "@fitstream/native";
import { badArgument, DatasetError } from "../errors.js";

/** The columns of one of several tables, and where it is. */
export interface PlacedColumns {
  readonly url: string;
  readonly hdu: number;
  readonly columns: readonly ColumnMetadata[];
}

const keyOf = (name: string): string => name.toLowerCase();

/** What must be equal in all tables, in words. */
function formOf(info: ColumnMetadata): string {
  const cell = info.cellShape.length > 0 ? ` [${info.cellShape.join(", ")}]` : "";
  const dtype = info.kind === "string" ? "" : ` of ${info.dtype}`;
  const cells = info.isVariable ? ", cells of variable length" : "";
  const unit = info.unit === "" ? "" : `, unit ${info.unit}`;
  return `${info.kind}${dtype}${cell}${cells}${unit}`;
}

function placeOf({ url, hdu }: PlacedColumns): string {
  return `${url}, HDU ${hdu}`;
}

function mismatch(what: string, expected: string, found: string): DatasetError {
  return new DatasetError({ code: "DATASET_MISMATCH", what, expected, found });
}

/** Columns by their names in lower case. */
function byName(part: PlacedColumns): ReadonlyMap<string, ColumnMetadata> {
  const columns = new Map<string, ColumnMetadata>();
  for (const info of part.columns) {
    const key = keyOf(info.name);
    if (columns.has(key)) {
      throw mismatch(
        `column ${info.name} stands twice in ${placeOf(part)}`,
        "columns that their names tell apart",
        `columns ${columns.get(key)?.index} and ${info.index}`,
      );
    }
    columns.set(key, info);
  }
  return columns;
}

/** The columns of these names (case does not matter); all of them without any. */
export function chooseColumns(
  names: readonly string[] | undefined,
  columns: readonly ColumnMetadata[],
  where: string,
): readonly ColumnMetadata[] {
  if (names === undefined) return columns;
  return names.map((name) => {
    const found = columns.find((info) => keyOf(info.name) === keyOf(name));
    if (found !== undefined) return found;
    const all = columns.map((info) => info.name);
    const near = nearestName(name, all);
    const hint = near === undefined ? "" : `; did you mean ${near}?`;
    throw badArgument(`${where} has no column ${name}${hint}`, all.join(", "), name);
  });
}

/**
 * The columns that all tables have, as the first one has them: matched by name, in any order. With
 * `names` only those must agree; without, all.
 *
 * @throws {DatasetError} DATASET_MISMATCH for a column that a table lacks, or that differs in kind,
 *   dtype, shape of its cells or unit: it names the column, both files and HDUs, and both forms.
 */
export function commonColumns(
  parts: readonly PlacedColumns[],
  names?: readonly string[],
): readonly ColumnMetadata[] {
  const [first, ...others] = parts;
  if (first === undefined) return [];
  const chosen = chooseColumns(names, first.columns, placeOf(first));
  const isWanted = new Set(chosen.map(({ name }) => keyOf(name)));
  byName({ ...first, columns: chosen });
  for (const part of others) {
    const columns = part.columns.filter(
      ({ name }) => names === undefined || isWanted.has(keyOf(name)),
    );
    const found = byName({ ...part, columns });
    for (const info of chosen) {
      const other = found.get(keyOf(info.name));
      if (other !== undefined && formOf(other) === formOf(info)) continue;
      throw mismatch(
        `column ${info.name} is not the same in all files`,
        `${formOf(info)}, as in ${placeOf(first)}`,
        other === undefined ? `none in ${placeOf(part)}` : `${formOf(other)} in ${placeOf(part)}`,
      );
    }
    const extra = columns.find(({ name }) => !isWanted.has(keyOf(name)));
    if (extra !== undefined) {
      throw mismatch(
        `column ${extra.name} is not the same in all files`,
        `none, as in ${placeOf(first)}; or name the columns that are wanted`,
        `${formOf(extra)} in ${placeOf(part)}`,
      );
    }
  }
  return chosen;
}
