/** Rows that come from columns in memory, after the first times a table was asked for some. */
import { join } from "node:path";
import { DataLoader, Dataset } from "@fitstream/dataset";
import { writeFits } from "@fitstream/native";
import { afterAll, beforeAll, expect, it } from "vitest";
import { temporaryFolder } from "./helpers/survey.js";

const folder = temporaryFolder();
const [files, rows] = [6, 40];
const paths = Array.from({ length: files }, (_, n) => join(folder.path, `${n}.fits`));
const isMissing = (id: number): boolean => id % 7 === 3;

beforeAll(async () => {
  for (const [n, path] of paths.entries()) {
    const ids = Array.from({ length: rows }, (_, row) => n * rows + row);
    const validity = new Uint8Array(rows / 8);
    for (const [row, id] of ids.entries()) {
      if (!isMissing(id)) validity[row >> 3] = (validity[row >> 3] ?? 0) | (1 << (row & 7));
    }
    await writeFits(path, [
      {
        kind: "bintable",
        columns: [
          { name: "id", values: BigInt64Array.from(ids, BigInt) },
          { name: "n", values: Int16Array.from(ids), null: -1, validity },
          {
            name: "pos",
            values: Float32Array.from(ids.flatMap((id) => [id, -id, id / 2])),
            shape: [3],
          },
          {
            name: "wave",
            values: Float64Array.from(ids.flatMap((id) => [id, 3])),
            kind: "complex",
          },
          { name: "good", values: ids.map((id) => id % 2 === 0) },
        ],
      },
    ]);
  }
});
afterAll(() => folder[Symbol.dispose]());

it.each([0, 1, 2])("are those of the files in every epoch, with %i workers", async (workers) => {
  const dataset = Dataset.rows(paths, {
    columns: ["id", "n", "POS", "wave", "good"],
    fill: { n: -99 },
    index: false,
  })
    .shuffle({ seed: 4 })
    .batch(16);
  await using loader = new DataLoader(dataset, { workers });
  for (let epoch = 0; epoch < 4; ++epoch) {
    const seen = new Set<number>();
    for await (using batch of loader) {
      const { id, n, POS, wave, good } = batch.tensors;
      for (let place = 0; place < 16; ++place) {
        const row = Number(id.data[place]);
        seen.add(row);
        expect(n.data[place]).toBe(isMissing(row) ? -99 : row);
        expect([...POS.data.subarray(3 * place, 3 * place + 3)]).toEqual([row, -row, row / 2]);
        expect([...wave.data.subarray(2 * place, 2 * place + 2)]).toEqual([row, 3]);
        expect(good.data[place]).toBe(Number(row % 2 === 0));
      }
    }
    expect(seen.size).toBe(files * rows);
  }
});
