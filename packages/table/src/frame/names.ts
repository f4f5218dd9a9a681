/** What names of columns say: bands, errors, the parts of positions. */
import type { ColumnMetadata } from "@fitstream/native";

/** The UCD of a column (TUCDn), in lower case as the IVOA has it; empty where there is none. */
export function ucdOf(info: ColumnMetadata): string {
  return info.ucd.toLowerCase();
}

/** Words of a name: `psfMagErr_u` has psf, mag, err, u. */
export function wordsOf(name: string): string[] {
  return name
    .replace(/([a-z\d])([A-Z])/g, "$1 $2")
    .toLowerCase()
    .split(/[^a-z\d]+/)
    .filter((word) => word !== "");
}

/** Bands by wavelength: the order of colours. */
const bands = "fuv nuv u bp b g v rp r i z y j h k ks w1 w2 w3 w4".split(" ");

/** Where a band stands in the order of wavelengths; bands that are not known come last. */
export function bandPlace(band: string): number {
  const place = bands.indexOf(band);
  return place < 0 ? bands.length : place;
}

/** The band that a name tells: the `u` of psfMag_u, umag, mag_auto_u, u. */
export function bandOf(name: string): string | undefined {
  const words = wordsOf(name);
  const glued = /^([a-z]|ks|[fn]uv|w[1-4]|bp|rp)mag$/i.exec(name)?.[1]?.toLowerCase();
  return [...words.reverse(), glued].find((word) => word !== undefined && bands.includes(word));
}

/** A name without its band: what columns of one set share. */
export function withoutBand(name: string): string {
  const band = bandOf(name);
  if (band === undefined) return name.toLowerCase();
  const at = new RegExp(`(^|[^a-z\\d])${band}(?=$|[^a-z\\d]|mag$)`, "i");
  return name.replace(at, "$1*").toLowerCase();
}

/** Whether a column holds errors, weights or flags of another quantity. */
export function isUncertainty(info: ColumnMetadata): boolean {
  if (/^stat\.(error|stdev|variance|weight|covariance|correlation)|^meta\.code/.test(ucdOf(info))) {
    return true;
  }
  const name = info.name.toLowerCase();
  if (/err$|error$|^e_|ivar$|warning$|^(err|sigma)[a-z]$/.test(name)) return true;
  const marks = /^(err|error|sigma|std|stddev|rms|unc|ivar|invvar|var|corr|cov|flag|flags|snr|sn)$/;
  return wordsOf(info.name).some((word) => marks.test(word));
}

/** Whether a column is an inverse variance. */
export function isInverseVariance(name: string): boolean {
  return /ivar|invvar/i.test(name);
}

/** One of the two columns of a position. */
export interface SkyRole {
  readonly role: "lon" | "lat";
  readonly frame: "icrs" | "galactic" | "other";
  /** What both columns of a position share. */
  readonly stem: string;
  /** What told it. */
  readonly by: "UCD" | "name";
}

const ucdRoles = [
  [/^pos\.eq\.ra/, "lon", "icrs"],
  [/^pos\.eq\.dec/, "lat", "icrs"],
  [/^pos\.galactic\.lon/, "lon", "galactic"],
  [/^pos\.galactic\.lat/, "lat", "galactic"],
  [/^pos\.ecliptic\.lon/, "lon", "other"],
  [/^pos\.ecliptic\.lat/, "lat", "other"],
] as const;

const nameRoles = [
  [/(^|_)(ra|right_?ascension|alpha)(?=$|_|\d|j?2000|deg)/, "lon", "icrs"],
  [/(^|_)(dec|decl|de|declination|delta)(?=$|_|\d|j?2000|deg)/, "lat", "icrs"],
  [/^(l|glon|gal_lon|gal_l)$/, "lon", "galactic"],
  [/^(b|glat|gal_lat|gal_b)$/, "lat", "galactic"],
  [/^(ecl_lon|elon)$/, "lon", "other"],
  [/^(ecl_lat|elat)$/, "lat", "other"],
] as const;

/** Which part of a position a column is, by its UCD or its name. */
export function skyRoleOf(info: ColumnMetadata): SkyRole | undefined {
  if (isUncertainty(info) || /pm|motion|offset|off$/i.test(info.name)) return undefined;
  const name = info.name.toLowerCase();
  const named = nameRoles.find(([pattern]) => pattern.test(name));
  const told = ucdRoles.find(([pattern]) => pattern.test(ucdOf(info)));
  const found = told ?? named;
  if (found === undefined) return undefined;
  const [, role, frame] = found;
  const stem = named === undefined || frame !== "icrs" ? "" : name.replace(named[0], "$1*");
  return { role, frame, stem: `${frame} ${stem}`, by: told === undefined ? "name" : "UCD" };
}

/** Pairs of columns that are positions, longitudes first, in the order of the longitudes. */
export function skyPairs(
  columns: readonly ColumnMetadata[],
): { readonly lon: ColumnMetadata; readonly lat: ColumnMetadata; readonly role: SkyRole }[] {
  const roles = columns.flatMap((info) => {
    const role = skyRoleOf(info);
    return role === undefined ? [] : [{ info, role }];
  });
  const left = new Set(roles);
  return roles
    .filter(({ role }) => role.role === "lon")
    .flatMap(({ info: lon, role }) => {
      const match = [...left].find((o) => o.role.role === "lat" && o.role.stem === role.stem);
      if (match === undefined) return [];
      left.delete(match);
      return [{ lon, lat: match.info, role }];
    });
}
