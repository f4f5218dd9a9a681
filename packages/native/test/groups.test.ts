import { spawnSync } from "node:child_process";
import { readFileSync } from "node:fs";
import { MemorySource, openFits } from "@fitstream/native";
import { describe, expect, it } from "vitest";
import { pythonWithAstropy } from "./helpers/astropy.js";
import { failureOf } from "./helpers/failures.js";
import { hduOf, openBytes, TemporaryFolder } from "./helpers/files.js";
import { bigEndian, key, primary } from "./helpers/fits-bytes.js";
import { CountingSource } from "./helpers/sources.js";

const folder = new TemporaryFolder();
const gcount = 6;
const pcount = 3;

/** Group g holds the parameters 1000 g + p and an array of 2 x 4 values 100 g + i; one is BLANK. */
const stored = Array.from({ length: gcount }, (_, g) => [
  ...Array.from({ length: pcount }, (__, p) => 1000 * g + p),
  ...Array.from({ length: 8 }, (__, i) => 100 * g + i),
]);
const bytes = primary({
  bitpix: 16,
  shape: [2, 4, 0],
  cards: [
    key("GROUPS", "T"),
    key("PCOUNT", pcount),
    key("GCOUNT", gcount),
    key("BSCALE", "0.5"),
    key("BZERO", "10."),
    key("BLANK", 103),
    key("PTYPE1", "'UU      '"),
    key("PSCAL1", "0.25"),
    key("PZERO1", "-7"),
    key("PTYPE2", "'DATE    '"),
    key("PTYPE3", "'DATE    '"),
    key("PSCAL3", "1E-3"),
  ],
  data: bigEndian(16, stored.flat()),
});

const physical = stored.map((group) =>
  group.slice(pcount).map((v) => (v === 103 ? Number.NaN : v * 0.5 + 10)),
);

async function* everyWay() {
  const path = folder.write("groups.fits", bytes);
  for (const from of [path, new MemorySource(bytes), new CountingSource(bytes)]) {
    await using file = await openFits(from);
    yield await hduOf(file, 0, "groups");
  }
  await using file = await openFits(path, { immutable: true });
  yield await hduOf(file, 0, "groups");
}

describe("random groups", () => {
  it("read like an image whose first axis is the group", async () => {
    for await (const hdu of everyWay()) {
      expect(hdu).toMatchObject({ shape: [6, 2, 4], groups: 6, parameterCount: 3 });
      const array = await hdu.read();
      expect(array).toMatchObject({ dtype: "float32", shape: [6, 2, 4] });
      expect([...array.data]).toEqual(physical.flat());
      const raw = await hdu.read({ scale: false });
      expect([...raw.data]).toEqual(stored.flatMap((group) => group.slice(pcount)));
      expect([...(raw.mask ?? [])].indexOf(1)).toBe(8 + 3);
    }
  });

  it("are read in windows, also over the edge", async () => {
    for await (const hdu of everyWay()) {
      const some = await hdu.read({ origin: [1, 1, 1], shape: [3, 1, 2], stride: [2, 1, 2] });
      const wanted = [1, 3, 5].flatMap((g) => [physical[g]?.[5], physical[g]?.[7]]);
      expect([...some.data]).toEqual(wanted);
      const padded = await hdu.read({ origin: [5, 0, 0], shape: [2, 2, 4], pad: -1 });
      expect([...padded.data]).toEqual([...(physical[5] ?? []), ...Array(8).fill(-1)]);
      expect(hdu.plan({ origin: [2, 0, 0], shape: [1, 2, 4] }).ranges).toEqual([
        { offset: hdu.dataOffset + 2 * (2 * 11 + 3), length: 16 },
      ]);
    }
  });

  it("have parameters, which BLANK and BSCALE say nothing of", async () => {
    for await (const hdu of everyWay()) {
      expect(await hdu.parameters()).toEqual([
        { name: "UU", scale: 0.25, zero: -7 },
        { name: "DATE", scale: 1, zero: 0 },
        { name: "DATE", scale: 1e-3, zero: 0 },
      ]);
      const { shape, data } = await hdu.readParameters();
      expect(shape).toEqual([gcount, pcount]);
      const wanted = stored.flatMap(([a = 0, b = 0, c = 0]) => [a * 0.25 - 7, b, c * 1e-3]);
      expect([...data]).toEqual(wanted);
    }
  });

  it("may have no parameters, no groups, or end too soon", async () => {
    const counts = (p: number, g: number): string[] => [
      key("GROUPS", "T"),
      key("PCOUNT", p),
      key("GCOUNT", g),
    ];
    const data = bigEndian(16, [1, 2, 3, 4]);
    await using bare = await openBytes(
      primary({ bitpix: 16, shape: [2, 0], cards: counts(0, 2), data }),
    );
    const hdu = await hduOf(bare, 0, "groups");
    expect([...(await hdu.read()).data]).toEqual([1, 2, 3, 4]);
    expect(await hdu.readParameters()).toMatchObject({ shape: [2, 0], data: new Float64Array() });

    await using none = await openBytes(primary({ shape: [2, 0], cards: counts(3, 0) }));
    const empty = await hduOf(none, 0, "groups");
    expect((await empty.read()).shape).toEqual([0, 2]);

    await using cut = await openBytes(bytes.subarray(0, bytes.length - 2860));
    const lost = await hduOf(cut, 0, "groups");
    for (const read of [() => lost.read(), () => lost.readParameters()]) {
      expect(await failureOf(read)).toMatchObject({ code: "FITS_TRUNCATED" });
    }
  });
});

const script = `
import sys
import numpy as np
from astropy.io import fits
random = np.random.default_rng(6)
for bitpix, dtype in ((16, "i2"), (32, "i4"), (-32, "f4"), (-64, "f8")):
    arrays = (random.normal(size=(40, 1, 3, 5)) * 1000).astype(dtype)
    params = [(random.normal(size=40) * 1000).astype(dtype) for _ in range(3)]
    data = fits.GroupData(arrays, bitpix=bitpix, parnames=["UU", "VV", "DATE"], pardata=params,
                          parbscales=[0.125, 3e-9, 1.0], parbzeros=[0.0, 1.5, 2400000.5])
    path = f"{sys.argv[1]}/astropy{bitpix}"
    fits.GroupsHDU(data).writeto(path + ".fits")
    with fits.open(path + ".fits") as file:
        read = file[0].data
        read.data.astype("<f8").tofile(path + ".data")
        np.stack([read.par(i) for i in range(3)], 1).astype("<f8").tofile(path + ".parameters")
`;

describe.skipIf(pythonWithAstropy === undefined)("random groups that astropy wrote", () => {
  it("hold what astropy reads in them", async () => {
    const { status, stderr } = spawnSync(
      pythonWithAstropy ?? "",
      ["-W", "ignore", "-c", script, folder.path],
      { encoding: "utf8" },
    );
    expect(status, stderr).toBe(0);
    const doubles = (name: string): Float64Array =>
      new Float64Array(new Uint8Array(readFileSync(folder.file(name))).buffer);
    for (const bitpix of [16, 32, -32, -64]) {
      await using file = await openFits(folder.file(`astropy${bitpix}.fits`));
      const hdu = await hduOf(file, 0, "groups");
      const { data, shape } = await hdu.read({ dtype: "float64" });
      expect(shape).toEqual([40, 1, 3, 5]);
      expect(data).toEqual(doubles(`astropy${bitpix}.data`));
      const parameters = await hdu.readParameters();
      expect((await hdu.parameters()).map(({ name }) => name)).toEqual(["UU", "VV", "DATE"]);
      expect(parameters.data).toEqual(doubles(`astropy${bitpix}.parameters`));
    }
  });
});
