/**
 * What the pixels of an image are, by the letter of the standard (FITS 4.0, section 4.4.2.5) and one
 * at a time: slow, and with nothing in common with the decoder that is tested.
 */
import { type Dtype, type FullWindow, type TypedArray, viewOf } from "@fitstream/native";
import { bigEndian, key, primary } from "./fits-bytes.js";
import type { Random } from "./random.js";

/** How pixels are stored. */
export interface Coding {
  readonly bitpix: number;
  readonly bscale?: number;
  readonly bzero?: number | bigint;
  readonly blank?: number;
}

type Value = number | bigint;

const ranges: Readonly<Record<string, readonly [bigint, bigint]>> = {
  uint8: [0n, 2n ** 8n - 1n],
  int8: [-(2n ** 7n), 2n ** 7n - 1n],
  uint16: [0n, 2n ** 16n - 1n],
  int16: [-(2n ** 15n), 2n ** 15n - 1n],
  uint32: [0n, 2n ** 32n - 1n],
  int32: [-(2n ** 31n), 2n ** 31n - 1n],
  uint64: [0n, 2n ** 64n - 1n],
  int64: [-(2n ** 63n), 2n ** 63n - 1n],
};

const storedDtypes = new Map<number, Dtype>([
  [8, "uint8"],
  [16, "int16"],
  [32, "int32"],
  [64, "int64"],
  [-32, "float32"],
  [-64, "float64"],
]);

/** BZERO of the convention for unsigned integers, and for signed bytes (section 5.2.5). */
export const conventionZeros: Readonly<Record<number, Value>> = {
  8: -128,
  16: 32768,
  32: 2147483648,
  64: 2n ** 63n,
};
const conventionDtypes = new Map<number, Dtype>([
  [8, "int8"],
  [16, "uint16"],
  [32, "uint32"],
  [64, "uint64"],
]);

export function storedDtypeOf({ bitpix }: Coding): Dtype {
  const dtype = storedDtypes.get(bitpix);
  if (dtype === undefined) throw new RangeError(`BITPIX ${bitpix}`);
  return dtype;
}

function isConvention({ bitpix, bscale = 1, bzero = 0 }: Coding): boolean {
  return bscale === 1 && bzero === conventionZeros[bitpix];
}

function isScaled(coding: Coding): boolean {
  const { bscale = 1, bzero = 0 } = coding;
  return (bscale !== 1 || Number(bzero) !== 0) && !isConvention(coding);
}

export function dtypeOf(coding: Coding): Dtype {
  if (isConvention(coding)) return conventionDtypes.get(coding.bitpix) ?? "uint8";
  if (!isScaled(coding)) return storedDtypeOf(coding);
  return [8, 16, -32].includes(coding.bitpix) ? "float32" : "float64";
}

/** Whether every pixel of this coding can be given as `out`. */
export function canRead(coding: Coding, out: Dtype): boolean {
  const [to, from] = [ranges[out], ranges[dtypeOf(coding)]];
  if (to === undefined) return true;
  return from !== undefined && to[0] <= from[0] && from[1] <= to[1];
}

function storedAt({ bitpix }: Coding, view: DataView, i: number): Value {
  switch (bitpix) {
    case 8:
      return view.getUint8(i);
    case 16:
      return view.getInt16(2 * i);
    case 32:
      return view.getInt32(4 * i);
    case 64:
      return view.getBigInt64(8 * i);
    case -32:
      return view.getFloat32(4 * i);
    default:
      return view.getFloat64(8 * i);
  }
}

/** The pixels as `out`, and which of them BLANK says are undefined. */
export function decode(
  coding: Coding,
  bytes: Uint8Array,
  out: Dtype,
): { readonly data: TypedArray; readonly mask: Uint8Array } {
  const { bitpix, bscale = 1, bzero = 0, blank } = coding;
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const pixels = bytes.length / (Math.abs(bitpix) / 8);
  const data = viewOf(out, new ArrayBuffer(pixels * 8), 0, pixels);
  const mask = new Uint8Array(pixels);
  const isFloat = out === "float32" || out === "float64";
  for (let i = 0; i < pixels; ++i) {
    const stored = storedAt(coding, view, i);
    const isBlank = bitpix > 0 && blank !== undefined && Number(stored) === blank;
    if (isBlank) mask[i] = 1;
    let value = stored;
    if (isConvention(coding)) value = BigInt(stored) + BigInt(bzero);
    else if (isScaled(coding)) value = Number(stored) * bscale + Number(bzero);
    if (isFloat) data[i] = isBlank ? Number.NaN : Number(value);
    else if (data instanceof BigInt64Array || data instanceof BigUint64Array)
      data[i] = BigInt(value);
    else data[i] = Number(value);
  }
  return { data, mask };
}

/** A primary HDU of this coding. */
export function imageOf(
  coding: Coding,
  shape: readonly number[],
  data: Uint8Array,
): Uint8Array<ArrayBuffer> {
  const { bitpix, bscale, bzero, blank } = coding;
  const cards = [
    ...(bscale === undefined ? [] : [key("BSCALE", bscale)]),
    ...(bzero === undefined ? [] : [key("BZERO", bzero)]),
    ...(blank === undefined ? [] : [key("BLANK", blank)]),
  ];
  return primary({ bitpix, shape, cards, data });
}

/** Stored pixels: the ends of the range, what BLANK names, and random ones. */
export function pixelsOf(coding: Coding, count: number, random: Random): Uint8Array {
  const { bitpix, blank } = coding;
  if (bitpix < 0) {
    const special = [0, -0, 1.5, -1e30, 1e-40, Number.NaN, Infinity, -Infinity];
    const values = Array.from({ length: count }, (_, i) => special[i] ?? random.gauss() * 1000);
    return bigEndian(bitpix, values);
  }
  const bytes = random.bytes((count * bitpix) / 8);
  const [low = 0n, high = 0n] = ranges[storedDtypeOf(coding)] ?? [];
  const ends = [low, high, 0n, 1n, low + 1n, ...(blank === undefined ? [] : [BigInt(blank)])];
  bytes.set(bigEndian(bitpix, ends.slice(0, count)));
  return bytes;
}

/** Where the pixels of a window lie in the whole image. */
export function indicesOf(window: FullWindow, image: readonly number[]): number[] {
  const count = window.shape.reduce((n, m) => n * m, 1);
  return Array.from({ length: count }, (_, k) => {
    let [rest, index, step] = [k, 0, 1];
    for (let axis = image.length - 1; axis >= 0; --axis) {
      const length = window.shape[axis] ?? 0;
      index += step * ((window.origin[axis] ?? 0) + (rest % length) * (window.stride[axis] ?? 1));
      rest = Math.floor(rest / length);
      step *= image[axis] ?? 0;
    }
    return index;
  });
}

/** Any window that lies in the image, also an empty one. */
export function randomWindow(image: readonly number[], random: Random): FullWindow {
  const stride = image.map(() => 1 + random.int(3));
  const origin = image.map((n) => random.int(n));
  const shape = image.map((n, i) => {
    const room = Math.ceil((n - (origin[i] ?? 0)) / (stride[i] ?? 1));
    return random.int(20) === 0 ? 0 : 1 + random.int(room);
  });
  return { origin, shape, stride };
}
