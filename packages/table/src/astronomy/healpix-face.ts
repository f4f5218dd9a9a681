/**
 * The geometry of HEALPix (Górski et al. 2005, ApJ 622, 759): twelve faces, each a square of
 * `nside` x `nside` pixels with x to the north-east and y to the north-west.
 */
import { DEGREE } from "./sphere.js";

/** A pixel: its face, and its place on it. Loops reuse one of these. */
export interface FacePixel {
  /** 0 to 3 around the north pole, 4 to 7 on the equator, 8 to 11 around the south pole. */
  face: number;
  x: number;
  y: number;
}

/** A pixel: its ring, from 1 at the north pole, and its place in it, from longitude 0. */
export interface RingPixel {
  ring: number;
  place: number;
}

/** The ring of each face's northernmost corner, in units of nside, counted as its last ring... */
const cornerRing = [2, 2, 2, 2, 3, 3, 3, 3, 4, 4, 4, 4];
/** ...and its longitude, in units of 45 degrees. */
const cornerLongitude = [1, 3, 5, 7, 0, 2, 4, 6, 1, 3, 5, 7];

/** Between the caps: the pixel where these two edge lines, counted from the west, cross. */
function setBelt(rising: number, falling: number, nside: number, out: FacePixel): void {
  const up = Math.floor(rising / nside);
  const down = Math.floor(falling / nside);
  out.face = up === down ? (up & 3) + 4 : up < down ? up & 3 : (down & 3) + 8;
  out.x = falling - down * nside;
  out.y = nside - 1 - (rising - up * nside);
}

/** In a cap: the pixel that is this many edge lines from both meridians of its quarter. */
function setCap(
  isNorth: boolean,
  quarter: number,
  fromWest: number,
  fromEast: number,
  nside: number,
  out: FacePixel,
): void {
  out.face = isNorth ? quarter : quarter + 8;
  out.x = isNorth ? nside - 1 - fromEast : fromWest;
  out.y = isNorth ? nside - 1 - fromWest : fromEast;
}

/** Puts the pixel that holds a position (degrees) into `out`; false where there is no such place. */
export function locate(lon: number, lat: number, nside: number, out: FacePixel): boolean {
  if (!(Math.abs(lat) <= 90 && Math.abs(lon) < Number.POSITIVE_INFINITY)) return false;
  // Through the distance from the pole, as healpy does, so that positions on edges go the same way.
  const z = Math.cos(Math.PI / 2 - lat * DEGREE);
  const turn = lon >= 0 && lon < 360 ? lon : ((lon % 360) + 360) % 360;
  const quarters = turn / 90;
  const height = Math.abs(z);
  if (height <= 2 / 3) {
    const across = nside * (0.5 + quarters);
    const along = nside * (z * 0.75);
    setBelt(Math.floor(across - along), Math.floor(across + along), nside, out);
    return true;
  }
  // Near the pole, 1 - |z| has lost the digits that the distance from the pole still has.
  const distance =
    height < 0.99
      ? Math.sqrt(3 * (1 - height))
      : Math.sin((90 - Math.abs(lat)) * DEGREE) / Math.sqrt((1 + height) / 3);
  const quarter = Math.min(3, Math.floor(quarters));
  const part = quarters - quarter;
  const fromWest = Math.min(Math.floor(part * (nside * distance)), nside - 1);
  const fromEast = Math.min(Math.floor((1 - part) * (nside * distance)), nside - 1);
  setCap(z > 0, quarter, fromWest, fromEast, nside, out);
  return true;
}

/** Pixels of a quarter of a ring. */
function quarterOf(ring: number, nside: number): number {
  return Math.min(ring, nside, 4 * nside - ring);
}

function ringNumber({ face, x, y }: FacePixel, nside: number): number {
  return (cornerRing[face] as number) * nside - x - y - 1;
}

/** The longitude of a pixel's centre, in eighths of a turn times the pixels of a quarter ring. */
function eighths({ face, x, y }: FacePixel, quarter: number): number {
  const at = (cornerLongitude[face] as number) * quarter + x - y;
  return at < 0 ? at + 8 * quarter : at;
}

/** The ring of a pixel, and its place in it. */
export function toRing(pixel: FacePixel, nside: number, out: RingPixel): void {
  out.ring = ringNumber(pixel, nside);
  out.place = Math.floor(eighths(pixel, quarterOf(out.ring, nside)) / 2);
}

/** The face of a pixel of a ring, and its place on it. */
export function fromRing({ ring, place }: RingPixel, nside: number, out: FacePixel): void {
  if (ring < nside || ring > 3 * nside) {
    const length = quarterOf(ring, nside);
    const quarter = Math.floor(place / length);
    const fromWest = place - quarter * length;
    setCap(ring < nside, quarter, fromWest, length - 1 - fromWest, nside, out);
    return;
  }
  // Between the caps, every second ring begins with a whole pixel, not with half of one.
  const eighth = 2 * place + ((ring - nside) % 2 === 0 ? 1 : 0);
  setBelt((eighth + ring - nside - 1) / 2, (eighth + 3 * nside - ring - 1) / 2, nside, out);
}

/** Puts the centre of a pixel, in degrees, at `at` of the two columns. */
export function centre(
  pixel: FacePixel,
  nside: number,
  at: number,
  lon: Float64Array,
  lat: Float64Array,
): void {
  const ring = ringNumber(pixel, nside);
  const quarter = quarterOf(ring, nside);
  lon[at] = (45 * eighths(pixel, quarter)) / quarter;
  if (quarter === nside) {
    lat[at] = Math.asin(((2 * nside - ring) * 2) / (3 * nside)) / DEGREE;
    return;
  }
  // 1 - |z| is quarter^2 / (3 nside^2), and 2 sin^2 of half the distance from the pole.
  const distance = (2 * Math.asin(quarter / (nside * Math.sqrt(6)))) / DEGREE;
  lat[at] = ring < nside ? 90 - distance : distance - 90;
}
