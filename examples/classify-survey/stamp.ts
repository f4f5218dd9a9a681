/** A small square image, odd side, its centre in the middle pixel. */
export interface Stamp {
  /** Pixels from the centre to the edge: the side is `2 * radius + 1`. */
  readonly radius: number;
  /** C order, `[y, x]`. */
  readonly pixels: Float64Array;
}

/** Brightness at a place relative to the stamp's middle pixel, in pixels. */
export type Profile = (x: number, y: number) => number;

/** Points along each side of a pixel over which a profile is averaged; 1 takes its middle alone. */
export interface Sampling {
  /** In the pixels close to the centre, where profiles are steep. */
  readonly near: number;
  readonly far: number;
}

/** Pixels from the centre that count as near. */
const nearRadius = 3;

/** The light of a profile in each pixel, scaled to a sum of 1. */
export function renderStamp(profile: Profile, radius: number, sampling: Sampling): Stamp {
  const side = 2 * radius + 1;
  const pixels = new Float64Array(side * side);
  let sum = 0;
  for (let y = -radius, i = 0; y <= radius; ++y) {
    for (let x = -radius; x <= radius; ++x, ++i) {
      const isNear = Math.abs(x) <= nearRadius && Math.abs(y) <= nearRadius;
      const value = averageOverPixel(profile, x, y, isNear ? sampling.near : sampling.far);
      pixels[i] = value;
      sum += value;
    }
  }
  for (let i = 0; i < pixels.length; ++i) pixels[i] = (pixels[i] ?? 0) / sum;
  return { radius, pixels };
}

function averageOverPixel(profile: Profile, x: number, y: number, points: number): number {
  let sum = 0;
  for (let j = 0; j < points; ++j) {
    const sy = y + (j + 0.5) / points - 0.5;
    for (let i = 0; i < points; ++i) sum += profile(x + (i + 0.5) / points - 0.5, sy);
  }
  return sum / (points * points);
}

/** Blurs a stamp. It grows by the radius of the kernel, so that no light is lost. */
export function convolve(stamp: Stamp, kernel: Stamp): Stamp {
  const radius = stamp.radius + kernel.radius;
  const side = 2 * radius + 1;
  const stampSide = 2 * stamp.radius + 1;
  const kernelSide = 2 * kernel.radius + 1;
  const pixels = new Float64Array(side * side);
  for (let ky = 0; ky < kernelSide; ++ky) {
    for (let kx = 0; kx < kernelSide; ++kx) {
      const weight = kernel.pixels[ky * kernelSide + kx] ?? 0;
      for (let y = 0; y < stampSide; ++y) {
        const from = y * stampSide;
        const to = (y + ky) * side + kx;
        for (let x = 0; x < stampSide; ++x) {
          pixels[to + x] = (pixels[to + x] ?? 0) + weight * (stamp.pixels[from + x] ?? 0);
        }
      }
    }
  }
  return { radius, pixels };
}

/** Adds a stamp to an image, its middle pixel on `[y, x]`; what leaves the image is lost. */
export function addStamp(
  image: { readonly pixels: Float32Array; readonly shape: readonly [number, number] },
  stamp: Stamp,
  at: { readonly x: number; readonly y: number },
  flux: number,
): void {
  const { radius } = stamp;
  const side = 2 * radius + 1;
  const [height, width] = image.shape;
  for (let dy = Math.max(-radius, -at.y); dy <= Math.min(radius, height - 1 - at.y); ++dy) {
    const from = (dy + radius) * side + radius;
    const to = (at.y + dy) * width + at.x;
    for (let dx = Math.max(-radius, -at.x); dx <= Math.min(radius, width - 1 - at.x); ++dx) {
      image.pixels[to + dx] = (image.pixels[to + dx] ?? 0) + flux * (stamp.pixels[from + dx] ?? 0);
    }
  }
}
