/**
 * FITS tables as columns: what astronomers do with catalogues, in memory and in streams.
 *
 * @packageDocumentation
 */

export type { AggregateOperation } from "./aggregate.js";
export type { Cell, CellValue } from "./cells.js";
export type { ColumnSet } from "./column-set.js";
export {
  type ColumnMetadata,
  type ColumnOptions,
  type ColumnValues,
  makeColumn,
} from "./columns.js";
export { type DisplayOptions, formatTable } from "./display.js";
export {
  isTableError,
  TableError,
  type TableErrorCode,
  type TableErrorFields,
  tableError,
} from "./errors.js";
export {
  FitsTable,
  type MetadataChange,
  type Row,
  type TensorDevice,
} from "./fits-table.js";
export { type Aggregates, GroupedTable, type NamedAggregate } from "./grouped-table.js";
export type { JoinKeys, JoinKind, JoinOptions } from "./join.js";
export { isNull } from "./nulls.js";
export type { SortKey, SortOptions } from "./sort.js";
export type { TensorOptions } from "./tensors.js";
export { parseUnit, type Unit, unitFactor } from "./units.js";
export {
  columnKeywords,
  columnsToWrite,
  type WriteTableOptions,
  writeTable,
} from "./write-table.js";
