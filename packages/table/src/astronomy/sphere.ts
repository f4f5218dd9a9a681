/** Positions on the sky: unit vectors, and galactic coordinates. */
import type { Numbers } from "./column.js";

/** Radians in a degree. */
export const DEGREE: number = Math.PI / 180;

/** Longitudes and latitudes, in degrees. */
export interface SkyPositions {
  /** 0 up to 360. */
  readonly lon: Float64Array;
  /** -90 to 90. */
  readonly lat: Float64Array;
}

/**
 * Unit vectors of positions in degrees: what has neither a wrap at 360 degrees nor poles.
 *
 * @returns x, y, z of each position, one position after the other (`[n, 3]`, C order). NaN where
 *   the position is not finite or the latitude is beyond a pole.
 */
export function unitVectors(lon: Numbers, lat: Numbers): Float64Array {
  const out = new Float64Array(3 * lon.length);
  for (let i = 0; i < lon.length; ++i) {
    const a = (lon[i] as number) * DEGREE;
    const d = (lat[i] as number) * DEGREE;
    const radius = Math.abs(lat[i] as number) <= 90 ? Math.cos(d) : Number.NaN;
    out[3 * i] = radius * Math.cos(a);
    out[3 * i + 1] = radius * Math.sin(a);
    out[3 * i + 2] = Number.isNaN(radius * a) ? Number.NaN : Math.sin(d);
  }
  return out;
}

/**
 * Rows: the galactic axes in ICRS, as astropy has them. The galactic system of 1958 (Blaauw et al.
 * 1960, MNRAS 121, 123), given in FK5 J2000, with the rotation from ICRS to FK5.
 */
const toGalactic = [
  [-0.05487565771259158, -0.873437051955616, -0.4838350736167153],
  [0.49410943719272676, -0.44482972122329517, 0.7469821839866675],
  [-0.8676661375596576, -0.19807633727300053, 0.4559838136873016],
] as const;

/**
 * Galactic longitude and latitude of ICRS positions, all in degrees; within 1e-8 degrees of
 * astropy's.
 *
 * @returns NaN where the position is not finite or the declination is beyond a pole.
 */
export function galactic(ra: Numbers, dec: Numbers): SkyPositions {
  const vectors = unitVectors(ra, dec);
  const lon = new Float64Array(ra.length);
  const lat = new Float64Array(ra.length);
  for (let i = 0; i < lon.length; ++i) {
    const [x, y, z] = toGalactic.map(
      (row) =>
        row[0] * (vectors[3 * i] as number) +
        row[1] * (vectors[3 * i + 1] as number) +
        row[2] * (vectors[3 * i + 2] as number),
    ) as [number, number, number];
    const l = Math.atan2(y, x) / DEGREE;
    lon[i] = l < 0 ? l + 360 : l;
    // Not asin(z), which has half the digits near the poles.
    lat[i] = Math.atan2(z, Math.hypot(x, y)) / DEGREE;
  }
  return { lon, lat };
}
