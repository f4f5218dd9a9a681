import { execFileSync } from "node:child_process";
import { isTableError, parseUnit, unitFactor } from "@fitstream/table";
import { describe, expect, it } from "vitest";
import { pythonWithAstropy } from "../../native/test/helpers/astropy.js";

/** What astropy multiplies with. */
function astropyFactors(
  python: string,
  pairs: readonly (readonly [string, string])[],
): readonly number[] {
  const script = `
import json, sys
from astropy import units
print(json.dumps([float(units.Unit(a, format="fits").to(units.Unit(b, format="fits")))
                  for a, b in json.loads(sys.argv[1])]))`;
  return JSON.parse(
    execFileSync(python, ["-c", script, JSON.stringify(pairs)], { encoding: "utf8" }),
  ) as number[];
}

describe("units", () => {
  it.skipIf(pythonWithAstropy === undefined)("convert as astropy's do", () => {
    const pairs = [
      ["deg", "rad"],
      ["arcsec", "deg"],
      ["mas", "arcsec"],
      ["mas/yr", "deg/d"],
      ["km s-1", "m/s"],
      ["km/s/Mpc", "s-1"],
      ["erg s-1 cm-2 Angstrom-1", "W m-2 um-1"],
      ["10**(-17) erg s-1 cm-2 Angstrom-1", "erg s-1 cm-2 nm-1"],
      ["mJy", "erg s-1 cm-2 Hz-1"],
      ["Jy/beam", "uJy beam-1"],
      ["solMass", "kg"],
      ["solLum", "erg/s"],
      ["AU", "km"],
      ["pc", "lyr"],
      ["kpc3", "m3"],
      ["eV", "J"],
      ["keV", "erg"],
      ["min", "s"],
      ["h", "min"],
      ["yr", "d"],
      ["G", "T"],
      ["km2 s-2", "m2/s**2"],
      ["ct/s", "ct min-1"],
      ["sr", "deg2"],
      ["GHz", "s-1"],
      ["V/m", "mV cm-1"],
      ["barn", "cm2"],
    ] as const;
    const expected = astropyFactors(pythonWithAstropy ?? "", pairs);
    for (const [i, [from, to]] of pairs.entries()) {
      expect(unitFactor(from, to) / (expected[i] ?? 0), `${from} to ${to}`).toBeCloseTo(1, 9);
    }
  });

  it("are refused where they are not known, or do not convert", () => {
    for (const [from, to] of [
      ["furlong", "m"],
      ["m", "parsecs?"],
      ["m", "s"],
      ["mag", "Jy"],
      ["", "m"],
      ["m**", "m"],
      ["(m", "m"],
      ["m)", "m"],
    ] as const) {
      expect(() => unitFactor(from, to, "X"), `${from} to ${to}`).toThrowError(
        expect.objectContaining({ code: "TABLE_UNIT", column: "X" }),
      );
    }
    try {
      unitFactor("km", "s", "V");
      expect.unreachable();
    } catch (error) {
      expect(isTableError(error, "TABLE_UNIT") && error.message).toContain("km");
    }
  });

  it("may have parentheses, and powers of them", () => {
    expect(unitFactor("(km/s)**2", "m2 s-2")).toBeCloseTo(1e6, 6);
    expect(unitFactor("m(1/2)", "cm**(1/2)")).toBeCloseTo(10, 12);
    expect(unitFactor("erg/(s cm**2 (Angstrom))", "erg/s/cm2/nm")).toBeCloseTo(10, 12);
  });

  it("that are the same differ in nothing", () => {
    expect(unitFactor("km s-1", "km/s")).toBe(1);
    expect(unitFactor("", "")).toBe(1);
    expect(parseUnit("furlong")).toBeUndefined();
  });
});
