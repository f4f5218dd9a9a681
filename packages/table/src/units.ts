/**
 * Units as FITS writes them (Standard 4.0, section 4.3): `erg s-1 cm-2 Angstrom-1`, `10**3 km/s`,
 * `mJy/beam`. No package reads this grammar and knows janskys and parsecs, and astronomy's table is
 * short, so it is here.
 */
import { tableError } from "./errors.js";

/** Exponents of the base units, by name; units that are counted or logarithmic are bases, too. */
type Dimensions = ReadonlyMap<string, number>;

/** A unit as a factor of base units. */
export interface Unit {
  /** In base units. */
  readonly factor: number;
  /** Exponents of the base units: m, g, s, rad, A, K, mol, cd, and those that convert to none. */
  readonly dimensions: Dimensions;
}

const prefixes: Readonly<Record<string, number>> = {
  da: 1e1,
  d: 1e-1,
  c: 1e-2,
  m: 1e-3,
  u: 1e-6,
  n: 1e-9,
  p: 1e-12,
  f: 1e-15,
  a: 1e-18,
  z: 1e-21,
  y: 1e-24,
  h: 1e2,
  k: 1e3,
  M: 1e6,
  G: 1e9,
  T: 1e12,
  P: 1e15,
  E: 1e18,
  Z: 1e21,
  Y: 1e24,
};

const degree = Math.PI / 180;
/** Units by their value in others. Those above the empty line take prefixes (tables 3 to 5). */
const withPrefixes: Readonly<Record<string, readonly [factor: number, of: string]>> = {
  m: [1, "m"],
  g: [1, "g"],
  s: [1, "s"],
  rad: [1, "rad"],
  sr: [1, "rad2"],
  A: [1, "A"],
  K: [1, "K"],
  mol: [1, "mol"],
  cd: [1, "cd"],
  Hz: [1, "s-1"],
  N: [1e3, "g m s-2"],
  Pa: [1e3, "g m-1 s-2"],
  J: [1e3, "g m2 s-2"],
  W: [1e3, "g m2 s-3"],
  C: [1, "A s"],
  V: [1e3, "g m2 s-3 A-1"],
  T: [1e3, "g s-2 A-1"],
  G: [1e-1, "g s-2 A-1"],
  eV: [1.602176634e-16, "g m2 s-2"],
  erg: [1e-4, "g m2 s-2"],
  Jy: [1e-23, "g s-2"],
  pc: [30856775814913670, "m"],
  yr: [31557600, "s"],
  a: [31557600, "s"],
  lyr: [9460730472580800, "m"],
  AU: [149597870700, "m"],
  arcsec: [degree / 3600, "rad"],
  mag: [1, "mag"],
  barn: [1e-28, "m2"],
  adu: [1, "adu"],
  ct: [1, "ct"],
  photon: [1, "photon"],
  ph: [1, "photon"],
  pix: [1, "pixel"],
  pixel: [1, "pixel"],
  bit: [1, "bit"],
  byte: [8, "bit"],
};
const withoutPrefixes: Readonly<Record<string, readonly [factor: number, of: string]>> = {
  deg: [degree, "rad"],
  arcmin: [degree / 60, "rad"],
  mas: [degree / 3.6e6, "rad"],
  uas: [degree / 3.6e9, "rad"],
  hourangle: [15 * degree, "rad"],
  min: [60, "s"],
  h: [3600, "s"],
  d: [86400, "s"],
  day: [86400, "s"],
  Angstrom: [1e-10, "m"],
  angstrom: [1e-10, "m"],
  au: [149597870700, "m"],
  micron: [1e-6, "m"],
  solMass: [1.988409870698051e33, "g"],
  solLum: [3.828e29, "g m2 s-3"],
  solRad: [695700000, "m"],
  u: [1.6605390666e-24, "g"],
  R: [1e10 / (4 * Math.PI), "photon m-2 s-1 rad-2"],
  D: [1e-29 / 2.99792458, "A s m"],
  count: [1, "ct"],
  electron: [1, "electron"],
  nmgy: [3.631e-29, "g s-2"],
  nanomaggy: [3.631e-29, "g s-2"],
  maggy: [3.631e-20, "g s-2"],
  beam: [1, "beam"],
  bin: [1, "bin"],
  chan: [1, "chan"],
  voxel: [1, "voxel"],
  dex: [1, "dex"],
  dB: [1, "dB"],
  "%": [0.01, ""],
};
const bases = new Set(
  "m g s rad A K mol cd mag adu ct photon pixel bit electron beam bin chan voxel dex dB".split(" "),
);

const one: Unit = { factor: 1, dimensions: new Map() };

function times(a: Unit, b: Unit, power = 1): Unit {
  const dimensions = new Map(a.dimensions);
  for (const [base, exponent] of b.dimensions) {
    const sum = (dimensions.get(base) ?? 0) + power * exponent;
    if (sum === 0) dimensions.delete(base);
    else dimensions.set(base, sum);
  }
  return { factor: a.factor * b.factor ** power, dimensions };
}

/** A product of bases such as `g m2 s-2`, as the tables here have it. */
function derived([factor, of]: readonly [number, string]): Unit {
  let unit: Unit = { factor, dimensions: new Map() };
  for (const [, base = "", power = "1"] of of.matchAll(/([A-Za-z]+)(-?\d*)/g)) {
    const dimensions = new Map([[base, 1]]);
    unit = times(unit, { factor: 1, dimensions }, Number(power === "" ? "1" : power));
  }
  return unit;
}

function named(name: string): Unit | undefined {
  const plain = withoutPrefixes[name] ?? withPrefixes[name];
  if (plain !== undefined) return bases.has(name) ? derived([1, name]) : derived(plain);
  for (const [prefix, factor] of Object.entries(prefixes)) {
    const rest = withPrefixes[name.slice(prefix.length)];
    if (!name.startsWith(prefix) || rest === undefined) continue;
    const unit = named(name.slice(prefix.length)) ?? one;
    return { ...unit, factor: factor * unit.factor };
  }
  return undefined;
}

const tokens = /\s*(?:(\*\*|\^|[*/().])|([-+]?\d+(?:\.\d+)?)|([A-Za-z%]+)|(\s+))/y;

/** Reads a unit; undefined where it is none that is known. */
class UnitReader {
  readonly #tokens: string[] = [];
  #at = 0;

  constructor(text: string) {
    tokens.lastIndex = 0;
    const trimmed = text.trim();
    while (tokens.lastIndex < trimmed.length) {
      const [token] = tokens.exec(trimmed) ?? [];
      if (token === undefined) {
        this.#tokens.push("?");
        return;
      }
      if (token.trim() !== "") this.#tokens.push(token.trim());
    }
  }

  read(): Unit | undefined {
    const unit = this.#product();
    return this.#at === this.#tokens.length ? unit : undefined;
  }

  get #next(): string | undefined {
    return this.#tokens[this.#at];
  }

  #take(...wanted: readonly string[]): string | undefined {
    const next = this.#next;
    if (next === undefined || !wanted.includes(next)) return undefined;
    this.#at += 1;
    return next;
  }

  /** Factors one after the other, by `*`, `.`, a space or `/`, which divides by the next only. */
  #product(): Unit | undefined {
    let unit = this.#take("/") === undefined ? this.#power() : this.#divided(one);
    while (unit !== undefined && this.#next !== undefined && this.#next !== ")") {
      if (this.#take("/") !== undefined) {
        unit = this.#divided(unit);
        continue;
      }
      this.#take("*", ".");
      const factor = this.#power();
      unit = factor && times(unit, factor);
    }
    return unit;
  }

  #divided(unit: Unit): Unit | undefined {
    const factor = this.#power();
    return factor && times(unit, factor, -1);
  }

  #power(): Unit | undefined {
    const unit = this.#factor();
    if (unit === undefined) return undefined;
    const isMarked = this.#take("**", "^") !== undefined;
    // `m2`, and `m(1/2)`: a power without a mark.
    const ahead = this.#next === "(" ? this.#tokens[this.#at + 1] : this.#next;
    if (!isMarked && !/^[-+]?\d/.test(ahead ?? "")) return unit;
    const exponent = this.#exponent();
    return exponent === undefined ? undefined : times(one, unit, exponent);
  }

  #exponent(): number | undefined {
    const isGrouped = this.#take("(") !== undefined;
    const value = this.#number();
    if (!isGrouped || value === undefined) return value;
    const below = this.#take("/") === undefined ? 1 : this.#number();
    if (below === undefined || this.#take(")") === undefined) return undefined;
    return value / below;
  }

  #number(): number | undefined {
    const text = this.#next ?? "";
    if (!/^[-+]?\d/.test(text)) return undefined;
    this.#at += 1;
    return Number(text);
  }

  #factor(): Unit | undefined {
    if (this.#take("(") !== undefined) {
      const unit = this.#product();
      return this.#take(")") === undefined ? undefined : unit;
    }
    const number = this.#number();
    if (number !== undefined) {
      const isPower = this.#next === "**" || this.#next === "^";
      return isPower || number > 0 ? { factor: number, dimensions: new Map() } : undefined;
    }
    const name = this.#next ?? "";
    this.#at += 1;
    return named(name);
  }
}

/** A unit from the text of TUNITn; undefined where the text is none that is known. */
export function parseUnit(text: string): Unit | undefined {
  return text.trim() === "" ? one : new UnitReader(text).read();
}

/**
 * What a value in one unit is multiplied with to be in another.
 *
 * @throws {TableError} TABLE_UNIT for unknown units and those of other dimensions. Magnitudes
 *   convert to magnitudes only: they are logarithms.
 */
export function unitFactor(from: string, to: string, column?: string): number {
  const [a, b] = [parseUnit(from), parseUnit(to)];
  for (const [text, unit] of [[from, a] as const, [to, b] as const]) {
    if (unit !== undefined) continue;
    throw tableError({
      code: "TABLE_UNIT",
      what: "the unit is not known",
      expected: "a unit as in FITS Standard 4.0, section 4.3, such as km s-1 or mJy/beam",
      found: text,
      column,
    });
  }
  const ratio = times(a ?? one, b ?? one, -1);
  if (ratio.dimensions.size === 0) return ratio.factor;
  throw tableError({
    code: "TABLE_UNIT",
    what: "the units do not convert into each other",
    expected: `a unit that ${from === "" ? "a bare number" : from} converts to`,
    found: to,
    column,
  });
}
