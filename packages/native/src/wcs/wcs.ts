/** The linear part of a WCS, in the form it is written in. */
export type WcsMatrix =
  | {
      readonly form: "pc";
      /** PCi_j, to be scaled by CDELTi; the unit matrix where the header has none. */
      readonly pc: readonly (readonly number[])[];
    }
  | {
      readonly form: "cd";
      /** CDi_j, which include the scale: CDELTi do not count. Elements not given are 0. */
      readonly cd: readonly (readonly number[])[];
    }
  | {
      readonly form: "crota";
      /** CROTAi, degrees, an older form (Paper II, section 6.1). Angles not given are 0. */
      readonly crota: readonly number[];
    };

/** A parameter of a coordinate: PVi_m or PSi_m. */
export interface WcsParameter<T> {
  /** i: the number of the coordinate, from 1. */
  readonly axis: number;
  /** m. */
  readonly index: number;
  /** Its value. */
  readonly value: T;
}

/** The two axes of a sky position. */
export interface WcsCelestial {
  /** Number of the longitude coordinate, from 1. */
  readonly longitude: number;
  /** Number of the latitude coordinate, from 1. */
  readonly latitude: number;
  /** "RA", "GLON", "ELON" ... */
  readonly system: string;
  /** "TAN", "CAR", "TPV" (where the PV are polynomials) ... */
  readonly projection: string;
}

/** One polynomial of SIP: the sum of `value * u^p * v^q`. */
export interface SipPolynomial {
  /** A_ORDER and its like. */
  readonly order: number;
  /** The coefficients that are given. */
  readonly coefficients: readonly {
    readonly p: number;
    readonly q: number;
    readonly value: number;
  }[];
}

/** A distortion by CPDISj, CQDISi or D2IMDISj (Paper IV). */
export interface WcsDistortion {
  /** Of a pixel coordinate (CPDIS, D2IMDIS), or of an intermediate one (CQDIS). */
  readonly stage: "pixel" | "intermediate";
  /** The keyword: "CPDIS1". */
  readonly keyword: string;
  /** Number of the axis, from 1. */
  readonly axis: number;
  /** "Lookup", "Polynomial", "TPV" ... */
  readonly kind: string;
  /** Its records: DP1 = 'AXIS.1: 1' is "AXIS.1": 1. */
  readonly parameters: Readonly<Record<string, number>>;
}

/** Frame and observer of a spectral axis (Paper III). */
export interface WcsSpectral {
  /** SPECSYS. */
  readonly specsys?: string;
  /** SSYSOBS. Default "TOPOCENT". */
  readonly ssysobs: string;
  /** SSYSSRC. */
  readonly ssyssrc?: string;
  /** VELOSYS, m/s. */
  readonly velosys?: number;
  /** ZSOURCE. */
  readonly zsource?: number;
  /** VELANGL, degrees. */
  readonly velangl?: number;
  /** RESTFRQ, also written RESTFREQ, Hz. */
  readonly restfrq?: number;
  /** RESTWAV, m. */
  readonly restwav?: number;
}

/** The time frame (Standard, section 9). */
export interface WcsTime {
  /** TIMESYS. Default "UTC". */
  readonly timesys: string;
  /** TIMEUNIT. Default "s". */
  readonly timeunit: string;
  /** TREFPOS. */
  readonly trefpos?: string;
  /** MJDREF, whole and fractional days: their sum would lose digits. Default 0. */
  readonly mjdref: readonly [number, number];
  /** DATEREF. */
  readonly dateref?: string;
}

/**
 * A world coordinate system as its keywords say it: plain data, no mathematics. Arrays have one
 * element an axis, in the order of the header (CRPIX1 first), which is the reverse of an array's
 * shape. Keywords that hold no value of the right type count as absent.
 */
export interface Wcs {
  /** "" or "A" to "Z". */
  readonly alternate: string;
  /** WCSNAME. */
  readonly name?: string;
  /** WCSAXES; where it is absent, NAXIS (ZNAXIS of a compressed image) or the highest axis used. */
  readonly axes: number;
  /** CTYPEi. Default "". */
  readonly ctype: readonly string[];
  /** CUNITi as written. Default "". */
  readonly cunit: readonly string[];
  /** CRVALi. Default 0. */
  readonly crval: readonly number[];
  /** CRPIXj, which count from 1 for the centre of the first pixel. Default 0. */
  readonly crpix: readonly number[];
  /** CDELTi. Default 1. */
  readonly cdelt: readonly number[];
  /** CNAMEi. Default "". */
  readonly cname: readonly string[];
  /** PC, CD or CROTA: the first of them that is there. */
  readonly matrix: WcsMatrix;
  /** PVi_m. */
  readonly pv: readonly WcsParameter<number>[];
  /** PSi_m. */
  readonly ps: readonly WcsParameter<string>[];
  /** Which axes are longitude and latitude; absent where CTYPEi name no such pair. */
  readonly celestial?: WcsCelestial;
  /** RADESYS; for equatorial and ecliptic axes it has a default, by EQUINOX (Paper II, 3.1). */
  readonly radesys?: string;
  /** EQUINOX, formerly EPOCH; default 1950 for FK4 and 2000 for FK5. */
  readonly equinox?: number;
  /** LONPOLE, degrees; default 0 or 180 (Paper II, section 2.2). Present with `celestial`. */
  readonly lonpole?: number;
  /** LATPOLE, degrees; default 90. Present with `celestial`. */
  readonly latpole?: number;
  /** DATE-OBS. */
  readonly dateobs?: string;
  /** MJD-OBS. */
  readonly mjdobs?: number;
  /** DATE-AVG. */
  readonly dateavg?: string;
  /** MJD-AVG. */
  readonly mjdavg?: number;
  /** OBSGEO-X, -Y, -Z, m, where all are there. */
  readonly obsgeo?: readonly [number, number, number];
  /** Of the spectral axis. */
  readonly spectral: WcsSpectral;
  /** The time frame. */
  readonly time: WcsTime;
  /** SIP polynomials, which belong to the primary WCS. */
  readonly sip?: {
    readonly a?: SipPolynomial;
    readonly b?: SipPolynomial;
    readonly ap?: SipPolynomial;
    readonly bp?: SipPolynomial;
  };
  /** Other distortions. */
  readonly distortions: readonly WcsDistortion[];
}
