import { AxisValues, matrixOf, maxAxes } from "./axes.js";
import { celestialOf, frameOf, poleOf } from "./celestial.js";
import { distortionsOf, sipOf } from "./distortions.js";
import { type WcsPlace, wcsKeys } from "./keys.js";
import { spectralOf } from "./spectral.js";
import { timeOf } from "./time.js";
import { type Header, isNumber, numberOf, present, textOf } from "./values.js";
import type { Wcs } from "./wcs.js";

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
