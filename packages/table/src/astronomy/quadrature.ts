/** Integrals of smooth functions over ln(1 + z), once or for whole columns. */

/** Nodes and weights of Gauss and Legendre for [-1, 1], the non-negative half of ten. */
const rule = [
  [0.14887433898163122, 0.29552422471475287],
  [0.4333953941292472, 0.26926671930999635],
  [0.6794095682990244, 0.21908636251598204],
  [0.8650633666889845, 0.1494513491505806],
  [0.9739065285171717, 0.06667134430868814],
] as const;

/** One panel: exact for polynomials of degree 19. */
function panel(of: (x: number) => number, from: number, to: number): number {
  const middle = (from + to) / 2;
  const half = (to - from) / 2;
  let sum = 0;
  for (const [node, weight] of rule) {
    sum += weight * (of(middle - half * node) + of(middle + half * node));
  }
  return half * sum;
}

/** Wide enough to be quick, and narrow enough that a panel errs by 1e-15 of the integral. */
const PANEL_WIDTH = 0.25;

/** The integral of a function that changes on the scale of 1. */
export function integral(of: (x: number) => number, from: number, to: number): number {
  const panels = Math.max(1, Math.ceil((to - from) / PANEL_WIDTH));
  const width = (to - from) / panels;
  let sum = 0;
  for (let i = 0; i < panels; ++i) sum += panel(of, from + i * width, from + (i + 1) * width);
  return sum;
}

/** Nodes of {@link IntegralTable} in a unit of x: interpolation errs by 1e-8 of the integral or less. */
const NODES_PER_UNIT = 128;

/**
 * The integral from 0 as a function, by cubic Hermite interpolation with exact slopes, which keeps it
 * monotone. Nodes lie at multiples of one step, wherever the table ends: a value does not depend on
 * the others of its column.
 */
export class IntegralTable {
  readonly #values: Float64Array;
  readonly #slopes: Float64Array;

  /** @param last The largest argument that {@link at} will be given. */
  constructor(of: (x: number) => number, last: number) {
    const nodes = Math.floor(last * NODES_PER_UNIT) + 2;
    this.#values = new Float64Array(nodes);
    this.#slopes = new Float64Array(nodes);
    for (let i = 0; i < nodes; ++i) {
      const x = i / NODES_PER_UNIT;
      const before = (i - 1) / NODES_PER_UNIT;
      // Per step, as the interpolation wants them.
      this.#slopes[i] = of(x) / NODES_PER_UNIT;
      if (i > 0) this.#values[i] = (this.#values[i - 1] as number) + panel(of, before, x);
    }
  }

  /** The integral from 0 to `x`, which must not be negative. */
  at(x: number): number {
    const steps = x * NODES_PER_UNIT;
    const i = Math.floor(steps);
    const t = steps - i;
    const v0 = this.#values[i] as number;
    const rise = (this.#values[i + 1] as number) - v0;
    const s0 = this.#slopes[i] as number;
    const s1 = this.#slopes[i + 1] as number;
    const bend = 3 * rise - 2 * s0 - s1;
    return v0 + t * (s0 + t * (bend + t * (s0 + s1 - 2 * rise)));
  }
}
