/**
 * FITS tables as columns: what astronomers do with catalogues, in memory and in streams.
 *
 * @packageDocumentation
 */
export {
  type ColumnMetadata,
  type ColumnOptions,
  type ColumnValues,
  makeColumn,
} from "./columns.js";
export {
  isTableError,
  TableError,
  type TableErrorCode,
  type TableErrorFields,
  tableError,
} from "./errors.js";
export { FitsTable } from "./fits-table.js";
export {
  columnKeywords,
  columnsToWrite,
  type WriteTableOptions,
  writeTable,
} from "./write-table.js";
