import { existsSync } from "node:fs";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { readTable } from "@fitstream/dataset";
import { afterAll, beforeAll, describe, expect, it, vi } from "vitest";
import { tour } from "../sql-over-fits/tour.js";

let out: string;

beforeAll(async () => {
  out = await mkdtemp(join(tmpdir(), "sql-over-fits-"));
  vi.spyOn(console, "log").mockImplementation(() => {});
});

afterAll(async () => {
  await rm(out, { recursive: true });
});

describe("sql-over-fits", () => {
  it("answers as the verbs of tables do, and writes what it found", async () => {
    const { classes, completeness, quasars } = await tour({ out, objects: 10_000, seed: 3 });
    const spectra = await readTable(join(out, "sky", "spectroscopy.fits"));
    const counted = await spectra.groupBy("CLASS").agg({ objects: { operation: "count" } });
    const sorted = await counted.sort("objects", { descending: true });
    expect(classes.strings("class")).toEqual(sorted.strings("CLASS"));
    expect(Array.from(classes.numbers("objects"), Number)).toEqual(
      Array.from(sorted.numbers("objects"), Number),
    );
    const found = Array.from(completeness.numbers("spectra"), Number).reduce((a, b) => a + b);
    expect(found).toBeGreaterThan(0.9 * spectra.rows);
    expect(found).toBeLessThan(spectra.rows);

    const written = await readTable(join(out, "distant-quasars.fits"));
    expect(written.numbers("OBJID")).toEqual(quasars.numbers("OBJID"));
    expect(written.rows).toBeGreaterThan(5);
    expect(written.column("ra").info).toMatchObject({ unit: "deg", ucd: "pos.eq.ra;meta.main" });
    expect(existsSync(join(out, "completeness.parquet"))).toBe(true);
  });
});
