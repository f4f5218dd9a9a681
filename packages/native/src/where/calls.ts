import {
  type BooleanExpression,
  called,
  col,
  type Expression,
  type NumberOperand,
} from "./builder.js";

/** `abs(x)`: an integer of an integer. */
export function abs(x: NumberOperand): Expression<number> {
  return called("abs", x);
}

/** `sqrt(x)`; null for what is below 0. */
export function sqrt(x: NumberOperand): Expression<number> {
  return called("sqrt", x);
}

/** `log10(x)`; null for what is below 0. */
export function log10(x: NumberOperand): Expression<number> {
  return called("log10", x);
}

/** `ln(x)`, the natural logarithm; null for what is below 0. */
export function ln(x: NumberOperand): Expression<number> {
  return called("ln", x);
}

/** `exp(x)`. */
export function exp(x: NumberOperand): Expression<number> {
  return called("exp", x);
}

/** `pow(x, y)`: x to the power of y. */
export function pow(x: NumberOperand, y: NumberOperand): Expression<number> {
  return called("pow", x, y);
}

/** `floor(x)`: the next whole number below. */
export function floor(x: NumberOperand): Expression<number> {
  return called("floor", x);
}

/** `ceil(x)`: the next whole number above. */
export function ceil(x: NumberOperand): Expression<number> {
  return called("ceil", x);
}

/** `round(x)`: the nearest whole number; halves go to the even one. */
export function round(x: NumberOperand): Expression<number> {
  return called("round", x);
}

/** `sin(x)` of radians. */
export function sin(x: NumberOperand): Expression<number> {
  return called("sin", x);
}

/** `cos(x)` of radians. */
export function cos(x: NumberOperand): Expression<number> {
  return called("cos", x);
}

/** `tan(x)` of radians. */
export function tan(x: NumberOperand): Expression<number> {
  return called("tan", x);
}

/** `radians(x)` of degrees. */
export function radians(x: NumberOperand): Expression<number> {
  return called("radians", x);
}

/** `degrees(x)` of radians. */
export function degrees(x: NumberOperand): Expression<number> {
  return called("degrees", x);
}

const coordinate = (x: string | NumberOperand): NumberOperand =>
  typeof x === "string" ? col(x) : x;

/**
 * A cone search: whether a place on the sky is within a great-circle distance of another. All in
 * degrees.
 *
 * @param ra Right ascension, or any longitude: the name of a column, or an expression.
 * @param dec Declination, or the latitude: likewise.
 * @param ra0 Longitude of the centre.
 * @param dec0 Latitude of the centre.
 * @param radius Of the cone; its edge belongs to it.
 */
export function within(
  ra: string | NumberOperand,
  dec: string | NumberOperand,
  ra0: NumberOperand,
  dec0: NumberOperand,
  radius: NumberOperand,
): BooleanExpression {
  return called("within", coordinate(ra), coordinate(dec), ra0, dec0, radius);
}
