/** Angles as catalogues write them: units of TUNIT, and sexagesimal text. */

/** Degrees in a unit of angle (FITS Standard 4.0, table 5, and what is written besides). */
const degrees: Readonly<Record<string, number>> = {
  deg: 1,
  degree: 1,
  degrees: 1,
  d: 1,
  rad: 180 / Math.PI,
  radian: 180 / Math.PI,
  radians: 180 / Math.PI,
  hourangle: 15,
  hour: 15,
  hours: 15,
  hr: 15,
  h: 15,
  arcmin: 1 / 60,
  arcsec: 1 / 3600,
  mas: 1 / 3600000,
};

/** Degrees in a unit, whatever its case; undefined for what is no unit of angle. */
export function degreesIn(unit: string): number | undefined {
  return degrees[unit.trim().toLowerCase()];
}

const sexagesimal =
  /^([+-]?)(\d+(?:\.\d*)?)(?:\s*([:hd°\s])\s*(\d+(?:\.\d*)?)(?:\s*[:m'\s]\s*(\d+(?:\.\d*)?))?)?\s*(?:[ms'"″]|h|d)?$/i;

/** Characters of an angle: "-179 59 59.9999999999" and some more. */
const LONGEST = 40;

/**
 * Degrees of a text like `12:34:56.7`, `12h34m56.7s`, `-5d23m28s`, `00 42 44.3` or `10.68`; NaN for
 * others, and for minutes and seconds from 60 on.
 *
 * @param perUnit Degrees in a unit of the first part, where no `h` or `d` says it.
 */
export function parseAngle(text: string, perUnit: number): number {
  // No angle is longer, and the pattern would take long over much white space.
  const trimmed = text.length > LONGEST ? "" : text.trim();
  const [, sign, whole, mark = "", minutes = "0", seconds = "0"] = sexagesimal.exec(trimmed) ?? [];
  if (whole === undefined) return Number.NaN;
  const [m, s] = [Number(minutes), Number(seconds)];
  if (m >= 60 || s >= 60) return Number.NaN;
  const unit = { h: 15, d: 1, "°": 1 }[mark.toLowerCase()] ?? perUnit;
  const size = (Number(whole) + m / 60 + s / 3600) * unit;
  return sign === "-" ? -size : size;
}
