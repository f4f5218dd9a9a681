import { type Column, type FixedColumn, stringColumn, type TypedArray } from "@fitstream/native";
import type * as Arrow from "apache-arrow";
import { type ColumnOptions, makeColumn } from "../column/columns.js";
import { FitsTable } from "../fits-table.js";
import { ChunkReader, type Chunks } from "./arrow-chunks.js";
import { importArrow } from "./arrow-peer.js";
import { toldBy } from "./metadata.js";

/** A column of a field's chunks. */
function columnOf(reader: ChunkReader, field: Arrow.Field, chunks: Chunks, index: number): Column {
  const { name, metadata } = field;
  const { cells, rows, unit } = reader.read(chunks, metadata.get("fitstream.kind") === "complex");
  const options: ColumnOptions = {
    ...(unit === undefined ? {} : { unit }),
    ...toldBy(metadata),
    ...(cells.categories === undefined ? {} : { categories: cells.categories }),
    cellShape: cells.shape,
    validity: cells.validity,
  };
  if (cells.texts === undefined) {
    const isBits = cells.kind === "logical" && metadata.get("fitstream.kind") === "bit";
    const kind = isBits ? "bit" : cells.kind;
    const values = cells.values as TypedArray;
    if (values.length > 0 || cells.offsets !== undefined) {
      const column = makeColumn(name, values, { ...options, kind, offsets: cells.offsets });
      return { ...column, info: { ...column.info, index } };
    }
    // Without values, only Arrow knows how many rows there are: cells may have no elements.
    const column = makeColumn(name, values, { ...options, kind, cellShape: [] }) as FixedColumn;
    const info = { ...column.info, index, cellShape: cells.shape };
    const last = kind === "complex" ? [2] : [];
    return { ...column, info, rows, shape: [rows, ...cells.shape, ...last] };
  }
  const { info } = makeColumn(name, [""], { ...options, cellShape: [], validity: undefined });
  return stringColumn(
    { ...info, index, cellShape: cells.shape },
    rows,
    cells.texts.bytes,
    cells.texts.offsets,
    cells.validity,
  );
}

/**
 * An Arrow table as a FITS table. Columns of one chunk share its memory where the layout is the
 * same: numbers, lists, ASCII strings. Those of several chunks are joined.
 *
 * Bool becomes logicals; Float16 float32; FixedSizeList cells of a shape; List cells of variable
 * length (a null list is an empty cell: FITS has no null ones); Utf8 and Binary strings; strings
 * that are dictionary-encoded also have `categories`. Timestamps and durations become int64, with
 * their unit: s, ms, us or ns (timestamps count from 1970). Metadata is taken as `toArrow` gives it.
 *
 * @throws {TableError} TABLE_PEER_MISSING without apache-arrow; TABLE_TYPE, naming the column, for
 *   types that FITS tables cannot hold, and for characters outside Latin-1.
 */
export async function fromArrow(table: Arrow.Table): Promise<FitsTable> {
  const arrow = await importArrow();
  const columns = table.schema.fields.map((field, i) => {
    const chunks = table.batches.map(({ data }) => data.children[i] as Arrow.Data);
    return columnOf(new ChunkReader(arrow, field.name), field, { type: field.type, chunks }, i);
  });
  return new FitsTable(columns, table.numRows);
}
