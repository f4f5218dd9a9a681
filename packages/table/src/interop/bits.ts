/** Bitmaps as validity has them: one bit an element, least significant first. */
export type Bits = Uint8Array;

/** A bitmap of the elements for which `isSet`. */
export function bitsWhere(elements: number, isSet: (i: number) => boolean): Bits {
  const bits = new Uint8Array((elements + 7) >> 3);
  for (let i = 0; i < elements; ++i) {
    if (isSet(i)) bits[i >> 3] = (bits[i >> 3] ?? 0) | (1 << (i & 7));
  }
  return bits;
}

/** Bytes of 0 and others as bits. */
export function packBits(bytes: ArrayLike<number | bigint>): Bits {
  return bitsWhere(bytes.length, (i) => Number(bytes[i] ?? 0) !== 0);
}

/** Bits from `first` on as bytes of 0 and 1. */
export function unpackBits(bits: Bits, first: number, length: number): Uint8Array {
  const bytes = new Uint8Array(length);
  for (let i = 0; i < length; ++i)
    bytes[i] = ((bits[(first + i) >> 3] as number) >> ((first + i) & 7)) & 1;
  return bytes;
}

/** The bits of elements that are neither null nor NaN; of pairs, where no half is NaN. */
export function bitsWithoutNaN(
  data: Float32Array | Float64Array,
  halves: 1 | 2,
  validity: Bits | undefined,
): Bits {
  const elements = data.length / halves;
  const bits = new Uint8Array((elements + 7) >> 3);
  for (let at = 0, i = 0; at < bits.length; ++at) {
    let byte = validity?.[at] ?? 255;
    for (let bit = 1; bit < 256; bit <<= 1, ++i) {
      if (i >= elements || Number.isNaN(data[halves * i] as number)) byte &= ~bit;
      else if (halves === 2 && Number.isNaN(data[2 * i + 1] as number)) byte &= ~bit;
    }
    bits[at] = byte;
  }
  return bits;
}
