import { type Column, factorize, type RelationOptions, type Statistic } from "@fitstream/native";
import { gatherColumn } from "../column/column-rows.js";
import type { ColumnSet } from "../column/column-set.js";
import { makeColumn } from "../column/columns.js";
import { keyOf } from "../column/keys.js";
import { checkDistinct } from "../column/names.js";
import { tableError } from "../errors.js";
import { aggregated, operationName, type Wanted } from "./aggregate.js";

/** A column of the result that has a name of its own. */
export interface NamedAggregate {
  /** What is calculated. */
  readonly operation: Statistic;
  /** Of which column; `count` needs none and then counts rows. */
  readonly column?: string;
}

/**
 * What {@link GroupedTable.agg} calculates. By the name of a column: operations, whose results are
 * named `mag_mean` and so on; or by the name of the result: a {@link NamedAggregate}.
 */
export type Aggregates = Readonly<
  Record<string, Statistic | readonly Statistic[] | NamedAggregate>
>;

function namedOf(aggregates: Aggregates): [name: string, NamedAggregate][] {
  return Object.entries(aggregates).flatMap(([key, wanted]) => {
    if (typeof wanted === "object" && "operation" in wanted) return [[key, wanted]];
    const operations: readonly Statistic[] = Array.isArray(wanted) ? wanted : [wanted as Statistic];
    return operations.map((operation): [string, NamedAggregate] => [
      `${key}_${operationName(operation)}`,
      { operation, column: key },
    ]);
  });
}

/**
 * Rows that are equal in some columns, together. Made by `FitsTable.groupBy`.
 *
 * @typeParam T The table that comes out.
 */
export class GroupedTable<T> {
  readonly #table: ColumnSet;
  readonly #keys: readonly Column[];
  readonly #make: (columns: readonly Column[], rows: number) => T;

  /** Made by `FitsTable.groupBy`. */
  constructor(
    table: ColumnSet,
    keys: readonly string[],
    make: (columns: readonly Column[], rows: number) => T,
  ) {
    this.#table = table;
    this.#make = make;
    this.#keys = keys.map((key) => table.column(key));
    if (keys.length === 0) {
      throw tableError({
        code: "TABLE_BAD_ARGUMENT",
        what: "groupBy needs columns",
        expected: "one or more",
        found: "none",
      });
    }
  }

  /**
   * One row a group, in the order in which the groups first appear: the keys, then the results.
   * Nulls are left out of every operation; nulls of a key form a group of their own. A result is
   * null where a group has no value, `std` (of a sample, divided by n - 1) also where it has one.
   *
   * @example
   * ```ts
   * const stats = await table.groupBy("class").agg({
   *   mag: ["mean", "std", { quantile: 0.9 }],
   *   objects: { operation: "count" },
   * });
   * ```
   * @throws {TableError} TABLE_NO_COLUMN; TABLE_TYPE for columns that cannot be calculated with.
   */
  async agg(aggregates: Aggregates, control: RelationOptions = {}): Promise<T> {
    const table = this.#table;
    const named = namedOf(aggregates);
    const keys = this.#keys.map((key) => keyOf(key, "groupBy"));
    const { groups, codes, firsts } = await factorize(keys, table.rows, control);
    const results = new Map<string, Column>();
    if (named.some(([, { column }]) => column === undefined)) {
      const counts = new Float64Array(groups);
      for (const code of codes) counts[code] = (counts[code] ?? 0) + 1;
      for (const [name, { column }] of named) {
        if (column === undefined) results.set(name, makeColumn(name, counts));
      }
    }
    for (const [column, wanted] of this.#byColumn(named)) {
      const calculated = await aggregated(column, wanted, { codes, groups }, control);
      for (const result of calculated) results.set(result.info.name, result);
    }
    const columns: Column[] = [];
    for (const key of this.#keys) columns.push(await gatherColumn(key, firsts, control));
    columns.push(...named.flatMap(([name]) => results.get(name) ?? []));
    checkDistinct(columns);
    return this.#make(columns, groups);
  }

  /** What is wanted of each column, which one pass gives. */
  #byColumn(named: readonly (readonly [string, NamedAggregate])[]): Map<Column, Wanted[]> {
    const byColumn = new Map<Column, Wanted[]>();
    for (const [name, { operation, column }] of named) {
      if (column === undefined) continue;
      const of = this.#table.column(column);
      byColumn.set(of, [...(byColumn.get(of) ?? []), { name, operation }]);
    }
    return byColumn;
  }

  /** How many rows each group has, as column `count`. */
  count(control: RelationOptions = {}): Promise<T> {
    return this.agg({ count: { operation: "count" } }, control);
  }

  /** The mean of each column of numbers that is no key. */
  mean(control: RelationOptions = {}): Promise<T> {
    return this.#each("mean", control);
  }

  /** The sum of each column of numbers that is no key. */
  sum(control: RelationOptions = {}): Promise<T> {
    return this.#each("sum", control);
  }

  #each(operation: Statistic, control: RelationOptions): Promise<T> {
    const columns = this.#table.columns.filter(
      (column) =>
        !this.#keys.includes(column) &&
        column.layout === "fixed" &&
        column.info.kind === "number" &&
        column.info.cellShape.length === 0,
    );
    return this.agg(Object.fromEntries(columns.map(({ info }) => [info.name, operation])), control);
  }
}
