import type { Column } from "@fitstream/native";

/** A bitmap of `count` bits of `bitmap` from bit `first` on; shared where that is a whole byte. */
export function sliceBitmap(bitmap: Uint8Array, first: number, count: number): Uint8Array {
  const bytes = (count + 7) >> 3;
  const from = Math.floor(first / 8);
  const shift = first % 8;
  if (shift === 0) return bitmap.subarray(from, from + bytes);
  const out = new Uint8Array(bytes);
  for (let i = 0; i < bytes; ++i) {
    out[i] = ((bitmap[from + i] ?? 0) >> shift) | ((bitmap[from + i + 1] ?? 0) << (8 - shift));
  }
  return out;
}

/** Joins bitmaps of so many bits each; an absent one has all bits set. */
export function joinBitmaps(
  parts: readonly { readonly bitmap?: Uint8Array | undefined; readonly count: number }[],
): Uint8Array {
  const total = parts.reduce((sum, { count }) => sum + count, 0);
  const out = new Uint8Array((total + 7) >> 3);
  let at = 0;
  for (const { bitmap, count } of parts) {
    for (let i = 0; i < count; ++i, ++at) {
      const isSet = bitmap === undefined || (((bitmap[i >> 3] ?? 0) >> (i & 7)) & 1) === 1;
      if (isSet) out[at >> 3] = (out[at >> 3] ?? 0) | (1 << (at & 7));
    }
  }
  return out;
}

/** Whether an element's bit is 0; float elements that are NaN are null, too: see {@link isNull}. */
export function isInvalid(validity: Uint8Array | undefined, element: number): boolean {
  return validity !== undefined && (((validity[element >> 3] ?? 0) >> (element & 7)) & 1) === 0;
}

/**
 * Whether an element of a column is null: by TNULLn, as an undefined logical, a blank field of an
 * ASCII table, or, of floats, as NaN (FITS Standard 4.0, section 7.3.3). Complex numbers are null
 * where either half is NaN. An empty string is a string.
 *
 * @param element Which one, counted over all rows.
 */
export function isNull(column: Column, element: number): boolean {
  if (isInvalid(column.validity, element)) return true;
  if (column.layout === "string" || !column.info.dtype.startsWith("float")) return false;
  if (column.info.kind !== "complex") return Number.isNaN(column.data[element]);
  return Number.isNaN(column.data[2 * element]) || Number.isNaN(column.data[2 * element + 1]);
}
