/** What a flat universe is made of, as astropy computes it. */

/** Parameters of a flat universe with a cosmological constant, named as astropy does. */
export interface CosmologyParameters {
  /** What states and messages call it. Default: "FlatLambdaCDM". */
  readonly name?: string | undefined;
  /** The Hubble constant today, km/s/Mpc. */
  readonly H0: number;
  /** Matter today, baryons and dark matter without neutrinos, in units of the critical density. */
  readonly Om0: number;
  /** Temperature of the microwave background today, K. Default 0: neither photons nor neutrinos. */
  readonly Tcmb0?: number | undefined;
  /** Effective number of neutrino species. Default 3.04. */
  readonly Neff?: number | undefined;
  /** Mass of each of the floor(Neff) species, eV; one number stands for all. Default 0. */
  readonly m_nu?: number | readonly number[] | undefined;
}

/** CODATA 2018, SI, as astropy 5 and later have them. */
const G = 6.6743e-11;
const C = 299792458;
const SIGMA = 5.6703744191844314e-8;
const BOLTZMANN_EV = 1.380649e-23 / 1.602176634e-19;
const METRES_PER_MPC = 3.085677581491367e22;

/** (4/11)^(1/3): neutrinos decouple before electrons annihilate. */
const NEUTRINO_TEMPERATURE = 0.7137658555036082;
/** 7/8 (4/11)^(4/3): fermions against photons. */
const NEUTRINO_DENSITY = 0.22710731766;

/** Densities today in units of the critical one, and how E(z) follows from them. */
export class Density {
  /** Photons. */
  readonly Ogamma0: number;
  /** Neutrinos. */
  readonly Onu0: number;
  /** The cosmological constant: what the others leave of 1. */
  readonly Ode0: number;
  readonly #Om0: number;
  readonly #perSpecies: number;
  readonly #massless: number;
  /** Rest energies of the massive species, in units of their temperature. */
  readonly #restEnergies: readonly number[];

  constructor({ H0, Om0, Tcmb0 = 0, Neff = 3.04, m_nu = 0 }: CosmologyParameters) {
    const perSecond = (H0 * 1000) / METRES_PER_MPC;
    const critical = (3 * perSecond ** 2) / (8 * Math.PI * G);
    this.#Om0 = Om0;
    this.Ogamma0 = (((4 * SIGMA) / C ** 3) * Tcmb0 ** 4) / critical;
    const species = Math.floor(Neff);
    const masses = typeof m_nu === "number" ? Array<number>(species).fill(m_nu) : m_nu;
    const massive = Tcmb0 > 0 ? masses.filter((mass) => mass > 0) : [];
    this.#perSpecies = massive.length > 0 ? Neff / species : 1;
    this.#massless = massive.length > 0 ? species - massive.length : Neff;
    this.#restEnergies = massive.map(
      (mass) => mass / (BOLTZMANN_EV * NEUTRINO_TEMPERATURE * Tcmb0),
    );
    this.Onu0 = this.Ogamma0 * this.neutrinosPerPhotons(0);
    this.Ode0 = 1 - Om0 - this.Ogamma0 - this.Onu0;
  }

  /**
   * Density of the neutrinos over that of the photons: massive ones become matter as they cool.
   *
   * @see Komatsu et al. 2011, ApJS 192, 18, equation 26: a fit, for each mass
   */
  neutrinosPerPhotons(z: number): number {
    let sum = this.#massless;
    for (const energy of this.#restEnergies) {
      sum += (1 + ((0.3173 * energy) / (1 + z)) ** 1.83) ** 0.54644808743;
    }
    return NEUTRINO_DENSITY * this.#perSpecies * sum;
  }

  /** The Hubble parameter in units of today's. */
  expansion(z: number): number {
    const a = 1 + z;
    const radiation = this.Ogamma0 * (1 + this.neutrinosPerPhotons(z));
    return Math.sqrt(a * a * a * (this.#Om0 + radiation * a) + this.Ode0);
  }
}
