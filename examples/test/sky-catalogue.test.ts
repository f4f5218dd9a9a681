import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { readTable } from "@fitstream/dataset";
import { ang2pix } from "@fitstream/table/frame";
import { afterAll, beforeAll, describe, expect, it, vi } from "vitest";
import { readLabelled, splitBySky } from "../shared/labelled.js";
import { progressOf } from "../shared/progress.js";
import { type SkyFiles, writeSky } from "../shared/sky-catalogue.js";

let out: string;

beforeAll(async () => {
  out = await mkdtemp(join(tmpdir(), "sky-"));
  vi.spyOn(console, "log").mockImplementation(() => {});
});

afterAll(async () => {
  await rm(out, { recursive: true });
});

const sky = { objects: 6000, seed: 3 };

describe("the simulated sky", () => {
  let files: SkyFiles;

  beforeAll(async () => {
    files = await writeSky(join(out, "sky"), sky, progressOf("simulating"));
  });

  it("is the same for one seed", async () => {
    const again = await writeSky(join(out, "again"), sky, progressOf("again"));
    const [one, other] = await Promise.all(
      [files, again].map(({ photometry }) => readTable(photometry[1] ?? "")),
    );
    expect(one?.numbers("MAG_U")).toEqual(other?.numbers("MAG_U"));
    expect(one?.numbers("OBJID")).toEqual(other?.numbers("OBJID"));
  });

  it("is redder where stars are old and galaxies far, and noisier where they are faint", async () => {
    const labelled = await readLabelled(files, { photometry: "MAG_G > 0 AND MAG_R > 0" });
    const colour = async (where: string) => {
      const part = await labelled.withExpression("g_r", "MAG_G - MAG_R");
      return (await part.filter(where)).percentile("g_r", 50);
    };
    expect(await colour("CLASS = 'QSO'")).toBeLessThan(0.4);
    expect(await colour("CLASS = 'GALAXY' AND Z_SPEC BETWEEN 0.25 AND 0.45")).toBeGreaterThan(
      (await colour("CLASS = 'GALAXY' AND Z_SPEC < 0.15")) + 0.1,
    );
    const errors = async (where: string) =>
      (await readTable(files.photometry[0] ?? "", { where })).percentile("MAGERR_G", 50);
    expect(await errors("MAG_G > 22")).toBeGreaterThan(
      3 * (await errors("MAG_G BETWEEN 0 AND 20")),
    );
  });

  it("is split into parts that share no patch of sky, and lose no object", async () => {
    const labelled = await readLabelled(files, {});
    const { train, validation, test } = await splitBySky(labelled);
    const patches = [train, validation, test].map((table) => {
      const [ra, dec] = [table.numbers("RA"), table.numbers("DEC")] as [Float64Array, Float64Array];
      return [...new Set(ang2pix(ra, dec, { order: 7 }) as Int32Array)];
    });
    expect(new Set(patches.flat()).size).toBe(patches.flat().length);
    expect(train.rows + validation.rows + test.rows).toBe(labelled.rows);
    expect(train.rows).toBeGreaterThan(test.rows);
    expect(Math.min(validation.rows, test.rows)).toBeGreaterThan(0.1 * labelled.rows);
  });
});
