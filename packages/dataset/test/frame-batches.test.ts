import { join } from "node:path";
import { DataLoader, Dataset, readTable } from "@fitstream/dataset";
import { TensorFrame } from "@fitstream/dataset/frame";
import { FitsTable, makeColumn, writeTable } from "@fitstream/table";
import { afterAll, expect, it } from "vitest";
import { temporaryFolder } from "./helpers/survey.js";

const folder = temporaryFolder();
afterAll(() => folder[Symbol.dispose]());

it("encodes the batches of a loader as the table that they are of", async () => {
  const path = join(folder.path, "sky.fits");
  const of = (value: (row: number) => number): Float64Array =>
    Float64Array.from({ length: 100 }, (_, row) => (row % 9 === 4 ? Number.NaN : value(row)));
  const written = new FitsTable([
    makeColumn(
      "row",
      Int32Array.from({ length: 100 }, (_, row) => row),
    ),
    makeColumn(
      "ra",
      of((row) => row / 10),
      { unit: "hourangle" },
    ),
    makeColumn(
      "dec",
      of((row) => row / 2),
      { unit: "deg" },
    ),
    makeColumn("mag_g", Float32Array.from(of((row) => 20 + Math.sin(row))), { unit: "mag" }),
    makeColumn("mag_r", Float32Array.from(of((row) => 19 + Math.cos(row))), { unit: "mag" }),
    makeColumn(
      "z",
      of((row) => Math.abs(Math.sin(row))),
    ),
  ]);
  await writeTable(path, written);
  const table = await readTable(path);
  const columns = ["ra", "dec", "mag_g", "mag_r"] as const;
  const floats = { scale: "standard", missing: "mean", indicator: true } as const;
  const encoder = await TensorFrame.fit(table, { columns, target: "z", floats });
  const whole = encoder.encode(table);

  const rows = Dataset.rows(path, { columns, labels: ["row", "z"], index: false })
    .shuffle({ seed: 5 })
    .batch(20);
  await using loader = new DataLoader(rows, { workers: 0 });
  let seen = 0;
  for await (using batch of loader) {
    const frame = encoder.encode(FitsTable.fromTensors(batch.tensors, table.schema));
    const expected = whole.take(batch.tensors.row.data as Int32Array);
    expect(frame.equals(expected)).toBe(true);
    expect(frame.toMatrix()).toEqual(expected.toMatrix());
    expect(frame.toMatrix().shape).toEqual([20, 9]);
    seen += frame.rows;
  }
  expect(seen).toBe(100);
});
