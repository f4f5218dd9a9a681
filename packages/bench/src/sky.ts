/** Pixels and numbers that are the same every time. */

/** A generator of 32-bit words (xorshift32, Marsaglia 2003). */
export function randomWords(seed: number): () => number {
  let state = seed | 1;
  return () => {
    state ^= state << 13;
    state ^= state >>> 17;
    state ^= state << 5;
    return state >>> 0;
  };
}

/** Sky-like pixels: background 1000, noise of about 12. */
export function sky(side: number, seed: number): Float32Array {
  const next = randomWords(seed);
  const pixels = new Float32Array(side * side);
  for (let i = 0; i < pixels.length; ++i) {
    // Four uniform numbers added up are close enough to normal noise.
    const word = next();
    const sum = (word & 255) + ((word >>> 8) & 255) + ((word >>> 16) & 255) + (word >>> 24);
    pixels[i] = 1000 + ((sum - 510) / 148) * 12;
  }
  return pixels;
}
