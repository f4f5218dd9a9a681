import { FlatLambdaCDM, Planck15, Planck18, WMAP9 } from "@fitstream/table/frame";
import { describe, expect, it } from "vitest";
import { astropy, worstRatio } from "./helpers/astropy.js";

const models: Record<string, FlatLambdaCDM> = {
  Planck18,
  Planck15,
  WMAP9,
  "no radiation": new FlatLambdaCDM({ H0: 70, Om0: 0.3 }),
  massless: new FlatLambdaCDM({ H0: 70, Om0: 0.3, Tcmb0: 2.7, Neff: 3.2 }),
  "three masses": new FlatLambdaCDM({ H0: 71, Om0: 0.28, Tcmb0: 2.725, m_nu: [0.05, 0.1, 0.3] }),
  "equal masses": new FlatLambdaCDM({ H0: 65, Om0: 0.4, Tcmb0: 2.725, m_nu: 0.2 }),
};

const quantities = [
  "comovingDistance",
  "transverseDistance",
  "luminosityDistance",
  "angularDiameterDistance",
  "distanceModulus",
  "lookbackTime",
  "age",
] as const;

describe("cosmology", () => {
  it("has the densities of Planck18", () => {
    expect(Planck18.Ode0).toBeCloseTo(0.6888463055445441, 14);
    expect(Planck18.Ogamma0).toBeCloseTo(5.402015137139352e-5, 18);
    expect(Planck18.Onu0).toBeCloseTo(0.0014396743040845242, 16);
    expect(Planck18.hubbleDistance).toBeCloseTo(4430.866952409105, 10);
    expect(Planck18.age(0)).toBeCloseTo(13.786885302009708, 9);
  });

  it("has the comoving distances of the reference table", () => {
    const z = [0.01, 0.1, 0.5, 1, 2, 3, 6, 10];
    const expected = [
      44.20505558, 432.56569774, 1946.41663479, 3395.63447115, 5308.18888389, 6504.00398895,
      8425.10001493, 9636.28507946,
    ];
    expect(
      worstRatio(
        z.map((one) => Planck18.comovingDistance(one)),
        expected,
      ),
    ).toBeLessThan(2e-10);
    const flat = models["no radiation"] as FlatLambdaCDM;
    const luminosity = [460.299936, 6607.657612, 25422.741745, 103842.74589];
    expect(worstRatio(flat.luminosityDistance([0.1, 1, 3, 10]), luminosity)).toBeLessThan(1e-8);
  });

  describe.each(Object.keys(astropy.cosmologies))("%s", (name) => {
    const model = models[name] as FlatLambdaCDM;
    const expected = astropy.cosmologies[name];

    it.each(quantities)("has the %s of astropy", (quantity) => {
      const single = astropy.z.map((z) => model.quantity(quantity, z));
      expect(worstRatio(single, expected?.[quantity] ?? [])).toBeLessThan(1e-7);
      expect(worstRatio(model[quantity](astropy.z), single)).toBeLessThan(1e-8);
    });

    it("expands as in astropy", () => {
      const found = astropy.z.map((z) => model.expansion(z));
      expect(worstRatio(found, expected?.expansion ?? [])).toBeLessThan(1e-11);
    });
  });

  it("interpolates columns within 1e-8 of the integral, rising all the way", () => {
    const z = Float64Array.from({ length: 3000 }, (_, i) => 10 ** (-6 + (9 * i) / 3000));
    for (const quantity of quantities) {
      const column = Planck18.quantity(quantity, z);
      const single = z.map((one) => Planck18.quantity(quantity, one));
      expect(worstRatio(column, single), quantity).toBeLessThan(1e-8);
    }
    const distances = Planck18.comovingDistance(z);
    expect(distances.every((d, i) => i === 0 || d > (distances[i - 1] ?? 0))).toBe(true);
  });

  it("gives a redshift the same distance whatever else its column holds", () => {
    const [alone] = Planck18.luminosityDistance([0.7]);
    expect(Planck18.luminosityDistance([9, 0.7, Number.NaN])[1]).toBe(alone);
  });

  it("has NaN where there is no distance, and zero at zero", () => {
    const z = [-0.1, Number.NaN, Number.POSITIVE_INFINITY, 0];
    const nan = Number.NaN;
    expect([...Planck18.luminosityDistance(z)]).toEqual([nan, nan, nan, 0]);
    expect([...Planck18.distanceModulus(z)]).toEqual([nan, nan, nan, nan]);
    expect(z.map((one) => Planck18.lookbackTime(one))).toEqual([nan, nan, nan, 0]);
    expect(Planck18.luminosityDistance([])).toHaveLength(0);
  });

  it("inverts every quantity", () => {
    for (const z of [0.001, 0.3, 1.2, 7, 900]) {
      for (const quantity of quantities) {
        const isLate = quantity === "angularDiameterDistance" && z > 1.6;
        const range =
          quantity !== "angularDiameterDistance" ? {} : isLate ? { min: 1.7 } : { max: 1.5 };
        const found = Planck18.zAtValue(quantity, Planck18.quantity(quantity, z), range);
        expect(Math.abs(found / z - 1), `${quantity} at ${z}`).toBeLessThan(1e-9);
      }
    }
    expect(() => Planck18.zAtValue("age", 14)).toThrow(/does not pass 14/);
  });

  it("is made again from what it is saved as", () => {
    const again = new FlatLambdaCDM(JSON.parse(JSON.stringify(Planck18)));
    expect(again.luminosityDistance(2)).toBe(Planck18.luminosityDistance(2));
    expect(again.name).toBe("Planck18");
  });

  it.each([
    [{ H0: 0, Om0: 0.3 }, /H0/],
    [{ H0: 70, Om0: 0 }, /Om0/],
    [{ H0: 70, Om0: 0.3, Tcmb0: -1 }, /Tcmb0/],
    [{ H0: 70, Om0: 0.3, Tcmb0: 2.7, m_nu: [0.1] }, /expected 3, as Neff has, found 1/],
    [{ H0: 70, Om0: 0.3, Tcmb0: 2.7, m_nu: [0, 0, -1] }, /m_nu/],
  ])("refuses %j", (parameters, message) => {
    expect(() => new FlatLambdaCDM(parameters)).toThrow(message);
  });
});
