import type { Random } from "../shared/random.js";
import type { Profile } from "./stamp.js";

/** A galaxy before the atmosphere blurs it, and where it may be cut. */
export interface Galaxy {
  readonly profile: Profile;
  /** Beyond it there is too little light to matter; whole pixels. */
  readonly radius: number;
}

/** Sersic's b for n = 4: half of the light is inside the half-light radius. */
const sersic4 = 7.669;

/** Turns and stretches the plane, so that a round profile becomes an inclined one. */
function inclined(face: Profile, axisRatio: number, angle: number): Profile {
  const cos = Math.cos(angle);
  const sin = Math.sin(angle);
  return (x, y) => face(x * cos + y * sin, (y * cos - x * sin) / axisRatio);
}

/** Falls from 1 to 0 near the edge of the stamp, which would else show as a box. */
function taper(radius: number): Profile {
  const start = 0.7 * radius;
  return (x, y) => {
    const t = (Math.sqrt(x * x + y * y) - start) / (radius - start);
    return t <= 0 ? 1 : t >= 1 ? 0 : 1 - t * t * (3 - 2 * t);
  };
}

function cut(profile: Profile, radius: number): Profile {
  const fade = taper(radius);
  return (x, y) => profile(x, y) * fade(x, y);
}

/**
 * An elliptical galaxy: de Vaucouleurs' law (Sersic n = 4), its cusp softened to a core as observed
 * ones have, seen as an ellipse.
 */
export function drawElliptical(random: Random): Galaxy {
  /** Half-light radius in pixels. */
  const size = random.between(2.2, 4.5);
  const core = 0.1 * size;
  const axisRatio = random.between(0.45, 1);
  const face: Profile = (x, y) => {
    const r2 = (x * x + y * y + core * core) / (size * size);
    return Math.exp(-sersic4 * Math.sqrt(Math.sqrt(Math.sqrt(r2))));
  };
  const radius = Math.ceil(4.5 * size);
  const profile = inclined(face, axisRatio, random.between(0, Math.PI));
  return { profile: cut(profile, radius), radius };
}

/**
 * A spiral galaxy: an exponential disc, two logarithmic arms that wind either way, a small round
 * bulge; a disc seen from the side is an ellipse.
 */
export function drawSpiral(random: Random): Galaxy {
  /** Scale length of the disc in pixels. */
  const size = random.between(2.4, 4);
  const winding = (random.uniform() < 0.5 ? -1 : 1) / Math.tan(random.between(0.3, 0.55));
  const phase = random.between(0, 2 * Math.PI);
  const contrast = random.between(0.8, 1);
  const bulge = random.between(0.2, 1.2);
  const bulgeSize = 0.25 * size;
  const face: Profile = (x, y) => {
    const r = Math.sqrt(x * x + y * y) / size;
    const arms = Math.cos(2 * (Math.atan2(y, x) - winding * Math.log(r + 0.1)) + phase);
    // The arms grow out of the smooth middle.
    return Math.exp(-r) * (1 + (contrast * arms * r) / (r + 0.3));
  };
  const disc = inclined(face, random.between(0.45, 1), random.between(0, Math.PI));
  const profile: Profile = (x, y) =>
    disc(x, y) + bulge * Math.exp(-Math.sqrt(x * x + y * y) / bulgeSize);
  const radius = Math.ceil(5 * size);
  return { profile: cut(profile, radius), radius };
}
