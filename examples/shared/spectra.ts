/** Light of simulated objects: simple spectra, redshifted into the five bands of SDSS. */

/** Rest-frame flux per unit of wavelength at `angstrom`, in any unit. */
export type Spectrum = (angstrom: number) => number;

/** Centres and full widths of the bands, in Angstrom (Fukugita et al. 1996, AJ 111, 1748). */
const passbands = {
  u: [3551, 599],
  g: [4686, 1379],
  r: [6166, 1382],
  i: [7480, 1535],
  z: [8932, 1370],
} as const;

/** The bands, from blue to red. */
export const bands = ["u", "g", "r", "i", "z"] as const;

/** Samples of a spectrum in a band. */
const samples = 12;

/** AB magnitudes of a spectrum in the bands, but for a constant that all of them share. */
export function magnitudesOf(spectrum: Spectrum, redshift: number): number[] {
  return bands.map((band) => {
    const [centre, width] = passbands[band];
    let photons = 0;
    let flat = 0;
    for (let i = 0; i < samples; ++i) {
      const observed = centre + ((i + 0.5) / samples - 0.5) * width;
      photons += spectrum(observed / (1 + redshift)) * observed;
      flat += 1 / observed;
    }
    return -2.5 * Math.log10(photons / flat);
  });
}

/** Planck's law, in wavelength. */
function blackBody(kelvin: number): Spectrum {
  return (angstrom) => angstrom ** -5 / Math.expm1(1.4388e8 / (angstrom * kelvin));
}

/** Light at a wavelength relative to that at 5500 Angstrom. */
function normalized(spectrum: Spectrum): Spectrum {
  const one = spectrum(5500);
  return (angstrom) => spectrum(angstrom) / one;
}

const oldStars = normalized(blackBody(4500));
const youngStars = normalized((angstrom) => angstrom ** -2);

/**
 * A galaxy: old stars, whose light falls at 4000 Angstrom, and young ones, with dust.
 *
 * @param young Part of the light at 5500 Angstrom that young stars give.
 * @param dust Extinction at 5500 Angstrom, in magnitudes.
 */
export function galaxy(young: number, dust: number): Spectrum {
  return (angstrom) => {
    const isBlue = angstrom < 4000;
    const old = oldStars(angstrom) * (isBlue ? 0.45 : 1);
    const hot = youngStars(angstrom) * (angstrom < 3646 ? 0.75 : 1) * (angstrom < 912 ? 0 : 1);
    return ((1 - young) * old + young * hot) * 10 ** (-0.4 * dust * (angstrom / 5500) ** -0.7);
  };
}

/** A star: a black body, of which metals take the more ultraviolet the cooler it is. */
export function star(kelvin: number): Spectrum {
  const light = blackBody(kelvin);
  const blanketing = Math.min(0.65, Math.max(0.15, 0.7 - 0.6 * ((kelvin - 3500) / 4000)));
  return (angstrom) => light(angstrom) * (angstrom < 4000 ? 1 - blanketing : 1);
}

/** Broad lines: wavelength, width (sigma), equivalent width, in Angstrom. */
const lines = [
  [1216, 20, 90],
  [1549, 22, 40],
  [1909, 28, 25],
  [2798, 30, 35],
  [4861, 40, 50],
  [6563, 50, 200],
] as const;

/** A quasar: a power law with broad lines; hydrogen on the way takes light short of Lyman alpha. */
export function quasar(slope: number, redshift: number): Spectrum {
  const forest = Math.exp(-0.0036 * (1 + redshift) ** 3.2);
  return (angstrom) => {
    const peaks = lines.reduce((sum, [at, sigma, width]) => {
      const height = width / (sigma * Math.sqrt(2 * Math.PI));
      return sum + height * Math.exp(-0.5 * ((angstrom - at) / sigma) ** 2);
    }, 1);
    const absorbed = angstrom < 912 ? 0.02 : angstrom < 1216 ? forest : 1;
    return angstrom ** slope * peaks * absorbed;
  };
}
