import { type Dtype, fitsError } from "@fitstream/native";
import type { Sample } from "./sample.js";

/** Pixels that value transforms work on. */
export type FloatArray = Float32Array | Float64Array;

/** Throws FITS_BAD_ARGUMENT unless `holds`, naming what was expected of `name`. */
export function check(holds: boolean, name: string, expected: string, found: unknown): void {
  if (holds) return;
  throw fitsError({
    code: "FITS_BAD_ARGUMENT",
    what: `${name} is not possible`,
    expected,
    found: Array.isArray(found) ? `[${found.join(", ")}]` : String(found),
  });
}

/** Throws unless `value` is an integer of at least `least`. */
export function checkInteger(name: string, value: number, least: number): void {
  check(
    Number.isSafeInteger(value) && value >= least,
    name,
    `an integer of at least ${least}`,
    value,
  );
}

/** The dtype that a value transform gives, which is the one it is given. */
export function checkFloat(op: string, dtype: Dtype): Dtype {
  check(
    dtype === "float32" || dtype === "float64",
    `${op} of these pixels`,
    "dtype float32 or float64",
    dtype,
  );
  return dtype;
}

/** The pixels of a sample that a value transform is applied to. */
export function floatsOf(op: string, { data, dtype }: Sample): FloatArray {
  checkFloat(op, dtype);
  return data as FloatArray;
}
