/** Sorting, grouping and joining, as DuckDB does them. */
import { type Column, DTYPES, viewOf } from "@fitstream/native";
import { FitsTable, makeColumn, type Row } from "@fitstream/table";
import { sql } from "@fitstream/table/duckdb";
import { describe, expect, it } from "vitest";
import { Random } from "../../native/test/helpers/random.js";

const random = new Random(41);

/** Few values, so that many rows are equal; some are null. */
function randomTable(rows: number): FitsTable {
  const validity = (): Uint8Array | undefined =>
    random.next() < 0.5 ? random.bytes((rows + 7) >> 3).map((bits) => bits | 0x5b) : undefined;
  const numbers = DTYPES.map((dtype): Column => {
    const data = viewOf(dtype, new ArrayBuffer(8 * rows), 0, rows);
    const spread = 2 + random.int(40);
    for (let i = 0; i < rows; ++i) {
      const value = random.int(spread) - (dtype.startsWith("u") ? 0 : spread >> 1);
      if (data instanceof BigInt64Array || data instanceof BigUint64Array) {
        data[i] = BigInt(value) * (dtype === "int64" ? 2n ** 53n + 1n : 2n ** 54n + 1n);
      } else if (dtype.startsWith("float")) {
        data[i] = random.next() < 0.1 ? Number.NaN : value / 8;
      } else {
        data[i] = value;
      }
    }
    return makeColumn(dtype, data, { validity: validity() });
  });
  const words = Array.from({ length: rows }, () => random.pick(["", "a", "ab", "b", "B", "QSO"]));
  return new FitsTable([
    makeColumn(
      "row",
      Float64Array.from({ length: rows }, (_, i) => i),
    ),
    ...numbers,
    makeColumn("word", words, { validity: validity() }),
    makeColumn(
      "good",
      words.map(() => random.int(2) === 1),
      { validity: validity() },
    ),
  ]);
}

const keys = [...DTYPES, "word", "good"];

/** Floats to twelve digits: sums in another order differ in the last ones. */
function rounded(rows: readonly Row[]): readonly unknown[] {
  return rows.map((row) =>
    Object.values(row).map((cell) => {
      if (typeof cell === "bigint") return String(cell);
      return typeof cell === "number" ? Number(cell.toPrecision(12)) : cell;
    }),
  );
}

const by = (rows: readonly unknown[]): readonly unknown[] =>
  rows.toSorted((a, b) => (JSON.stringify(a) < JSON.stringify(b) ? -1 : 1));

describe("random tables", () => {
  const tables = Array.from({ length: 12 }, () => randomTable(random.int(400)));

  it("are sorted as by ORDER BY", async () => {
    for (const t of tables) {
      const wanted = [random.pick(keys), random.pick(keys)].map((column) => ({
        column,
        descending: random.next() < 0.5,
        nulls: random.pick(["first", "last"] as const),
      }));
      const order = wanted.map(
        ({ column, descending, nulls }) =>
          `"${column}" ${descending ? "DESC" : "ASC"} NULLS ${nulls.toUpperCase()}`,
      );
      const expected = await sql({ t }, `select "row" from t order by ${order.join(", ")}, "row"`);
      const found = (await t.sort(wanted)).numbers("row");
      expect(found, order.join(", ")).toEqual(expected.numbers("row"));
    }
  });

  it("are grouped as by GROUP BY", async () => {
    for (const t of tables) {
      const group = [...new Set([random.pick(keys), random.pick(keys)])];
      const value = random.pick(DTYPES.filter((dtype) => !group.includes(dtype)));
      const names = group.map((key) => `"${key}"`).join(", ");
      const v = `"${value}"`;
      const expected = await sql(
        { t },
        `select ${names}, count(${v})::double, sum(${v}::double), avg(${v}::double),
          stddev_samp(${v}::double), min(${v})::double, max(${v})::double,
          median(${v}::double), quantile_cont(${v}::double, 0.9), count(*)::double
        from t group by ${names}`,
      );
      const found = await t.groupBy(group).agg({
        [value]: ["count", "sum", "mean", "std", "min", "max", "median", { quantile: 0.9 }],
        n: { operation: "count" },
      });
      // DuckDB's are doubles, ours in the type of the column: all of these fit.
      const ours = rounded(found.toRows()).map((cells) =>
        (cells as readonly unknown[]).map((cell, i) =>
          i >= group.length && typeof cell === "string"
            ? Number(Number(cell).toPrecision(12))
            : cell,
        ),
      );
      expect(by(ours), `${value} by ${names}`).toEqual(by(rounded(expected.toRows())));
    }
  });

  it("are joined as by JOIN", async () => {
    for (const [i, t] of tables.entries()) {
      const left = t.slice(0, Math.min(t.rows, 60));
      const other = tables[(i + 1) % tables.length] ?? t;
      const right = other.slice(0, Math.min(other.rows, 60)).rename({ row: "place" });
      const on = [...new Set([random.pick(keys), random.pick(keys)])];
      const equal = on.map((key) => `l."${key}" = r."${key}"`).join(" AND ");
      for (const [how, text] of [
        ["inner", "JOIN"],
        ["left", "LEFT JOIN"],
        ["outer", "FULL JOIN"],
        ["semi", "SEMI JOIN"],
        ["anti", "ANTI JOIN"],
      ] as const) {
        const isOne = how === "semi" || how === "anti";
        const places = isOne ? `l."row"` : `l."row", r."place"`;
        const expected = await sql(
          { l: left, r: right },
          `select ${places} from l ${text} r on ${equal}`,
        );
        const found = await left.join(right, on, how);
        const shown = found.select(isOne ? ["row"] : ["row", "place"]);
        expect(by(rounded(shown.toRows())), `${text} on ${equal}`).toEqual(
          by(rounded(expected.toRows())),
        );
      }
    }
  });

  it("have DuckDB's distinct rows and quantiles", async () => {
    for (const t of tables) {
      const columns = [random.pick(keys), "word"];
      const names = columns.map((name) => `"${name}"`).join(", ");
      const expected = await sql({ t }, `select distinct ${names} from t`);
      const found = (await t.unique(columns)).select(columns);
      expect(by(rounded(found.toRows()))).toEqual(by(rounded(expected.toRows())));
      for (const q of [0, 5, 37.5, 100]) {
        const [row] = (
          await sql({ t }, `select quantile_cont("float64", ${q / 100}) from t`)
        ).toRows();
        const [value = null] = Object.values(row ?? {});
        const ours = await t.percentile("float64", q);
        if (value === null) expect(ours).toBeNaN();
        else expect(ours).toBeCloseTo(Number(value), 12);
      }
    }
  });
});
