import type { ColumnMetadata } from "@fitstream/native";
import {
  bytesOf,
  type Column,
  type ColumnToWrite,
  type FixedColumn,
  type HeaderEntry,
  type RaggedColumn,
  type StringColumn,
  type TypedArray,
  type WriteOptions,
  writeFits,
} from "@fitstream/native";
import type { FitsTable } from "../fits-table.js";
import { nullToWrite } from "./null-to-write.js";

/** Options of {@link writeTable}. */
export interface WriteTableOptions extends WriteOptions {
  /** EXTNAME. Default: none. */
  readonly name?: string | undefined;
  /** Keywords beside those that the columns bring. */
  readonly header?: readonly HeaderEntry[] | undefined;
}

function stringsToWrite(column: StringColumn): Partial<ColumnToWrite> {
  const { bytes, offsets, info } = column;
  const longest = offsets.reduce(
    (most, end, i) => Math.max(most, end - (offsets[i - 1] ?? end)),
    1,
  );
  const width = Math.max(longest, info.stringLength ?? 1);
  return { values: bytes, offsets, width, isVariable: false };
}

/** Strings that were read as bytes: of one length, padding and all, or in cells of variable length. */
function bytesToWrite(column: FixedColumn | RaggedColumn): Partial<ColumnToWrite> {
  const values = bytesOf(column.data);
  if (column.layout === "ragged") return { values, offsets: column.offsets, isVariable: true };
  const width = column.shape.at(-1) ?? 0;
  const strings = column.shape.slice(0, -1).reduce((n, axis) => n * axis, 1);
  const offsets = Int32Array.from({ length: strings + 1 }, (_, i) => i * width);
  return { values, offsets, width: Math.max(1, width), isVariable: false };
}

function numbersToWrite(column: FixedColumn | RaggedColumn): Partial<ColumnToWrite> {
  const marker = nullToWrite(column);
  const none = marker === undefined ? {} : { null: marker };
  if (column.layout === "fixed") return { values: column.data, ...none };
  const halves = column.info.kind === "complex" ? 2 : 1;
  const end = halves * (column.offsets[column.rows] ?? 0);
  const values = column.data.subarray(0, end) as TypedArray;
  return { values, offsets: column.offsets, ...none };
}

/** A column of a table as `writeFits` takes it, with what is known of it. */
function columnToWrite(column: Column): ColumnToWrite {
  const { name, unit, display, kind, cellShape } = column.info;
  const cells =
    column.layout === "string"
      ? stringsToWrite(column)
      : kind === "string"
        ? bytesToWrite(column)
        : numbersToWrite(column);
  const isNullable = column.validity !== undefined && column.nulls > 0;
  return {
    name,
    kind,
    unit,
    display,
    values: [],
    ...cells,
    ...(column.layout === "ragged" ? {} : { shape: cellShape }),
    ...(isNullable ? { validity: column.validity } : {}),
  };
}

/** The columns of a table as `writeFits` takes them: the same memory, not copied. */
export function columnsToWrite(table: FitsTable): ColumnToWrite[] {
  return table.columns.map(columnToWrite);
}

const keywords: readonly (readonly [stem: string, field: keyof ColumnMetadata])[] = [
  ["TCOMM", "description"],
  ["TUCD", "ucd"],
  ["TDMIN", "dataMin"],
  ["TDMAX", "dataMax"],
  ["TLMIN", "legalMin"],
  ["TLMAX", "legalMax"],
];

/** What is known of columns and has keywords, but no place in a {@link ColumnToWrite}. */
export function columnKeywords(table: FitsTable): HeaderEntry[] {
  return table.schema.flatMap((info, i) =>
    keywords.flatMap(([stem, field]) => {
      const value = info[field] as string | number | undefined;
      return value === undefined || value === "" ? [] : [{ keyword: `${stem}${i + 1}`, value }];
    }),
  );
}

/**
 * Writes a table as a FITS file of one binary table, with units, display formats, descriptions,
 * UCDs, limits, shapes, and nulls: as TNULLn in columns of integers (the one that the column has, or
 * a number that no value equals), NaN in those of floats, undefined logicals, empty strings.
 *
 * @throws {FitsArgumentError} as {@link writeFits}; also for nulls among bits.
 * @throws {TableError} TABLE_TYPE when a column of integers holds nulls and every number there is.
 */
export async function writeTable(
  path: string,
  table: FitsTable,
  options: WriteTableOptions = {},
): Promise<void> {
  const { name, header = [], ...control } = options;
  const hdu = {
    kind: "bintable",
    ...(name === undefined ? {} : { name }),
    header: [...columnKeywords(table), ...header],
    columns: columnsToWrite(table),
  } as const;
  await writeFits(path, [hdu], control);
}
