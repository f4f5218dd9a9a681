import { binding } from "./binding.js";
import { type ArrayOfDtype, bytesOf, constructors, type Dtype } from "./dtype.js";

/** From here on huge pages pay: below, an array has too few pages for it to matter. */
const largeBytes = 4 * 1024 * 1024;

/**
 * A new array of zeros. Large ones ask the kernel for huge pages, which makes the first write to them
 * four times as fast: fresh pages cost a reader more than reading does.
 */
export function allocate<D extends Dtype>(dtype: D, length: number): ArrayOfDtype[D] {
  const array = new constructors[dtype](length);
  if (array.byteLength >= largeBytes) binding.adviseHugePages(bytesOf(array));
  return array;
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
