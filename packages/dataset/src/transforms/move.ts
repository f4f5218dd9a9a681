import { type TypedArray, viewOf } from "@fitstream/native";

/** Elements that are moved and not looked at. */
interface Elements {
  readonly length: number;
  [index: number]: number | bigint;
}

/**
 * The elements as unsigned words of their size. Loops then meet four types of arrays at most, which
 * is as many as V8 compiles for: with a fifth they take thirty times as long.
 */
function wordsOf({ buffer, byteOffset, length, BYTES_PER_ELEMENT }: TypedArray): Elements {
  const words = { 1: "uint8", 2: "uint16", 4: "uint32", 8: "uint64" } as const;
  return viewOf(words[BYTES_PER_ELEMENT as 1 | 2 | 4 | 8], buffer, byteOffset, length);
}

/**
 * Reverses, in place, the order of every `count` consecutive blocks of `size` elements: a flip of
 * the axis of length `count` that has `size` elements behind it.
 */
export function reverseBlocks(pixels: TypedArray, count: number, size: number): void {
  const data = wordsOf(pixels);
  const group = count * size;
  for (let start = 0; start < data.length; start += group) {
    for (let a = start, b = start + group - size; a < b; a += size, b -= size) {
      for (let i = 0; i < size; i++) {
        const x = data[a + i] as number;
        data[a + i] = data[b + i] as number;
        data[b + i] = x;
      }
    }
  }
}

/**
 * Turns, in place, every `n` x `n` plane by a quarter: counterclockwise with row 0 on top, or the
 * other way. Four elements at a time change places.
 */
export function turnSquares(pixels: TypedArray, n: number, counterclockwise: boolean): void {
  const data = wordsOf(pixels);
  for (let plane = 0; plane < data.length; plane += n * n) {
    for (let row = 0; row < n >> 1; row++) {
      for (let column = 0; column < (n + 1) >> 1; column++) {
        const right = plane + column * n + n - 1 - row;
        const left = plane + (n - 1 - column) * n + row;
        const top = plane + row * n + column;
        const bottom = plane + (n - 1 - row) * n + n - 1 - column;
        const first = counterclockwise ? right : left;
        const third = counterclockwise ? left : right;
        const x = data[top] as number;
        data[top] = data[first] as number;
        data[first] = data[bottom] as number;
        data[bottom] = data[third] as number;
        data[third] = x;
      }
    }
  }
}
