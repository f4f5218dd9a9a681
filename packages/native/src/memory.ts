import { binding } from "./binding.js";
import {
  type ArrayOfDtype,
  byteSizeOf,
  bytesOf,
  constructors,
  type Dtype,
  viewOf,
} from "./dtype.js";
import { fitsError } from "./errors.js";

/** From here on huge pages pay: below, an array has too few pages for it to matter. */
const largeBytes = 4 * 1024 * 1024;

/**
 * A new array to read into. Large ones start on a huge page, which makes the first write to them
 * four times as fast (fresh pages cost a reader more than reading does), and may hold what was in
 * memory before; small ones hold zeros.
 *
 * @throws {FitsArgumentError} FITS_LIMIT when no array can be that long.
 */
export function allocate<D extends Dtype>(dtype: D, length: number): ArrayOfDtype[D] {
  const byteLength = length * byteSizeOf(dtype);
  try {
    if (byteLength < largeBytes) return new constructors[dtype](length);
    const pages = binding.allocate(byteLength);
    if (pages !== null) return viewOf(dtype, pages, 0, length);
    const array = new constructors[dtype](length);
    binding.adviseHugePages(bytesOf(array));
    return array;
  } catch (cause) {
    const fields = {
      code: "FITS_LIMIT",
      what: "no array can be that long",
      found: `${length} elements of type ${dtype}`,
    } as const;
    throw fitsError(fields, { cause });
  }
}

/** Bytes to skip from the start of `memory` to an address that is a multiple of `alignment`. */
export function alignmentGap(memory: Uint8Array, alignment: number): number {
  return binding.alignmentGap(memory, alignment);
}

/**
 * Asks for huge pages under memory that has not been touched yet; the first write to it costs a
 * fifth then. Advice only: contents and address stay.
 */
export function adviseHugePages(memory: Uint8Array): void {
  binding.adviseHugePages(memory);
}

/** Which instruction set the kernels use: "scalar", "avx2" or "avx512". `FITSTREAM_SIMD` caps it. */
export function simdLevel(): string {
  return binding.simdLevel();
}
