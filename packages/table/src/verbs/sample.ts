/** SplitMix64's little brother on 32 bits: enough for drawing rows, and the same everywhere. */
function* numbersFrom(seed: number): Generator<number, never> {
  let state = seed >>> 0;
  for (;;) {
    state = (state + 0x9e3779b9) >>> 0;
    let mixed = state;
    mixed = Math.imul(mixed ^ (mixed >>> 16), 0x21f0aaad);
    mixed = Math.imul(mixed ^ (mixed >>> 15), 0x735a2d97);
    yield (mixed ^ (mixed >>> 15)) >>> 0;
  }
}

/**
 * `count` of `rows` positions, each at most once, in ascending order (Floyd's method: memory for
 * what is drawn only).
 */
export function drawRows(rows: number, count: number, seed: number): Uint32Array {
  const random = numbersFrom(seed);
  const below = (n: number): number => {
    const high = random.next().value;
    const low = random.next().value;
    // 53 random bits, as a fraction.
    return Math.floor((((high >>> 5) * 67108864 + (low >>> 6)) / 2 ** 53) * n);
  };
  const drawn = new Set<number>();
  for (let last = rows - count; last < rows; ++last) {
    const row = below(last + 1);
    drawn.add(drawn.has(row) ? last : row);
  }
  return Uint32Array.from(drawn).sort();
}
