/**
 * FITS tables as columns: what astronomers do with catalogues, in memory and in streams.
 *
 * @packageDocumentation
 */

export type { ColumnMetadata, Statistic } from "@fitstream/native";
export type { Cell, CellValue } from "./column/cells.js";
export type { ColumnSet } from "./column/column-set.js";
export {
  type ColumnOptions,
  type ColumnValues,
  makeColumn,
} from "./column/columns.js";
export type { Renaming } from "./column/names.js";
export { isNull } from "./column/nulls.js";
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
export { parseUnit, type Unit, unitFactor } from "./units.js";
export { type Aggregates, GroupedTable, type NamedAggregate } from "./verbs/grouped-table.js";
export type { JoinKeys, JoinKind, JoinOptions } from "./verbs/join.js";
export type { Sentinel } from "./verbs/sentinels.js";
export type { SortKey, SortOptions } from "./verbs/sort.js";
export type { SplitOptions } from "./verbs/split.js";
export type { TensorOptions } from "./verbs/tensors.js";
export {
  columnKeywords,
  columnsToWrite,
  type WriteTableOptions,
  writeTable,
} from "./write/write-table.js";
