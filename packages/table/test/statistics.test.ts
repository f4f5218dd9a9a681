import { ColumnStatistics, FrameStatistics } from "@fitstream/table/frame";
import { describe, expect, it } from "vitest";
import { noise, sdss } from "./helpers/catalogues.js";

const ROWS = 100_000;

/** Log-normal numbers with a large mean, which naive sums of squares lose. */
function sample(rows = ROWS): Float64Array {
  const random = noise(7);
  const normal = (): number =>
    Math.sqrt(-2 * Math.log(1 - random.next().value)) * Math.cos(2 * Math.PI * random.next().value);
  return Float64Array.from({ length: rows }, () => 1e6 + Math.exp(normal()));
}

function measured(numbers: Float64Array): ColumnStatistics {
  const out = new ColumnStatistics();
  const keys = Array.from(numbers, (value) => Math.floor(value) % 50);
  out.add({ rows: numbers.length, nulls: 1, nan: 2, sentinels: 3, numbers, keys });
  return out;
}

/** Statistics of parts of unequal size, merged by way of JSON. */
function merged(numbers: Float64Array, shards: number): ColumnStatistics {
  const out = new ColumnStatistics();
  let begin = 0;
  for (let shard = 1; shard <= shards; ++shard) {
    const end = Math.round(numbers.length * (shard / shards) ** 2);
    const part = measured(numbers.subarray(begin, end));
    out.merge(ColumnStatistics.from(JSON.parse(JSON.stringify(part))));
    begin = end;
  }
  return out;
}

/** How far the fraction of numbers up to `value` is from the one asked for. */
function rankDistance(sorted: Float64Array, value: number, fraction: number): number {
  let below = 0;
  while (below < sorted.length && (sorted[below] as number) < value) below += 1;
  let upTo = below;
  while (upTo < sorted.length && sorted[upTo] === value) upTo += 1;
  const [low, high] = [below / sorted.length, upTo / sorted.length];
  return fraction < low ? low - fraction : Math.max(0, fraction - high);
}

describe("statistics", () => {
  const numbers = sample();
  const sorted = numbers.slice().sort();
  const mean = numbers.reduce((a, b) => a + (b - 1e6), 0) / ROWS + 1e6;
  const std = Math.sqrt(numbers.reduce((a, b) => a + (b - mean) ** 2, 0) / ROWS);

  it.each([1, 2, 7])("of %i shards are those of the whole", (shards) => {
    const found = merged(numbers, shards).summary();
    expect(found).toMatchObject({ rows: ROWS, nulls: shards, nan: 2 * shards });
    const { numbers: summary, categories } = found;
    expect(summary?.count).toBe(ROWS);
    expect(Math.abs((summary?.mean ?? 0) / mean - 1)).toBeLessThan(1e-12);
    expect(Math.abs((summary?.std ?? 0) / std - 1)).toBeLessThan(1e-9);
    expect([summary?.min, summary?.max]).toEqual([sorted[0], sorted.at(-1)]);
    expect(categories).toEqual(measured(numbers).summary().categories);
    expect(summary?.rankError).toBeGreaterThan(0);
    expect(summary?.rankError).toBeLessThan(0.005);
    for (const [percent, value] of Object.entries(summary?.quantiles ?? {})) {
      const distance = rankDistance(sorted, value, Number(percent) / 100);
      expect(distance, percent).toBeLessThanOrEqual((summary?.rankError ?? 0) + 1e-12);
    }
  });

  it("merge to the same mean and std in any number of shards", () => {
    const one = merged(numbers, 1).summary().numbers;
    for (const shards of [2, 7]) {
      const some = merged(numbers, shards).summary().numbers;
      expect(Math.abs((some?.mean ?? 0) / (one?.mean ?? 1) - 1)).toBeLessThan(1e-12);
      expect(Math.abs((some?.std ?? 0) / (one?.std ?? 1) - 1)).toBeLessThan(1e-12);
    }
  });

  it("hold to their stated error on sorted, reversed and repeated numbers", () => {
    const rows = 60_000;
    const orders = {
      sorted: Float64Array.from({ length: rows }, (_, i) => i),
      reversed: Float64Array.from({ length: rows }, (_, i) => rows - i),
      repeated: Float64Array.from({ length: rows }, (_, i) => i % 3),
      sawtooth: Float64Array.from({ length: rows }, (_, i) => i % 4096),
    };
    for (const [name, values] of Object.entries(orders)) {
      const { quantiles = {}, rankError = 0 } = measured(values).summary().numbers ?? {};
      const inOrder = values.slice().sort();
      for (const [percent, value] of Object.entries(quantiles)) {
        const distance = rankDistance(inOrder, value, Number(percent) / 100);
        expect(distance, `${name} ${percent}`).toBeLessThanOrEqual(rankError + 1e-12);
      }
    }
  });

  it("are exact while all numbers are kept", () => {
    const few = Float64Array.of(5, 1, Number.NaN, 4, 2, 3);
    const { numbers: summary } = measured(few).summary();
    expect(summary).toMatchObject({ count: 5, mean: 3, std: Math.SQRT2, rankError: 0 });
    expect(summary?.quantiles).toMatchObject({ 0: 1, 25: 2, 50: 3, 75: 4, 100: 5 });
  });

  it("list categories by count, then by value", () => {
    const statistics = new ColumnStatistics();
    const missing = { nulls: 0, nan: 0, sentinels: 0 };
    statistics.add({ rows: 6, ...missing, keys: ["b", "10", null, "9", "a", "b"] });
    statistics.add({ rows: 2, ...missing, keys: [9n, 10] });
    expect(statistics.summary().categories).toEqual({
      values: ["9", "10", "b", "a"],
      counts: [2, 2, 2, 1],
      error: 0,
    });
  });

  it("keep the most frequent of too many categories, within the stated error", () => {
    const rows = 400_000;
    const statistics = new ColumnStatistics();
    const keys = Array.from({ length: rows }, (_, i) => (i % 4 === 0 ? "often" : i));
    const missing = { nulls: 0, nan: 0, sentinels: 0 };
    for (let i = 0; i < rows; i += 50_000) {
      statistics.add({ rows: 50_000, ...missing, keys: keys.slice(i, i + 50_000) });
    }
    const { values = [], counts = [], error = 0 } = statistics.summary().categories ?? {};
    expect(values[0]).toBe("often");
    expect(values.length).toBeLessThanOrEqual(2 ** 17);
    expect(error).toBeGreaterThan(0);
    expect(error).toBeLessThanOrEqual(rows / 2 ** 16);
    expect(counts[0]).toBeLessThanOrEqual(rows / 4);
    expect(counts[0]).toBeGreaterThanOrEqual(rows / 4 - error);
  });

  it("are empty without numbers", () => {
    const { numbers: summary } = measured(Float64Array.of(Number.NaN)).summary();
    expect(summary).toMatchObject({ count: 0, mean: 0, std: 0, min: null, max: null });
    expect(new ColumnStatistics().summary().numbers).toBeUndefined();
  });
});

it("ranks numbers of both signs", () => {
  const statistics = new ColumnStatistics();
  // 7919 is prime to 10,001: every whole number from -5000 to 5000, in another order.
  const numbers = Float64Array.from({ length: 10_001 }, (_, i) => ((i * 7919) % 10_001) - 5000);
  statistics.add({ rows: numbers.length, nulls: 0, nan: 0, sentinels: 0, numbers });
  const { quantiles = {}, rankError = 1 } = statistics.summary().numbers ?? {};
  expect(rankError).toBeLessThan(0.005);
  for (const [percent, value] of Object.entries(quantiles)) {
    const rank = (value + 5000) / 10_000;
    expect(Math.abs(rank - Number(percent) / 100), percent).toBeLessThanOrEqual(rankError + 1e-4);
  }
});

describe("statistics of a frame", () => {
  it("merge over workers as those of one", () => {
    const tables = Array.from({ length: 7 }, (_, i) => sdss(300, i + 1));
    const plan = FrameStatistics.plan(sdss(), { target: "class" });
    const start = (): FrameStatistics => FrameStatistics.from(JSON.parse(JSON.stringify(plan)));
    const whole = start();
    for (const table of tables) whole.add(table);
    const total = start();
    for (const table of tables) {
      const part = start();
      part.add(table);
      total.merge(FrameStatistics.from(JSON.parse(JSON.stringify(part))));
    }
    const [one, seven] = [whole.summaries(), total.summaries()];
    expect(Object.keys(seven)).toEqual(Object.keys(one));
    for (const [feature, parts] of Object.entries(one)) {
      for (const [name, expected] of Object.entries(parts)) {
        const found = seven[feature]?.[name];
        expect({ ...found, numbers: 0 }).toEqual({ ...expected, numbers: 0 });
        const [mean = 0, std = 0] = [expected.numbers?.mean, expected.numbers?.std];
        expect(Math.abs((found?.numbers?.mean ?? 0) - mean)).toBeLessThanOrEqual(
          1e-12 * Math.abs(mean),
        );
        expect(Math.abs((found?.numbers?.std ?? 0) - std)).toBeLessThanOrEqual(1e-12 * std);
      }
    }
  });

  it("do not merge with those of another plan", () => {
    const one = FrameStatistics.plan(sdss());
    const other = FrameStatistics.plan(sdss(), { dtype: "float64" });
    expect(() => one.merge(other)).toThrow(/different frames/);
  });
});
