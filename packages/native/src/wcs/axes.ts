import type { WcsKeys } from "./keys.js";
import { type Header, isNumber, matching } from "./values.js";
import type { WcsMatrix, WcsParameter } from "./wcs.js";

/** The standard numbers axes up to 99 (section 8.2). */
export const maxAxes = 99;

/** Keywords of each axis and each pair of axes, with axes numbered from 1. */
export class AxisValues {
  readonly #header: Header;
  readonly #keys: WcsKeys;
  /** The highest axis that any of them names. */
  highest = 0;

  constructor(header: Header, keys: WcsKeys) {
    this.#header = header;
    this.#keys = keys;
  }

  #axis(number: number): number {
    const axis = this.#keys.axisOf(number);
    if (axis >= 1 && axis <= maxAxes) this.highest = Math.max(this.highest, axis);
    return axis;
  }

  axis<T>(stem: string, is: (value: unknown) => value is T): ReadonlyMap<number, T> {
    const values = new Map<number, T>();
    for (const { indices, value } of matching(this.#header, this.#keys.axis(stem))) {
      if (is(value)) values.set(this.#axis(indices[0]), value);
    }
    return values;
  }

  matrix(stem: string): readonly { i: number; j: number; value: number }[] {
    return matching(this.#header, this.#keys.matrix(stem)).flatMap(({ indices: [i, j], value }) =>
      isNumber(value) ? [{ i: this.#axis(i), j: this.#axis(j), value: Number(value) }] : [],
    );
  }

  parameters<T>(stem: string, is: (value: unknown) => value is T): readonly WcsParameter<T>[] {
    return matching(this.#header, this.#keys.parameter(stem)).flatMap(
      ({ indices: [i, index], value }) =>
        is(value) ? [{ axis: this.#axis(i), index, value }] : [],
    );
  }
}

/** The form that is there, as rows and columns of n axes. */
export function matrixOf(
  n: number,
  pc: readonly { i: number; j: number; value: number }[],
  cd: typeof pc,
  crota: ReadonlyMap<number, number | bigint>,
): WcsMatrix {
  const filled = (elements: typeof pc, diagonal: number): readonly (readonly number[])[] => {
    const rows = Array.from({ length: n }, (_, i) =>
      Array.from({ length: n }, (_, j) => (i === j ? diagonal : 0)),
    );
    for (const { i, j, value } of elements) {
      const row = rows[i - 1];
      if (row !== undefined && j >= 1 && j <= n) row[j - 1] = value;
    }
    return rows;
  };
  if (pc.length > 0) return { form: "pc", pc: filled(pc, 1) };
  if (cd.length > 0) return { form: "cd", cd: filled(cd, 0) };
  if (crota.size > 0) {
    return {
      form: "crota",
      crota: Array.from({ length: n }, (_, i) => Number(crota.get(i + 1) ?? 0)),
    };
  }
  return { form: "pc", pc: filled([], 1) };
}
