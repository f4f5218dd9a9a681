import {
  fluxOfLuptitude,
  fluxOfMagnitude,
  luptitude,
  magnitudeOfFlux,
  SDSS_SOFTENING,
} from "@fitstream/table/frame";
import { describe, expect, it } from "vitest";

const bands = ["u", "g", "r", "i", "z"] as const;

describe("luptitudes", () => {
  it("have the reference values of SDSS", () => {
    const zero = [24.63468, 25.114394, 24.802047, 24.361819, 22.826921];
    const faint = [22.479319, 22.491311, 22.484693, 22.466418, 22.140056];
    for (const [i, band] of bands.entries()) {
      const b = SDSS_SOFTENING[band];
      expect(Math.abs(luptitude(0, b) - (zero[i] ?? 0))).toBeLessThan(1e-6);
      expect(Math.abs(luptitude(1e-9, b) - (faint[i] ?? 0))).toBeLessThan(1e-6);
    }
  });

  it("stay finite below zero and go back to the flux", () => {
    const flux = [-3e-9, -1e-12, 0, 1e-10, 1e-6];
    for (const band of bands) {
      const magnitudes = luptitude(flux, SDSS_SOFTENING[band]);
      expect(magnitudes.every(Number.isFinite)).toBe(true);
      const back = fluxOfLuptitude(magnitudes, SDSS_SOFTENING[band]);
      for (const [i, f] of flux.entries()) {
        expect(Math.abs((back[i] ?? 0) - f)).toBeLessThan(
          1e-12 * Math.max(1e-9, Math.abs(f)) + 1e-21,
        );
      }
    }
  });

  it("equal Pogson's magnitudes for bright sources", () => {
    expect(luptitude(1e-5, 1.4e-10)).toBeCloseTo(magnitudeOfFlux(1e-5, 0), 9);
  });
});

describe("magnitudes", () => {
  it("are logarithms of nanomaggies, or of any other flux", () => {
    expect(magnitudeOfFlux(1)).toBe(22.5);
    expect(magnitudeOfFlux(100)).toBeCloseTo(17.5, 12);
    expect([...magnitudeOfFlux([1, 0, -1], 25)]).toEqual([25, Number.NaN, Number.NaN]);
    expect(fluxOfMagnitude(20)).toBeCloseTo(10, 12);
    expect([...fluxOfMagnitude([22.5, Number.NaN])]).toEqual([1, Number.NaN]);
  });
});
