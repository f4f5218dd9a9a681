import { readFileSync } from "node:fs";
import { ang2pix, pix2ang } from "@fitstream/table/frame";
import { describe, expect, it } from "vitest";

/** What healpy gives; made by fixtures/make-healpix.py. */
const made = JSON.parse(
  readFileSync(new URL("../fixtures/healpix.json", import.meta.url), "utf8"),
) as {
  lon: number[];
  lat: number[];
  orders: ({ order: number } & Record<
    "nested" | "ring",
    { pixels: string[]; lon: number[]; lat: number[] }
  >)[];
};

/** M 31, the Orion nebula, the galactic centre, the north pole, near the south pole. */
const lon = [10.684708, 83.822083, 266.416817, 0, 359.999];
const lat = [41.26875, -5.391111, -29.007825, 90, -89.9];

const texts = (pixels: ArrayLike<number | bigint>): string[] => Array.from(pixels, String);

describe("HEALPix", () => {
  it.each([
    [6, "nested", "2709 21439 28830 4095 45056"],
    [6, "ring", "8071 26812 36413 0 49151"],
    [12, "nested", "11096330 87816852 118088263 16777215 184549440"],
    [12, "ring", "34267622 110112487 149475165 0 201326447"],
    [
      29,
      "nested",
      "190633513587146677 1508682038474913049 2028740913184676779 288230376151711743 3170535242549448929",
    ],
    [
      29,
      "ring",
      "588695867579206589 1891864391017409561 2568009975993063881 0 3458761879823773655",
    ],
  ] as const)("has the reference pixels of order %i, %s", (order, scheme, pixels) => {
    expect(texts(ang2pix(lon, lat, { order, scheme })).join(" ")).toBe(pixels);
    expect(String(ang2pix(lon[1] ?? 0, lat[1] ?? 0, { order, scheme }))).toBe(pixels.split(" ")[1]);
  });

  describe.each(made.orders)("of order $order", ({ order, ...expected }) => {
    it.each(["nested", "ring"] as const)("numbers pixels as healpy does, %s", (scheme) => {
      const pixels = ang2pix(made.lon, made.lat, { order, scheme });
      expect(texts(pixels)).toEqual(expected[scheme].pixels);
      expect(texts(ang2pix(made.lon, made.lat, { order, scheme, dtype: "int64" }))).toEqual(
        expected[scheme].pixels,
      );
    });

    it.each(["nested", "ring"] as const)("has the centres of healpy, %s", (scheme) => {
      const pixels = expected[scheme].pixels.filter((_, i) => i % 8 === 0).map(BigInt);
      const check = (centres: { lon: Float64Array; lat: Float64Array }): void => {
        for (const [i, latitude] of expected[scheme].lat.entries()) {
          expect(Math.abs((centres.lat[i] ?? Number.NaN) - latitude)).toBeLessThan(1e-12);
          expect(
            Math.abs((centres.lon[i] ?? Number.NaN) - (expected[scheme].lon[i] ?? 0)),
          ).toBeLessThan(1e-12 * 360);
        }
      };
      check(pix2ang(pixels, { order, scheme }));
      if (order <= 24) check(pix2ang(pixels.map(Number), { order, scheme }));
    });

    it("finds the pixel of each centre again", () => {
      for (const scheme of ["nested", "ring"] as const) {
        const pixels = ang2pix(made.lon, made.lat, { order, scheme, dtype: "int64" });
        const centres = pix2ang(pixels as BigInt64Array, { order, scheme });
        expect(ang2pix(centres.lon, centres.lat, { order, scheme, dtype: "int64" })).toEqual(
          pixels,
        );
      }
    });
  });

  it("takes the smallest dtype that is exact", () => {
    expect(ang2pix([1], [2], { order: 13 })).toBeInstanceOf(Int32Array);
    expect(ang2pix([1], [2], { order: 14 })).toBeInstanceOf(Float64Array);
    expect(ang2pix([1], [2], { order: 25 })).toBeInstanceOf(BigInt64Array);
    expect(typeof ang2pix(1, 2, { order: 24 })).toBe("number");
    expect(typeof ang2pix(1, 2, { order: 25 })).toBe("bigint");
  });

  it("has every pixel of a small grid, whole turns included", () => {
    for (const scheme of ["nested", "ring"] as const) {
      const all = Array.from({ length: 12 * 4 ** 5 }, (_, i) => i);
      const { lon, lat } = pix2ang(all, { order: 5, scheme });
      expect([...ang2pix(lon, lat, { order: 5, scheme })]).toEqual(all);
      const turned = lon.map((degrees) => degrees - 720);
      expect([...ang2pix(turned, lat, { order: 5, scheme })]).toEqual(all);
    }
  });

  it("has -1 and NaN for places that are not there", () => {
    const bad = ang2pix([Number.NaN, 1, Number.POSITIVE_INFINITY], [0, 90.1, 3], { order: 3 });
    expect([...bad]).toEqual([-1, -1, -1]);
    expect([...pix2ang([-1, 12], { order: 0 }).lat]).toEqual([Number.NaN, Number.NaN]);
  });

  it("tells what it cannot do", () => {
    expect(() => ang2pix(1, 2, { order: 30 })).toThrow(/0 to 29, found 30/);
    expect(() => ang2pix([1], [2], { order: 14, dtype: "int32" })).toThrow(/expected float64/);
    expect(() => ang2pix([1, 2], [2], { order: 14 })).toThrow(/latitudes/);
    expect(() => pix2ang([2 ** 55], { order: 29 })).toThrow(/a BigInt/);
  });
});
