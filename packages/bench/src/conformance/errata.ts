import type { GoldenFile } from "./golden.js";

interface Erratum {
  readonly hdu: number;
  readonly sha256: string;
  readonly sha256_f32: string;
  readonly why: string;
}

/**
 * Golden values that newer versions of the tools which gave them contradict, by the SHA-256 of the
 * file.
 */
const errata: Readonly<Record<string, Erratum>> = {
  // astropy's compressed_with_nan.fits.
  d7022e3e092abb2ecab24cd58c14201332b0b3111c2079668e26d42d50f4a6a7: {
    hdu: 1,
    sha256: "66c6594f1676e1ae1d57e5100dcaae78c34b1f6794d1144f46d38b7c7c771a58",
    sha256_f32: "26085a8031c77115cb1532b6b6731b89af56c49e39f3fd3cf2f3cb042e3e4a23",
    why: "a pixel that ZBLANK marks is NaN in astropy 8.0.2 and fitsio 1.4.2, as in the standard (10.2.2); astropy 5.2.1 and fitsio 1.1.8 took the mark for a number",
  },
};

/** The golden values of a file with what is known to be wrong put right, and why that was. */
export function corrected(golden: GoldenFile): {
  readonly golden: GoldenFile;
  readonly why?: string;
} {
  const erratum = errata[golden.sha256];
  if (erratum === undefined) return { golden };
  const { hdu: index, why, ...values } = erratum;
  const hdus = golden.hdus?.map((hdu) => (hdu.index === index ? { ...hdu, ...values } : hdu));
  return { golden: { ...golden, ...(hdus && { hdus }) }, why: `HDU ${index}: ${why}` };
}
