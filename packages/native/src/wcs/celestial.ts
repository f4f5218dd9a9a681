import type { WcsKeys } from "./keys.js";
import { type Header, numberOf, present, textOf } from "./values.js";
import type { Wcs, WcsCelestial } from "./wcs.js";

/** "RA---TAN" and its like: the coordinate, and the projection behind it (Paper II, section 3). */
const celestialType = /^(RA--|DEC-|[A-Z]LON|[A-Z]LAT|[A-Z]{2}LN|[A-Z]{2}LT)-([A-Z]{3})/;

/** The first longitude and the first latitude that CTYPEi name. */
export function celestialOf(ctype: readonly string[]): WcsCelestial | undefined {
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

/** Where the native pole lies, by default for the projection (Paper II, section 2). */
export function poleOf(
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
export function frameOf(
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
