/** What is null: what astropy masks. */
import { execFileSync } from "node:child_process";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { type ColumnToWrite, type Dtype, openFits, viewOf, writeFits } from "@fitstream/native";
import { FitsTable, isNull } from "@fitstream/table";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { pythonWithAstropy } from "../../native/test/helpers/astropy.js";
import { Random } from "../../native/test/helpers/random.js";

const random = new Random(77);
const rows = 200;
const folder = mkdtempSync(join(tmpdir(), "fitstream-nulls-"));
const path = join(folder, "nulls.fits");
let table: FitsTable;

/** Numbers, some of them null: by TNULL, or as NaN. */
function numbers(dtype: Dtype, repeat = 1): ColumnToWrite {
  const count = rows * repeat;
  const values = viewOf(dtype, random.bytes(count * 8).buffer, 0, count);
  const shape = repeat === 1 ? {} : { shape: [repeat] };
  const name = `${dtype}_${repeat}`;
  if (values instanceof Float32Array || values instanceof Float64Array) {
    for (let i = 0; i < count; ++i) values[i] = random.next() < 0.2 ? Number.NaN : random.gauss();
    return { name, values, ...shape };
  }
  if (dtype === "uint8") values.fill(7 as never);
  return {
    name,
    values,
    null: dtype === "uint8" ? 1 : -1234,
    validity: random.bytes(count),
    ...shape,
  };
}

beforeAll(async () => {
  const columns: ColumnToWrite[] = [
    ...(["uint8", "int16", "int32", "int64", "float32", "float64"] as const).flatMap((dtype) => [
      numbers(dtype),
      numbers(dtype, 3),
    ]),
    { name: "word", values: Array.from({ length: rows }, () => random.pick(["", "a", "bc"])) },
  ];
  await writeFits(path, [{ kind: "bintable", columns }]);
  await using file = await openFits(path);
  const hdu = await file.hdu(1);
  if (hdu.kind !== "bintable") throw new Error(hdu.kind);
  table = FitsTable.from(await hdu.read());
});
afterAll(() => rmSync(folder, { recursive: true }));

const nullsOf = (name: string): string => {
  const column = table.column(name);
  const elements = column.layout === "fixed" ? column.data.length : rows;
  return Array.from({ length: elements }, (_, i) => Number(isNull(column, i))).join("");
};

describe("nulls", () => {
  it.skipIf(pythonWithAstropy === undefined)("are what astropy masks", () => {
    const script = `
import json, sys
import numpy as np
from astropy.table import Table
table = Table.read(sys.argv[1])
masks = {name: np.ma.getmaskarray(np.ma.asarray(table[name])).ravel().astype(int).tolist()
         for name in table.colnames}
print(json.dumps(masks))`;
    const masks = JSON.parse(
      execFileSync(pythonWithAstropy ?? "", ["-W", "ignore", "-c", script, path], {
        encoding: "utf8",
      }),
    ) as Record<string, readonly number[]>;
    for (const name of table.names) {
      // An empty string is a string, which newer versions of astropy mask.
      if (name === "word") {
        expect(nullsOf(name)).not.toContain("1");
        continue;
      }
      expect(nullsOf(name), name).toBe(masks[name]?.join(""));
      expect(nullsOf(name), name).toContain("1");
    }
  });
});
