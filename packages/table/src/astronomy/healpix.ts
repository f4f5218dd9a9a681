/**
 * HEALPix: pixels of equal area on the sphere, to order 29 (0.4 milliarcseconds).
 *
 * Our own code: of the packages that npm has, the permissive ones end at order 15, and the others
 * are under the AGPL.
 *
 * @see Górski et al. 2005, ApJ 622, 759
 */
import { tableError } from "../errors.js";
import type { Numbers } from "./column.js";
import { centre, type FacePixel, locate } from "./healpix-face.js";
import {
  fromNestedBigInt,
  fromNestedNumber,
  fromRingIndex,
  inBigInts,
  inNumbers,
  LAST_NUMBER_ORDER,
  nestedBigInt,
  nestedNumber,
  ringIndex,
} from "./healpix-index.js";
import type { SkyPositions } from "./sphere.js";

/** Which pixels, and how they are numbered. */
export interface HealpixGrid {
  /** 0 to 29; each face has 4^order pixels, the sphere 12 * 4^order. */
  readonly order: number;
  /** "nested" (default): the four parts of pixel i are 4 i to 4 i + 3. "ring": from north to south. */
  readonly scheme?: "nested" | "ring" | undefined;
}

/** How {@link ang2pix} hands out the numbers of pixels of a column. */
export interface HealpixOptions extends HealpixGrid {
  /**
   * Default: int32 up to order 13, float64 up to 24, int64 (BigInt64Array) beyond: the smallest
   * that is exact.
   */
  readonly dtype?: "int32" | "float64" | "int64" | undefined;
}

/** Numbers of pixels, as {@link HealpixOptions.dtype} says. */
export type HealpixColumn = Int32Array | Float64Array | BigInt64Array;

const LAST_ORDER = 29;
/** 12 * 4^13 < 2^31. */
const LAST_INT32_ORDER = 13;

function badArgument(what: string, expected: string, found: string): Error {
  return tableError({ code: "TABLE_BAD_ARGUMENT", what, expected, found });
}

/** The number of a pixel that does not exist: of a position that is not finite, say. */
const NOWHERE = -1;

function nsideOf({ order, scheme = "nested" }: HealpixGrid): number {
  if (!Number.isInteger(order) || order < 0 || order > LAST_ORDER) {
    throw badArgument("no such HEALPix order", `an integer, 0 to ${LAST_ORDER}`, String(order));
  }
  if (scheme !== "nested" && scheme !== "ring") {
    throw badArgument("no such HEALPix scheme", "nested or ring", String(scheme));
  }
  return 2 ** order;
}

function columnFor({ order, dtype }: HealpixOptions, rows: number): HealpixColumn {
  const last = { int32: LAST_INT32_ORDER, float64: LAST_NUMBER_ORDER, int64: LAST_ORDER };
  const fitting = order <= last.int32 ? "int32" : order <= last.float64 ? "float64" : "int64";
  const chosen = dtype ?? fitting;
  if (!(order <= last[chosen])) {
    throw badArgument(`${chosen} does not hold HEALPix pixels of order ${order}`, fitting, chosen);
  }
  if (chosen === "int64") return new BigInt64Array(rows);
  return chosen === "int32" ? new Int32Array(rows) : new Float64Array(rows);
}

/**
 * The pixel of each position, as healpy has it (but for positions within rounding of an edge: one in
 * two million at order 29, none at order 12).
 *
 * @param lon Longitudes (right ascensions) in degrees; any turn will do.
 * @param lat Latitudes (declinations) in degrees.
 * @returns A number for numbers (a BigInt from order 25 on), a column for columns; -1 where a
 *   position is not finite or its latitude beyond a pole.
 * @throws {TableError} TABLE_BAD_ARGUMENT for an order that is not there, or that `dtype` does not
 *   hold; TABLE_ROWS for columns of different length.
 *
 * @example
 * ```ts
 * ang2pix(10.684708, 41.26875, { order: 12 }); // 11096330
 * ang2pix(ra, dec, { order: 29, scheme: "ring" }); // BigInt64Array
 * ```
 */
export function ang2pix(lon: number, lat: number, grid: HealpixGrid): number | bigint;
export function ang2pix(lon: Numbers, lat: Numbers, options: HealpixOptions): HealpixColumn;
export function ang2pix(
  lon: number | Numbers,
  lat: number | Numbers,
  options: HealpixOptions,
): number | bigint | HealpixColumn {
  const nside = nsideOf(options);
  if (typeof lon === "number" || typeof lat === "number") {
    return ang2pix([Number(lon)], [Number(lat)], options)[0] ?? NOWHERE;
  }
  checkLengths(lon, lat);
  const out = columnFor(options, lon.length);
  if (out instanceof BigInt64Array) fillBigInts(lon, lat, nside, options.scheme, out);
  else fillNumbers(lon, lat, nside, options.scheme, out);
  return out;
}

function checkLengths(lon: Numbers, lat: Numbers): void {
  if (lon.length === lat.length) return;
  throw tableError({
    code: "TABLE_ROWS",
    what: "there are not as many latitudes as longitudes",
    expected: String(lon.length),
    found: String(lat.length),
  });
}

function fillNumbers(
  lon: Numbers,
  lat: Numbers,
  nside: number,
  scheme: HealpixGrid["scheme"],
  out: Int32Array | Float64Array,
): void {
  const pixel: FacePixel = { face: 0, x: 0, y: 0 };
  const isRing = scheme === "ring";
  for (let i = 0; i < out.length; ++i) {
    if (!locate(lon[i] as number, lat[i] as number, nside, pixel)) out[i] = NOWHERE;
    else out[i] = isRing ? ringIndex(pixel, nside, inNumbers) : nestedNumber(pixel, nside);
  }
}

function fillBigInts(
  lon: Numbers,
  lat: Numbers,
  nside: number,
  scheme: HealpixGrid["scheme"],
  out: BigInt64Array,
): void {
  const pixel: FacePixel = { face: 0, x: 0, y: 0 };
  const isRing = scheme === "ring";
  for (let i = 0; i < out.length; ++i) {
    if (!locate(lon[i] as number, lat[i] as number, nside, pixel)) out[i] = BigInt(NOWHERE);
    else out[i] = isRing ? ringIndex(pixel, nside, inBigInts) : nestedBigInt(pixel, nside);
  }
}

/**
 * The centres of pixels, in degrees.
 *
 * @param pixels A number or BigInt, or a column of either.
 * @returns NaN for pixels that the order does not have (-1, say).
 * @throws {TableError} TABLE_BAD_ARGUMENT for an order that is not there, and for numbers where
 *   they are not exact (from order 25 on: give BigInts).
 */
export function pix2ang(
  pixels: number | bigint | Numbers | ArrayLike<bigint>,
  grid: HealpixGrid,
): SkyPositions {
  const nside = nsideOf(grid);
  const list = typeof pixels === "object" ? pixels : [pixels];
  const lon = new Float64Array(list.length).fill(Number.NaN);
  const lat = new Float64Array(list.length).fill(Number.NaN);
  const pixel: FacePixel = { face: 0, x: 0, y: 0 };
  const isRing = grid.scheme === "ring";
  const count = 12 * nside * nside;
  for (let i = 0; i < list.length; ++i) {
    const index = list[i] as number | bigint;
    if (!(index >= 0 && index < count)) continue;
    if (typeof index === "number") {
      checkExact(index, grid.order);
      if (isRing) fromRingIndex(index, nside, inNumbers, pixel);
      else fromNestedNumber(index, nside, pixel);
    } else if (isRing) {
      fromRingIndex(index, nside, inBigInts, pixel);
    } else {
      fromNestedBigInt(index, nside, pixel);
    }
    centre(pixel, nside, i, lon, lat);
  }
  return { lon, lat };
}

function checkExact(index: number, order: number): void {
  if (order <= LAST_NUMBER_ORDER && Number.isInteger(index)) return;
  const expected = order <= LAST_NUMBER_ORDER ? "an integer" : "a BigInt";
  throw badArgument(`pixels of order ${order} cannot be this number`, expected, String(index));
}
