/**
 * Distances and times of redshifts in flat universes with a cosmological constant, radiation and
 * massive neutrinos, as astropy computes them.
 *
 * Our own code: no maintained package on npm has massive neutrinos, without which distances are off
 * by 1e-3 at redshift 1.
 */
import { tableError } from "../errors.js";
import { mapped, type Numbers } from "./column.js";
import { type CosmologyParameters, Density } from "./density.js";
import { IntegralTable, integral } from "./quadrature.js";

/** What a {@link FlatLambdaCDM} knows of a redshift. */
export type CosmologyQuantity =
  | "comovingDistance"
  | "transverseDistance"
  | "luminosityDistance"
  | "angularDiameterDistance"
  | "distanceModulus"
  | "lookbackTime"
  | "age";

const LIGHT_KM_PER_S = 299792.458;
const KM_PER_MPC = 3.085677581491367e19;
const SECONDS_PER_GYR = 3.15576e16;
/** Beyond it, in ln(1 + z), what is left of the age is below 1e-15: it falls as (1 + z)^-1.5. */
const AGE_RANGE = 25;

/** How an integral over ln(1 + z) becomes a quantity. */
interface Rule {
  /** What is integrated, times this: (1 + z)/E for distances, 1/E for times. */
  readonly of: "distance" | "time";
  /** From the redshift and the integral to the quantity. */
  readonly from: (z: number, value: number) => number;
}

const same = (_: number, value: number): number => value;

/**
 * A flat universe with a cosmological constant.
 *
 * Every quantity takes a redshift, or a column of them. One redshift is integrated (Gauss-Legendre,
 * within 1e-12); a column is interpolated in ln(1 + z), within 1e-8 of the integral. Negative
 * redshifts and those that are not finite give NaN.
 *
 * @example
 * ```ts
 * Planck18.luminosityDistance(0.5); // 2919.62 Mpc
 * const mine = new FlatLambdaCDM({ H0: 70, Om0: 0.3, Tcmb0: 2.725, m_nu: [0, 0, 0.06] });
 * mine.distanceModulus(Float64Array.of(0.1, 1));
 * ```
 */
export class FlatLambdaCDM implements Required<CosmologyParameters> {
  /** What states and messages call it. */
  readonly name: string;
  /** The Hubble constant today, km/s/Mpc. */
  readonly H0: number;
  /** Matter today, in units of the critical density. */
  readonly Om0: number;
  /** Temperature of the microwave background today, K. */
  readonly Tcmb0: number;
  /** Effective number of neutrino species. */
  readonly Neff: number;
  /** Mass of each species, eV; one number stands for all. */
  readonly m_nu: number | readonly number[];
  /** c / H0 in Mpc. */
  readonly hubbleDistance: number;
  /** 1 / H0 in Gyr. */
  readonly hubbleTime: number;
  /** Photons today, in units of the critical density. */
  readonly Ogamma0: number;
  /** Neutrinos today, in units of the critical density. */
  readonly Onu0: number;
  /** The cosmological constant, in units of the critical density. */
  readonly Ode0: number;
  readonly #density: Density;
  readonly #rules: Readonly<Record<CosmologyQuantity, Rule>>;

  /**
   * Makes a universe.
   *
   * @throws {TableError} TABLE_BAD_ARGUMENT for parameters that make no universe.
   */
  constructor(parameters: CosmologyParameters) {
    checkParameters(parameters);
    const { name = "FlatLambdaCDM", H0, Om0, Tcmb0 = 0, Neff = 3.04, m_nu = 0 } = parameters;
    this.name = name;
    this.H0 = H0;
    this.Om0 = Om0;
    this.Tcmb0 = Tcmb0;
    this.Neff = Neff;
    this.m_nu = m_nu;
    this.hubbleDistance = LIGHT_KM_PER_S / H0;
    this.hubbleTime = KM_PER_MPC / H0 / SECONDS_PER_GYR;
    this.#density = new Density(parameters);
    const { Ogamma0, Onu0, Ode0 } = this.#density;
    this.Ogamma0 = Ogamma0;
    this.Onu0 = Onu0;
    this.Ode0 = Ode0;
    const total = this.#toInfinity();
    this.#rules = {
      comovingDistance: { of: "distance", from: same },
      transverseDistance: { of: "distance", from: same },
      luminosityDistance: { of: "distance", from: (z, d) => (1 + z) * d },
      angularDiameterDistance: { of: "distance", from: (z, d) => d / (1 + z) },
      distanceModulus: {
        of: "distance",
        from: (z, d) => (z > 0 ? 5 * Math.log10((1 + z) * d) + 25 : Number.NaN),
      },
      lookbackTime: { of: "time", from: same },
      age: { of: "time", from: (_, time) => total - time },
    };
  }

  #integrand(of: Rule["of"]): (x: number) => number {
    if (of === "time") {
      return (x) => this.hubbleTime / this.#density.expansion(Math.expm1(x));
    }
    return (x) => {
      const z = Math.expm1(x);
      return (this.hubbleDistance * (1 + z)) / this.#density.expansion(z);
    };
  }

  #toInfinity(from = 0): number {
    return integral(this.#integrand("time"), from, from + AGE_RANGE);
  }

  #at(quantity: CosmologyQuantity, z: number): number {
    if (!(z >= 0 && z < Number.POSITIVE_INFINITY)) return Number.NaN;
    // The difference of two ages has few digits left at high redshift.
    if (quantity === "age") return this.#toInfinity(Math.log1p(z));
    const { of, from } = this.#rules[quantity];
    return from(z, integral(this.#integrand(of), 0, Math.log1p(z)));
  }

  /** One quantity by its name: of a redshift, or of each of a column. */
  quantity(quantity: CosmologyQuantity, z: number): number;
  quantity(quantity: CosmologyQuantity, z: Numbers): Float64Array;
  quantity(quantity: CosmologyQuantity, z: number | Numbers): number | Float64Array;
  quantity(quantity: CosmologyQuantity, z: number | Numbers): number | Float64Array {
    if (typeof z === "number") return this.#at(quantity, z);
    let last = 0;
    for (let i = 0; i < z.length; ++i) {
      const value = z[i] as number;
      if (value > last && value < Number.POSITIVE_INFINITY) last = value;
    }
    const { of, from } = this.#rules[quantity];
    const table = new IntegralTable(this.#integrand(of), Math.log1p(last));
    return mapped(z, (value) =>
      value >= 0 && value <= last ? from(value, table.at(Math.log1p(value))) : Number.NaN,
    );
  }

  /** H(z) / H0. */
  expansion(z: number): number {
    return this.#density.expansion(z);
  }

  /** Line-of-sight comoving distance in Mpc. */
  comovingDistance(z: number): number;
  comovingDistance(z: Numbers): Float64Array;
  comovingDistance(z: number | Numbers): number | Float64Array {
    return this.quantity("comovingDistance", z);
  }

  /** Transverse comoving distance in Mpc: the line-of-sight one, as space is flat. */
  transverseDistance(z: number): number;
  transverseDistance(z: Numbers): Float64Array;
  transverseDistance(z: number | Numbers): number | Float64Array {
    return this.quantity("transverseDistance", z);
  }

  /** Luminosity distance in Mpc. */
  luminosityDistance(z: number): number;
  luminosityDistance(z: Numbers): Float64Array;
  luminosityDistance(z: number | Numbers): number | Float64Array {
    return this.quantity("luminosityDistance", z);
  }

  /** Angular diameter distance in Mpc. */
  angularDiameterDistance(z: number): number;
  angularDiameterDistance(z: Numbers): Float64Array;
  angularDiameterDistance(z: number | Numbers): number | Float64Array {
    return this.quantity("angularDiameterDistance", z);
  }

  /** Apparent minus absolute magnitude; NaN at redshift 0. */
  distanceModulus(z: number): number;
  distanceModulus(z: Numbers): Float64Array;
  distanceModulus(z: number | Numbers): number | Float64Array {
    return this.quantity("distanceModulus", z);
  }

  /** Time since the light left, in Gyr. */
  lookbackTime(z: number): number;
  lookbackTime(z: Numbers): Float64Array;
  lookbackTime(z: number | Numbers): number | Float64Array {
    return this.quantity("lookbackTime", z);
  }

  /** Age of the universe then, in Gyr. */
  age(z: number): number;
  age(z: Numbers): Float64Array;
  age(z: number | Numbers): number | Float64Array {
    return this.quantity("age", z);
  }

  /**
   * The redshift between `min` and `max` at which a quantity has a value.
   *
   * @param range Default 0 to 1000. The angular diameter distance turns back near redshift 1.6:
   *   give the side that is meant.
   * @throws {TableError} TABLE_BAD_ARGUMENT where the quantity does not pass the value in that range.
   */
  zAtValue(
    quantity: CosmologyQuantity,
    value: number,
    range: { readonly min?: number; readonly max?: number } = {},
  ): number {
    const { min = 0, max = 1000 } = range;
    // A modulus begins at minus infinity.
    const at = (z: number): number =>
      z === 0 && quantity === "distanceModulus" ? Number.NEGATIVE_INFINITY : this.#at(quantity, z);
    let [low, high] = [Math.log1p(min), Math.log1p(max)];
    const isRising = at(max) > at(min);
    const isBelow = (z: number): boolean => at(z) < value === isRising;
    const passes = at(min) === value || (isBelow(min) && !isBelow(max)) || at(max) === value;
    if (!passes) {
      throw tableError({
        code: "TABLE_BAD_ARGUMENT",
        what: `${quantity} does not pass ${value} between redshift ${min} and ${max}`,
        expected: `${at(min)} to ${at(max)}`,
        found: String(value),
      });
    }
    for (let middle = (low + high) / 2; middle > low && middle < high; middle = (low + high) / 2) {
      if (isBelow(Math.expm1(middle))) low = middle;
      else high = middle;
    }
    return Math.expm1(high);
  }

  /** What it is made of, defaults filled in: `new FlatLambdaCDM(json)` is the same one. */
  toJSON(): Required<CosmologyParameters> {
    const { name, H0, Om0, Tcmb0, Neff, m_nu } = this;
    return { name, H0, Om0, Tcmb0, Neff, m_nu };
  }
}

function checkParameters({ H0, Om0, Tcmb0 = 0, Neff = 3.04, m_nu = 0 }: CosmologyParameters): void {
  const masses = typeof m_nu === "number" ? [m_nu] : m_nu;
  const wrong = (what: string, expected: string, found: unknown): Error =>
    tableError({ code: "TABLE_BAD_ARGUMENT", what, expected, found: String(found) });
  if (!(H0 > 0)) throw wrong("H0 makes no universe", "km/s/Mpc above 0", H0);
  if (!(Om0 > 0 && Om0 <= 2)) throw wrong("Om0 makes no universe", "above 0, up to 2", Om0);
  if (!(Tcmb0 >= 0)) throw wrong("Tcmb0 is no temperature", "kelvins from 0", Tcmb0);
  if (!(Neff >= 0)) throw wrong("Neff is no number of species", "a number from 0", Neff);
  if (!masses.every((mass) => mass >= 0)) throw wrong("m_nu are no masses", "eV from 0", m_nu);
  if (typeof m_nu === "object" && m_nu.length !== Math.floor(Neff)) {
    throw wrong(
      "m_nu has another number of masses",
      `${Math.floor(Neff)}, as Neff has`,
      m_nu.length,
    );
  }
}

/** Planck 2018 results VI, A&A 641, A6, table 2 (TT, TE, EE + lowE + lensing + BAO). The default. */
export const Planck18: FlatLambdaCDM = /* @__PURE__ */ new FlatLambdaCDM({
  name: "Planck18",
  H0: 67.66,
  Om0: 0.30966,
  Tcmb0: 2.7255,
  Neff: 3.046,
  m_nu: [0, 0, 0.06],
});

/** Planck 2015 results XIII, A&A 594, A13, table 4 (TT, TE, EE + lowP + lensing + ext). */
export const Planck15: FlatLambdaCDM = /* @__PURE__ */ new FlatLambdaCDM({
  name: "Planck15",
  H0: 67.74,
  Om0: 0.3075,
  Tcmb0: 2.7255,
  Neff: 3.046,
  m_nu: [0, 0, 0.06],
});

/** Hinshaw et al. 2013, ApJS 208, 19 (WMAP9 + eCMB + BAO + H0). */
export const WMAP9: FlatLambdaCDM = /* @__PURE__ */ new FlatLambdaCDM({
  name: "WMAP9",
  H0: 69.32,
  Om0: 0.2865,
  Tcmb0: 2.725,
  Neff: 3.04,
});
