import { galactic, unitVectors } from "@fitstream/table/frame";
import { describe, expect, it } from "vitest";
import { astropy } from "./helpers/astropy.js";

/** The largest difference; of angles in degrees, past the wrap. */
function worst(found: ArrayLike<number>, expected: readonly number[], turn = 0): number {
  return Math.max(
    ...expected.map((value, i) => {
      const difference = Math.abs((found[i] as number) - value);
      return turn > 0 ? Math.min(difference, turn - difference) : difference;
    }),
  );
}

describe("positions", () => {
  it("have the unit vectors of astropy", () => {
    expect(worst(unitVectors(astropy.ra, astropy.dec), astropy.xyz.flat())).toBeLessThan(1e-15);
    const [x, y, z] = unitVectors([10.684708], [41.26875]);
    expect([x, y, z].map((v) => v?.toFixed(8))).toEqual(["0.73859258", "0.13935436", "0.65959182"]);
  });

  it("have the galactic coordinates of astropy", () => {
    const { lon, lat } = galactic(astropy.ra, astropy.dec);
    expect(worst(lat, astropy.b)).toBeLessThan(1e-8);
    // Longitudes mean less towards the pole.
    const { ra, b, l } = astropy;
    const scaled = ra.map((_, i) => Math.cos(((b[i] ?? 0) * Math.PI) / 180));
    for (const [i, scale] of scaled.entries()) {
      expect(worst([lon[i] ?? Number.NaN], [l[i] ?? 0], 360) * scale).toBeLessThan(1e-8);
    }
  });

  it("are NaN where there is none", () => {
    expect([...unitVectors([Number.NaN, 0], [0, 91])]).toEqual(Array(6).fill(Number.NaN));
    expect([...galactic([Number.NaN], [0]).lon]).toEqual([Number.NaN]);
  });
});
