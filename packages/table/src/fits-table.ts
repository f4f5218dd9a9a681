import { inspect } from "node:util";
import type { ColumnMetadata } from "@fitstream/native";
import {
  type BooleanExpression,
  type Column,
  type Expression,
  evaluateExpression,
  type NdArray,
  nearestName,
  type RelationOptions,
  selectRows,
  type Table,
  type TypedArray,
} from "@fitstream/native";
import { type Cell, cellAt } from "./column/cells.js";
import { gatherColumn, sliceColumn } from "./column/column-rows.js";
import type { ColumnSet } from "./column/column-set.js";
import { type ColumnOptions, type ColumnValues, makeColumn, withInfo } from "./column/columns.js";
import { joinColumns } from "./column/concat.js";
import { columnsOfTensors } from "./column/from-tensors.js";
import { wrongType } from "./column/keys.js";
import { checkDistinct, type Renaming, renamedColumns } from "./column/names.js";
import { formatTable, tableHtml } from "./display.js";
import { tableError } from "./errors.js";
import { aggregated } from "./verbs/aggregate.js";
import { inUnit } from "./verbs/convert-units.js";
import { described } from "./verbs/describe.js";
import { columnOfValues } from "./verbs/expression-column.js";
import { GroupedTable } from "./verbs/grouped-table.js";
import { type JoinKeys, type JoinKind, type JoinOptions, joinedColumns } from "./verbs/join.js";
import { drawRows } from "./verbs/sample.js";
import { type Sentinel, withoutSentinels } from "./verbs/sentinels.js";
import { type SortKey, type SortOptions, sortedRows } from "./verbs/sort.js";
import { type SplitOptions, splitRows } from "./verbs/split.js";
import { floatsOf, type TensorOptions, tensorOf } from "./verbs/tensors.js";
import { distinctRows } from "./verbs/unique.js";

/** A row in JavaScript's own types, by column name. */
export type Row = Readonly<Record<string, Cell>>;

/** What {@link FitsTable.withMetadata} may change of what is known of a column. */
export type MetadataChange = Partial<
  Pick<
    ColumnMetadata,
    | "unit"
    | "description"
    | "ucd"
    | "display"
    | "dataMin"
    | "dataMax"
    | "legalMin"
    | "legalMax"
    | "categories"
  >
>;

/** Where arrays become tensors: what the devices of `@fitstream/dataset` are. */
export interface TensorDevice<T> {
  /** Takes arrays by name. */
  upload(arrays: Readonly<Record<string, NdArray>>): T;
}

/**
 * A table in memory: columns of one length. Immutable: a verb returns a new table, which shares
 * every column that it need not change, and keeps what is known of each. Verbs that compute run
 * off the main thread and return promises; they take a `signal`, which ends them, and `threads`. The
 * arrays of the columns must not be written to meanwhile.
 *
 * An element is null by TNULLn, as an undefined logical, a blank field of an ASCII table, or, in
 * columns of floats, as NaN (FITS Standard 4.0, sections 6.3 and 7.3.3). Comparisons with null are
 * neither true nor false; aggregates leave nulls out.
 *
 * @example
 * ```ts
 * const { table } = await readTable("catalogue.fits");
 * const bright = await table.filter("mag < 20 AND class = 'QSO'");
 * const nearest = (await bright.sort("redshift")).head(10);
 * console.log(String(nearest));
 * ```
 */
export class FitsTable implements ColumnSet, Iterable<Row> {
  /** Rows. */
  readonly rows: number;
  /** The columns, in order. */
  readonly columns: readonly Column[];
  /** Whether names are known to differ. */
  #isDistinct = false;

  /**
   * A table of columns, which are taken as they are.
   *
   * @param rows For tables without columns.
   * @throws {TableError} TABLE_ROWS when the columns differ in length.
   */
  constructor(columns: readonly Column[], rows: number = columns[0]?.rows ?? 0) {
    for (const column of columns) {
      if (column.rows === rows) continue;
      throw tableError({
        code: "TABLE_ROWS",
        what: "the column has another number of rows than the table",
        expected: String(rows),
        found: String(column.rows),
        column: column.info.name,
      });
    }
    this.rows = rows;
    this.columns = Object.freeze([...columns]);
  }

  /** The columns of a read, without copying them. */
  static from(table: Table): FitsTable {
    return new FitsTable(table.columns, table.rows);
  }

  /**
   * A table of values by name, as {@link makeColumn} takes them.
   *
   * @example
   * ```ts
   * const table = FitsTable.of({ id: BigInt64Array.of(7n, 8n), mag: [19.5, 21.2] });
   * ```
   */
  static of(values: Readonly<Record<string, ColumnValues>>): FitsTable {
    return new FitsTable(Object.entries(values).map(([name, of]) => makeColumn(name, of)));
  }

  /**
   * A table of tensors by name, such as a batch of `Dataset.rows` has: `[rows]` or `[rows, ...cell]`, in
   * the tensors' own memory, which for a batch ends with its release. NaN is null in floats; other
   * nulls are what the loader filled them with. A tensor `NAME.offsets` makes `NAME` a column of cells
   * of different length.
   *
   * @param schema What is known of the columns, as `table.schema` tells it: units, UCDs, logicals. Names
   *   that it lacks are plain numbers.
   * @throws {TableError} TABLE_TYPE where shape or dtype do not fit the data; TABLE_ROWS where tensors
   *   differ in length.
   */
  static fromTensors(
    tensors: Readonly<Record<string, NdArray>>,
    schema: readonly ColumnMetadata[] = [],
  ): FitsTable {
    return new FitsTable(columnsOfTensors(tensors, schema));
  }

  /**
   * Tables below each other: columns by name, in the order of the first table, whose metadata stays.
   *
   * @throws {TableError} TABLE_NO_COLUMN for one that a table lacks; TABLE_TYPE when types, shapes
   *   or units differ.
   */
  static concat(tables: readonly FitsTable[]): FitsTable {
    const [first, ...others] = tables;
    if (first === undefined) return new FitsTable([]);
    const columns = first.columns.map((column) =>
      joinColumns([column, ...others.map((table) => table.column(column.info.name))]),
    );
    return new FitsTable(
      columns,
      tables.reduce((rows, table) => rows + table.rows, 0),
    );
  }

  /** Names, in the order of the columns. */
  get names(): readonly string[] {
    return this.columns.map(({ info }) => info.name);
  }

  /** What is known of each column. */
  get schema(): readonly ColumnMetadata[] {
    return this.columns.map(({ info }) => info);
  }

  /** Rows and columns. */
  get shape(): readonly [rows: number, columns: number] {
    return [this.rows, this.columns.length];
  }

  /** Whether there is a column of this name. */
  has(name: string): boolean {
    return this.#find(name) !== undefined;
  }

  /**
   * A column by name or position. Case does not matter, as in FITS; where names differ in nothing
   * else, the exact one is meant.
   *
   * @throws {TableError} TABLE_NO_COLUMN, which suggests the nearest name.
   */
  column(which: string | number): Column {
    const column = typeof which === "number" ? this.columns[which] : this.#find(which);
    if (column !== undefined) return column;
    const nearest = typeof which === "string" ? nearestName(which, this.names) : undefined;
    throw tableError({
      code: "TABLE_NO_COLUMN",
      what: `the table has no such column${nearest === undefined ? "" : `, did you mean ${nearest}?`}`,
      expected:
        typeof which === "number" ? `0 to ${this.columns.length - 1}` : this.names.join(", "),
      found: String(which),
    });
  }

  #find(name: string): Column | undefined {
    const lower = name.toLowerCase();
    return (
      this.columns.find(({ info }) => info.name === name) ??
      this.columns.find(({ info }) => info.name.toLowerCase() === lower)
    );
  }

  /**
   * The values of a column of fixed cells as one array, row after row: the column's own memory.
   *
   * @throws {TableError} TABLE_TYPE for strings and cells of variable length.
   */
  numbers(which: string | number): TypedArray {
    const column = this.column(which);
    if (column.layout === "fixed") return column.data;
    throw wrongType(column, "its cells are no fixed number of values", "a column of numbers");
  }

  /**
   * A column of one number a row as float64, NaN where it is null: its own memory where it is float64
   * already and nothing is null.
   *
   * @throws {TableError} TABLE_TYPE for other columns, and for 64-bit integers that a double would
   *   round.
   */
  floats(which: string | number): Float64Array {
    return floatsOf(this.column(which));
  }

  /**
   * The strings of a column.
   *
   * @throws {TableError} TABLE_TYPE for other columns.
   */
  strings(which: string | number): string[] {
    const column = this.column(which);
    if (column.layout === "string") return column.toArray();
    throw wrongType(column, "its cells are no strings", "a column of strings");
  }

  /** `count` rows from `first` on (to the end by default), in the memory of this table. */
  slice(first: number, count: number = this.rows - first): FitsTable {
    const isGood = Number.isInteger(first) && Number.isInteger(count) && first >= 0 && count >= 0;
    if (!isGood || first + count > this.rows) {
      throw tableError({
        code: "TABLE_BAD_ARGUMENT",
        what: "the table has no such rows",
        expected: `whole numbers within 0 to ${this.rows}`,
        found: `${first} to ${first + count}`,
      });
    }
    return new FitsTable(
      this.columns.map((column) => sliceColumn(column, first, count)),
      count,
    );
  }

  /** The first rows. */
  head(count: number = 5): FitsTable {
    return this.slice(0, Math.min(count, this.rows));
  }

  /** The last rows. */
  tail(count: number = 5): FitsTable {
    const shown = Math.min(count, this.rows);
    return this.slice(this.rows - shown, shown);
  }

  /** These columns, in this order. */
  select(names: readonly string[]): FitsTable {
    return new FitsTable(
      names.map((name) => this.column(name)),
      this.rows,
    );
  }

  /** The other columns. */
  drop(names: readonly string[]): FitsTable {
    const dropped = new Set(names.map((name) => this.column(name)));
    return new FitsTable(
      this.columns.filter((column) => !dropped.has(column)),
      this.rows,
    );
  }

  /**
   * New names by old ones; or, where names repeat, made by a function of each column and its position.
   *
   * @throws {TableError} TABLE_DUPLICATE_COLUMN when two columns would have one name.
   */
  rename(names: Renaming): FitsTable {
    return new FitsTable(renamedColumns(this, names), this.rows);
  }

  /**
   * With a column more, or in place of the one of this name: values as {@link makeColumn} takes
   * them, or a column of another table.
   */
  withColumn(name: string, values: ColumnValues | Column, options: ColumnOptions = {}): FitsTable {
    const isColumn = "layout" in values;
    const column = isColumn ? withInfo(values, { name }) : makeColumn(name, values, options);
    return this.#with(name, column);
  }

  #with(name: string, column: Column): FitsTable {
    const old = this.#find(name);
    const columns =
      old === undefined
        ? [...this.columns, column]
        : this.columns.map((other) => (other === old ? column : other));
    return new FitsTable(columns, this.columns.length === 0 ? column.rows : this.rows);
  }

  /**
   * With a column that is calculated of others, in the language of `where` (docs/where.md): numbers
   * as float64, integers as int64, conditions as logicals.
   *
   * @example
   * ```ts
   * const colours = await table.withExpression("g_r", "g - r", { unit: "mag" });
   * ```
   * @throws {FitsError} FITS_BAD_ARGUMENT, which points at what is wrong.
   */
  async withExpression(
    name: string,
    expression: string | Expression<never>,
    options: Omit<ColumnOptions, "validity" | "offsets" | "kind" | "cellShape"> = {},
  ): Promise<FitsTable> {
    const values = await evaluateExpression(expression, this.columns, this.rows);
    return this.#with(name, columnOfValues(name, values, options));
  }

  /** With other metadata of a column: unit (not converted, see {@link convertUnits}), UCD, limits. */
  withMetadata(name: string, change: MetadataChange): FitsTable {
    const old = this.column(name);
    return this.#with(old.info.name, withInfo(old, change));
  }

  /**
   * With values that stand for no value, such as -9999 or 99, as nulls: NaN in floats. Floats are
   * compared in their own precision.
   *
   * @example
   * ```ts
   * const honest = table.withNulls(["g", "r", "i"], [99, -9999]);
   * ```
   */
  withNulls(names: readonly string[], values: readonly Sentinel[]): FitsTable {
    let table: FitsTable = this;
    for (const name of names) {
      const old = table.column(name);
      table = table.#with(old.info.name, withoutSentinels(old, values));
    }
    return table;
  }

  /**
   * The rows of which a condition is true, or whose place in a mask is not 0.
   *
   * @param where A condition in the language of docs/where.md, as text or built; or a mask of one
   *   element a row.
   * @throws {FitsError} FITS_BAD_ARGUMENT, which points at what is wrong in a text.
   */
  async filter(
    where: string | BooleanExpression | Uint8Array | readonly boolean[],
    control: RelationOptions = {},
  ): Promise<FitsTable> {
    const mask = await this.#maskOf(where);
    control.signal?.throwIfAborted();
    return this.take(await selectRows(mask), control);
  }

  async #maskOf(
    where: string | BooleanExpression | Uint8Array | readonly boolean[],
  ): Promise<Uint8Array> {
    if (typeof where === "string" || !("length" in where)) {
      const result = await evaluateExpression(where, this.columns, this.rows);
      if (result.type === "boolean") return result.values;
      throw tableError({
        code: "TABLE_BAD_ARGUMENT",
        what: "a filter needs a condition",
        expected: "true or false for each row",
        found: `${result.type}: ${String(where)}`,
      });
    }
    if (where.length === this.rows) {
      return where instanceof Uint8Array ? where : Uint8Array.from(where, Number);
    }
    throw tableError({
      code: "TABLE_ROWS",
      what: "the mask has another length than the table",
      expected: String(this.rows),
      found: String(where.length),
    });
  }

  /** Rows by position, in this order, also more than once. */
  async take(rows: Uint32Array, control: RelationOptions = {}): Promise<FitsTable> {
    const columns: Column[] = [];
    for (const column of this.columns) columns.push(await gatherColumn(column, rows, control));
    return new FitsTable(columns, rows.length);
  }

  /**
   * Rows in ascending order of one column, or of several, the first one first. Stable; nulls come
   * last unless told otherwise; strings by their bytes.
   *
   * @example
   * ```ts
   * const sorted = await table.sort([{ column: "class" }, { column: "mag", descending: true }]);
   * ```
   */
  async sort(
    by: string | readonly (string | SortKey)[],
    options: SortOptions = {},
  ): Promise<FitsTable> {
    return this.take(await sortedRows(this, by, options), options);
  }

  /** Rows that are equal in these columns, together: see {@link GroupedTable.agg}. */
  groupBy(keys: string | readonly string[]): GroupedTable<FitsTable> {
    const names = typeof keys === "string" ? [keys] : keys;
    return new GroupedTable(this, names, (columns, rows) => new FitsTable(columns, rows));
  }

  /**
   * The rows of this table with those of another one that are equal in the key columns. Null keys
   * match nothing. Rows come in the order of this table, partners in the order of the other.
   *
   * @throws {TableError} TABLE_TYPE for keys of different types.
   */
  async join(
    other: FitsTable,
    on: JoinKeys,
    how: JoinKind = "inner",
    options: JoinOptions = {},
  ): Promise<FitsTable> {
    return new FitsTable(...(await joinedColumns(this, other, on, how, options)));
  }

  /** `count` rows drawn without replacement, in the order of the table; the same for one seed. */
  async sample(count: number, seed: number = 0): Promise<FitsTable> {
    if (Number.isInteger(count) && count >= 0 && count <= this.rows) {
      return this.take(drawRows(this.rows, count, seed));
    }
    throw tableError({
      code: "TABLE_BAD_ARGUMENT",
      what: "so many rows cannot be drawn",
      expected: `a whole number from 0 to ${this.rows}`,
      found: String(count),
    });
  }

  /**
   * Parts of the table by name, each row in one of them, by a hash of the values of some columns: the
   * same objects land in the same part whatever file they are read from, and in whatever order.
   *
   * @param parts Fractions by name, whose sum is 1.
   * @example
   * ```ts
   * const { train, test } = await table.split({ train: 0.8, test: 0.2 }, { by: "id" });
   * ```
   * @throws {TableError} TABLE_BAD_ARGUMENT for fractions that are none.
   */
  async split<Name extends string>(
    parts: Readonly<Record<Name, number>>,
    { by, seed, ...control }: SplitOptions & RelationOptions = {},
  ): Promise<Record<Name, FitsTable>> {
    const rows = splitRows(this, parts, { by, seed });
    const tables: (readonly [string, FitsTable])[] = [];
    for (const name of Object.keys(rows) as Name[]) {
      tables.push([name, await this.take(rows[name], control)]);
    }
    return Object.fromEntries(tables) as Record<Name, FitsTable>;
  }

  /** The first row of each set of rows that are equal in these columns (all by default). */
  async unique(
    columns: readonly string[] = this.names,
    control: RelationOptions = {},
  ): Promise<FitsTable> {
    return this.take(await distinctRows(this, columns, control), control);
  }

  /**
   * A table of statistics: a row for each column of numbers, with its unit, count of values and
   * nulls, mean, sample standard deviation, extremes and quartiles, as float64.
   */
  async describe(control: RelationOptions = {}): Promise<FitsTable> {
    return new FitsTable(await described(this, control));
  }

  /**
   * Percentiles of a column of numbers, between values by linear interpolation, as numpy's. NaN
   * where there is no value.
   *
   * @param q 0 to 100.
   */
  async percentile(name: string, q: number): Promise<number> {
    const wanted = [{ name, operation: { quantile: q / 100 } }];
    const [result] = await aggregated(this.column(name), wanted, { groups: 1 });
    return result?.layout === "fixed" && result.nulls === 0 ? Number(result.data[0]) : Number.NaN;
  }

  /**
   * With a column in another unit, its limits too. Units are as in FITS (Standard 4.0, section 4.3).
   *
   * @example
   * ```ts
   * const inRadians = table.convertUnits("ra", "rad");
   * ```
   * @throws {TableError} TABLE_UNIT for units that are not known or do not convert.
   */
  convertUnits(name: string, unit: string): FitsTable {
    const old = this.column(name);
    return this.#with(old.info.name, inUnit(old, unit));
  }

  /**
   * Columns as arrays by name: `[rows]`, or `[rows, ...cell]`, in the columns' own memory where the
   * dtype stays and nothing is filled.
   *
   * @throws {TableError} TABLE_TYPE for text, cells of variable length, nulls without a `fill`, and
   *   dtypes that do not hold the values.
   */
  toTensors(options: TensorOptions = {}): Record<string, NdArray> {
    const { columns } = options.columns === undefined ? this : this.select(options.columns);
    checkDistinct(columns);
    return Object.fromEntries(
      columns.map((column) => [column.info.name, tensorOf(column, options)]),
    );
  }

  /** Columns on a device, such as `cpu()` or `tfjs(tf)` of `@fitstream/dataset`. */
  to<T>(device: TensorDevice<T>, options: TensorOptions = {}): T {
    return device.upload(this.toTensors(options));
  }

  /**
   * Row `i` as an object.
   *
   * @throws {TableError} TABLE_DUPLICATE_COLUMN when names repeat: an object would lose columns.
   */
  row(i: number): Row {
    if (!(Number.isInteger(i) && i >= 0 && i < this.rows)) {
      throw tableError({
        code: "TABLE_BAD_ARGUMENT",
        what: "the table has no such row",
        expected: `0 to ${this.rows - 1}`,
        found: String(i),
      });
    }
    if (!this.#isDistinct) checkDistinct(this.columns);
    this.#isDistinct = true;
    return Object.fromEntries(this.columns.map((column) => [column.info.name, cellAt(column, i)]));
  }

  /** All rows as objects: for small tables, and for what leaves for JSON. */
  toRows(): Row[] {
    return [...this];
  }

  /** Rows as objects, one after the other. */
  *[Symbol.iterator](): Iterator<Row> {
    for (let i = 0; i < this.rows; ++i) yield this.row(i);
  }

  /** Names, units, types, and the first and last rows. */
  toString(): string {
    return formatTable(this);
  }
}

// What `console.log` and notebooks show. Not methods of the class: declarations cannot name them.
Object.defineProperties(FitsTable.prototype, {
  [inspect.custom]: { value: FitsTable.prototype.toString },
  [Symbol.for("Jupyter.display")]: {
    value(this: FitsTable): Readonly<Record<string, string>> {
      return { "text/plain": formatTable(this), "text/html": tableHtml(this) };
    },
  },
});
