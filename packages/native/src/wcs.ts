import type { Card } from "./card.js";
import { type WcsKeys, type WcsPlace, wcsKeys } from "./wcs-keys.js";

/** What is needed of a header. */
interface Header {
  readonly cards: readonly Card[];
  all(keyword: string): readonly Card[];
}

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

/** The standard numbers axes up to 99 (section 8.2). */
const maxAxes = 99;

function numberOf(header: Header, names: readonly string[]): number | undefined {
  for (const name of names) {
    const value = header.all(name)[0]?.value;
    if (typeof value === "number" || typeof value === "bigint") return Number(value);
  }
  return undefined;
}

function textOf(header: Header, names: readonly string[]): string | undefined {
  for (const name of names) {
    const value = header.all(name)[0]?.value;
    if (typeof value === "string" && value.trim() !== "") return value.trim();
  }
  return undefined;
}

/** Without the properties that are undefined: JSON and structuredClone agree then. */
function present<T extends object>(fields: { [K in keyof T]: T[K] | undefined }): T {
  return Object.fromEntries(Object.entries(fields).filter(([, v]) => v !== undefined)) as T;
}

/** The numbers in a keyword's name, and its value. */
interface Indexed {
  readonly indices: readonly [number, number];
  readonly value: unknown;
}

/** Keywords that match, by name: of duplicates the first. */
function matching(header: Header, pattern: RegExp): readonly Indexed[] {
  const seen = new Map<string, Indexed>();
  for (const { keyword, kind, value } of header.cards) {
    const match = kind === "value" ? pattern.exec(keyword.toUpperCase()) : null;
    if (match === null || seen.has(match[0])) continue;
    const [first = Number.NaN, second = Number.NaN] = match.slice(1).map(Number);
    seen.set(match[0], { indices: [first, second], value });
  }
  return [...seen.values()];
}

const isNumber = (value: unknown): value is number | bigint =>
  typeof value === "number" || typeof value === "bigint";

/** Keywords of each axis and each pair of axes, with axes numbered from 1. */
class AxisValues {
  readonly #header: Header;
  readonly #keys: WcsKeys;
  /** The highest axis that any of them names. */
  highest = 0;

  constructor(header: Header, keys: WcsKeys) {
    this.#header = header;
    this.#keys = keys;
  }

  #axis(number: number): number {
    const axis = this.#keys.axisOf(number);
    if (axis >= 1 && axis <= maxAxes) this.highest = Math.max(this.highest, axis);
    return axis;
  }

  axis<T>(stem: string, is: (value: unknown) => value is T): ReadonlyMap<number, T> {
    const values = new Map<number, T>();
    for (const { indices, value } of matching(this.#header, this.#keys.axis(stem))) {
      if (is(value)) values.set(this.#axis(indices[0]), value);
    }
    return values;
  }

  matrix(stem: string): readonly { i: number; j: number; value: number }[] {
    return matching(this.#header, this.#keys.matrix(stem)).flatMap(({ indices: [i, j], value }) =>
      isNumber(value) ? [{ i: this.#axis(i), j: this.#axis(j), value: Number(value) }] : [],
    );
  }

  parameters<T>(stem: string, is: (value: unknown) => value is T): readonly WcsParameter<T>[] {
    return matching(this.#header, this.#keys.parameter(stem)).flatMap(
      ({ indices: [i, index], value }) =>
        is(value) ? [{ axis: this.#axis(i), index, value }] : [],
    );
  }
}

function matrixOf(
  n: number,
  pc: readonly { i: number; j: number; value: number }[],
  cd: typeof pc,
  crota: ReadonlyMap<number, number | bigint>,
): WcsMatrix {
  const filled = (elements: typeof pc, diagonal: number): readonly (readonly number[])[] => {
    const rows = Array.from({ length: n }, (_, i) =>
      Array.from({ length: n }, (_, j) => (i === j ? diagonal : 0)),
    );
    for (const { i, j, value } of elements) {
      const row = rows[i - 1];
      if (row !== undefined && j >= 1 && j <= n) row[j - 1] = value;
    }
    return rows;
  };
  if (pc.length > 0) return { form: "pc", pc: filled(pc, 1) };
  if (cd.length > 0) return { form: "cd", cd: filled(cd, 0) };
  if (crota.size > 0) {
    return {
      form: "crota",
      crota: Array.from({ length: n }, (_, i) => Number(crota.get(i + 1) ?? 0)),
    };
  }
  return { form: "pc", pc: filled([], 1) };
}

/** "RA---TAN" and its like: the coordinate, and the projection behind it (Paper II, section 3). */
const celestialType = /^(RA--|DEC-|[A-Z]LON|[A-Z]LAT|[A-Z]{2}LN|[A-Z]{2}LT)-([A-Z]{3})/;

function celestialOf(ctype: readonly string[]): WcsCelestial | undefined {
  const types = ctype.map((type) => celestialType.exec(type.toUpperCase()));
  const isLongitude = (name = ""): boolean => /^RA|LON$|LN$/.test(name);
  const longitude = types.findIndex((type) => type !== null && isLongitude(type[1]));
  const latitude = types.findIndex((type) => type !== null && !isLongitude(type[1]));
  const [, name = "", projection = ""] = types[longitude] ?? [];
  if (longitude < 0 || latitude < 0) return undefined;
  const system = name.replaceAll("-", "");
  return { longitude: longitude + 1, latitude: latitude + 1, system, projection };
}

/** Latitude of a projection's reference point in its own coordinates (Paper II, section 5). */
function nativeLatitude({ longitude, latitude, projection }: WcsCelestial, pv: Wcs["pv"]): number {
  const parameter = (axis: number, index: number): number | undefined =>
    pv.find((p) => p.axis === axis && p.index === index)?.value;
  const isPolynomial = ["TPV", "TPD"].includes(projection);
  const given = isPolynomial ? undefined : parameter(longitude, 2);
  if (given !== undefined) return given;
  if (/^CO[PEDO]$/.test(projection)) return parameter(latitude, 1) ?? 0;
  return /^(AZP|SZP|TAN|STG|SIN|NCP|ARC|ZPN|ZEA|AIR|TPV|TPD|TNX|ZPX|XPH)$/.test(projection)
    ? 90
    : 0;
}

function poleOf(
  header: Header,
  keys: WcsKeys,
  celestial: WcsCelestial,
  { crval, pv }: Pick<Wcs, "crval" | "pv">,
): Pick<Wcs, "lonpole" | "latpole"> {
  const parameter = (index: number): number | undefined =>
    ["TPV", "TPD"].includes(celestial.projection)
      ? undefined
      : pv.find((p) => p.axis === celestial.longitude && p.index === index)?.value;
  const isNear = (crval[celestial.latitude - 1] ?? 0) >= nativeLatitude(celestial, pv);
  return {
    lonpole: numberOf(header, keys.scalar("LONPOLE")) ?? parameter(3) ?? (isNear ? 0 : 180),
    latpole: numberOf(header, keys.scalar("LATPOLE")) ?? parameter(4) ?? 90,
  };
}

/** Frame and equinox, each of which has a default that hangs on the other (Paper II, 3.1). */
function frameOf(
  header: Header,
  keys: WcsKeys,
  celestial: WcsCelestial | undefined,
): Pick<Wcs, "radesys" | "equinox"> {
  const written = numberOf(header, keys.scalar("EQUINOX"));
  const isOnSky = ["RA", "ELON", "HLON"].includes(celestial?.system ?? "");
  const byEquinox = written === undefined ? "ICRS" : written < 1984 ? "FK4" : "FK5";
  const radesys = textOf(header, keys.scalar("RADESYS")) ?? (isOnSky ? byEquinox : undefined);
  const byFrame = radesys?.startsWith("FK4") ? 1950 : radesys === "FK5" ? 2000 : undefined;
  return present<Pick<Wcs, "radesys" | "equinox">>({ radesys, equinox: written ?? byFrame });
}

function spectralOf(header: Header, keys: WcsKeys): WcsSpectral {
  const text = (name: string): string | undefined => textOf(header, keys.scalar(name));
  const number = (name: string): number | undefined => numberOf(header, keys.scalar(name));
  return present<WcsSpectral>({
    specsys: text("SPECSYS"),
    ssysobs: text("SSYSOBS") ?? "TOPOCENT",
    ssyssrc: text("SSYSSRC"),
    velosys: number("VELOSYS"),
    zsource: number("ZSOURCE"),
    velangl: number("VELANGL"),
    restfrq: number("RESTFRQ"),
    restwav: number("RESTWAV"),
  });
}

function timeOf(header: Header): WcsTime {
  const whole = numberOf(header, ["MJDREFI"]);
  const fraction = numberOf(header, ["MJDREFF"]);
  // The pair is preferred where both forms are there (Standard, section 9.2.2).
  const isPair = whole !== undefined || fraction !== undefined;
  const mjdref = [
    isPair ? (whole ?? 0) : (numberOf(header, ["MJDREF"]) ?? 0),
    fraction ?? 0,
  ] as const;
  return present<WcsTime>({
    timesys: textOf(header, ["TIMESYS"]) ?? "UTC",
    timeunit: textOf(header, ["TIMEUNIT"]) ?? "s",
    trefpos: textOf(header, ["TREFPOS"]),
    mjdref,
    dateref: textOf(header, ["DATEREF"]),
  });
}

/** A_p_q and the like (Shupe et al. 2005). */
function sipOf(header: Header): Wcs["sip"] {
  const polynomial = (name: string): SipPolynomial | undefined => {
    const order = numberOf(header, [`${name}_ORDER`]);
    if (order === undefined) return undefined;
    const coefficients = matching(header, new RegExp(`^${name}_(\\d+)_(\\d+)$`)).flatMap(
      ({ indices: [p, q], value }) =>
        isNumber(value) && p + q <= order ? [{ p, q, value: Number(value) }] : [],
    );
    return { order, coefficients };
  };
  const sip = present<NonNullable<Wcs["sip"]>>({
    a: polynomial("A"),
    b: polynomial("B"),
    ap: polynomial("AP"),
    bp: polynomial("BP"),
  });
  return Object.keys(sip).length === 0 ? undefined : sip;
}

function distortionsOf(header: Header, a: string): readonly WcsDistortion[] {
  const families = [
    { stem: "CPDIS", records: "DP", stage: "pixel" },
    { stem: "CQDIS", records: "DQ", stage: "intermediate" },
    { stem: "D2IMDIS", records: "D2IM", stage: "pixel" },
  ] as const;
  return families.flatMap(({ stem, records, stage }) =>
    matching(header, new RegExp(`^${stem}(\\d{1,2})${a}$`)).flatMap(
      ({ indices: [axis], value }) => {
        if (typeof value !== "string") return [];
        const pairs = header.all(`${records}${axis}${a}`).flatMap((card) => {
          const [, field = "", text = ""] = /^(.+?): +(\S+)$/.exec(String(card.value)) ?? [];
          return field === "" || Number.isNaN(Number(text)) ? [] : [[field, Number(text)] as const];
        });
        const keyword = `${stem}${axis}${a}`;
        return [
          { stage, keyword, axis, kind: value.trim(), parameters: Object.fromEntries(pairs) },
        ];
      },
    ),
  );
}

/**
 * The WCS keywords of a header.
 *
 * @param alternate "" for the primary description, "A" to "Z" for another.
 * @param place Of a table: which column or columns it describes.
 * @returns Undefined where the header has none.
 */
export function readWcs(header: Header, alternate: string, place?: WcsPlace): Wcs | undefined {
  const a = alternate.toUpperCase();
  const keys = wcsKeys(a, place);
  const values = new AxisValues(header, keys);
  const isText = (value: unknown): value is string => typeof value === "string";
  const [ctype, cunit, cname] = ["CTYPE", "CUNIT", "CNAME"].map((s) => values.axis(s, isText));
  const [crval, crpix, cdelt, crota] = ["CRVAL", "CRPIX", "CDELT", "CROTA"].map((stem) =>
    values.axis(stem, isNumber),
  );
  const [pc = [], cd = []] = ["PC", "CD"].map((stem) => values.matrix(stem));
  const pv = values.parameters("PV", isNumber).map((p) => ({ ...p, value: Number(p.value) }));
  const ps = values.parameters("PS", isText);
  const declared = numberOf(header, keys.scalar("WCSAXES"));
  if (values.highest === 0 && declared === undefined) return undefined;

  const isCompressed = header.all("ZIMAGE")[0]?.value === true;
  const naxis = place === undefined ? numberOf(header, [isCompressed ? "ZNAXIS" : "NAXIS"]) : 0;
  const axes = Math.min(maxAxes, Math.max(declared ?? naxis ?? 0, values.highest));
  const list = <T>(map: ReadonlyMap<number, T> | undefined, otherwise: T): T[] =>
    Array.from({ length: axes }, (_, i) => map?.get(i + 1) ?? otherwise);
  const numbers = (map: typeof crval, otherwise: number): number[] =>
    list(map, otherwise).map(Number);
  const types = list(ctype, "").map((text) => text.trim());
  const celestial = celestialOf(types);
  const linear = { crval: numbers(crval, 0), pv };
  const obsgeo = ["OBSGEO-X", "OBSGEO-Y", "OBSGEO-Z"].map((s) => numberOf(header, keys.scalar(s)));
  return present<Wcs>({
    alternate: a,
    name: textOf(header, keys.scalar("WCSNAME")),
    axes,
    ctype: types,
    cunit: list(cunit, "").map((text) => text.trim()),
    crval: linear.crval,
    crpix: numbers(crpix, 0),
    cdelt: numbers(cdelt, 1),
    cname: list(cname, "").map((text) => text.trim()),
    matrix: matrixOf(axes, pc, cd, crota ?? new Map()),
    pv,
    ps,
    celestial,
    ...frameOf(header, keys, celestial),
    ...(celestial === undefined ? {} : poleOf(header, keys, celestial, linear)),
    dateobs: textOf(header, keys.scalar("DATE-OBS")),
    mjdobs: numberOf(header, keys.scalar("MJD-OBS")),
    dateavg: textOf(header, keys.scalar("DATE-AVG")),
    mjdavg: numberOf(header, keys.scalar("MJD-AVG")),
    obsgeo: obsgeo.some((x) => x === undefined) ? undefined : (obsgeo as [number, number, number]),
    spectral: spectralOf(header, keys),
    time: timeOf(header),
    sip: a === "" ? sipOf(header) : undefined,
    distortions: distortionsOf(header, a),
  });
}
