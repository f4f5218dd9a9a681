import { binding } from "./binding.js";

/** Bytes to skip from the start of `memory` to an address that is a multiple of `alignment`. */
export function alignmentGap(memory: Uint8Array, alignment: number): number {
  return binding.alignmentGap(memory, alignment);
}

/**
 * Asks for huge pages under `memory` and touches every page of it, so that decoding into it does not
 * pay for page faults. Its contents are lost.
 */
export function warmMemory(memory: Uint8Array): void {
  binding.warmMemory(memory);
}

/** Which instruction set the kernels use: "avx2" or "scalar". `FITSTREAM_SIMD` caps it. */
export function simdLevel(): string {
  return binding.simdLevel();
}
