import { type Profile, renderStamp, type Stamp } from "./stamp.js";

/** Wings of a Moffat profile: 3 is close to what telescopes on the ground see. */
const beta = 3;

/** How a point is seen through the atmosphere: `(1 + (r / alpha) ** 2) ** -beta` (Moffat, 1969). */
function moffat(fwhm: number): Profile {
  const alpha = fwhm / (2 * Math.sqrt(2 ** (1 / beta) - 1));
  return (x, y) => {
    const t = 1 + (x * x + y * y) / (alpha * alpha);
    return 1 / (t * t * t);
  };
}

/** Where the PSF is cut: 99 % of the light is inside. */
function cutRadius(fwhm: number): number {
  return Math.ceil(2.6 * fwhm);
}

/**
 * A point source, sum 1, whose centre lies `dx`, `dy` pixels (within half a pixel) from that of the
 * stamp.
 *
 * @param fwhm Full width at half maximum, in pixels.
 */
export function pointStamp(fwhm: number, dx: number, dy: number): Stamp {
  const seen = moffat(fwhm);
  const profile: Profile = (x, y) => seen(x - dx, y - dy);
  return renderStamp(profile, cutRadius(fwhm), { near: 5, far: 2 });
}

/**
 * The kernel that blurs an image of galaxies. It is not averaged over pixels: the image it blurs is
 * already.
 */
export function blurKernel(fwhm: number): Stamp {
  return renderStamp(moffat(fwhm), cutRadius(fwhm), { near: 1, far: 1 });
}
