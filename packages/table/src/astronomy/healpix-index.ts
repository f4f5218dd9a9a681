/** Numbers of HEALPix pixels, in both orders, from and to their places on the faces. */
import { type FacePixel, fromRing, type RingPixel, toRing } from "./healpix-face.js";

const WORD = 2 ** 32;
/** Numbers of pixels are exact in float64 up to this order: 12 * 4^24 < 2^53. */
export const LAST_NUMBER_ORDER = 24;

/** The 16 low bits of `value`, one bit apart. */
function spread(value: number): number {
  let bits = value & 0xffff;
  bits = (bits | (bits << 8)) & 0x00ff00ff;
  bits = (bits | (bits << 4)) & 0x0f0f0f0f;
  bits = (bits | (bits << 2)) & 0x33333333;
  return (bits | (bits << 1)) & 0x55555555;
}

/** Every second bit of `value`, next to each other. */
function gather(value: number): number {
  let bits = value & 0x55555555;
  bits = (bits | (bits >>> 1)) & 0x33333333;
  bits = (bits | (bits >>> 2)) & 0x0f0f0f0f;
  bits = (bits | (bits >>> 4)) & 0x00ff00ff;
  return (bits | (bits >>> 8)) & 0xffff;
}

const lowWord = ({ x, y }: FacePixel): number => (spread(x) | (spread(y) << 1)) >>> 0;
const highWord = ({ x, y }: FacePixel): number => spread(x >>> 16) | (spread(y >>> 16) << 1);

/** The number of a pixel in nested order, exact up to {@link LAST_NUMBER_ORDER}. */
export function nestedNumber(pixel: FacePixel, nside: number): number {
  return pixel.face * nside * nside + highWord(pixel) * WORD + lowWord(pixel);
}

/** The same as a BigInt. */
export function nestedBigInt(pixel: FacePixel, nside: number): bigint {
  const words = (BigInt(highWord(pixel)) << 32n) | BigInt(lowWord(pixel));
  return BigInt(pixel.face) * BigInt(nside * nside) + words;
}

function setNested(face: number, high: number, low: number, out: FacePixel): void {
  out.face = face;
  out.x = gather(low) | (gather(high) << 16);
  out.y = gather(low >>> 1) | (gather(high >>> 1) << 16);
}

export function fromNestedNumber(index: number, nside: number, out: FacePixel): void {
  const face = Math.floor(index / (nside * nside));
  const inside = index - face * nside * nside;
  setNested(face, Math.floor(inside / WORD), (inside % WORD) | 0, out);
}

export function fromNestedBigInt(index: bigint, nside: number, out: FacePixel): void {
  const area = BigInt(nside * nside);
  const inside = index % area;
  setNested(Number(index / area), Number(inside >> 32n), Number(inside & 0xffffffffn), out);
}

const scratch: RingPixel = { ring: 0, place: 0 };

/** What ring order needs of integers: in float64 as far as that is exact, else in BigInt. */
export interface Arithmetic<Index> {
  /** `a * b + c`, of numbers. */
  product(a: number, b: number, c: number): Index;
  /** `first - second`. */
  minus(first: Index, second: Index): Index;
}
export const inNumbers: Arithmetic<number> = {
  product: (a, b, c) => a * b + c,
  minus: (first, second) => first - second,
};
export const inBigInts: Arithmetic<bigint> = {
  product: (a, b, c) => BigInt(a) * BigInt(b) + BigInt(c),
  minus: (first, second) => first - second,
};

/**
 * The number of a pixel in ring order. Before ring i of the northern cap there are 2 i (i - 1)
 * pixels; each ring between the caps has 4 nside; the southern cap mirrors the northern one.
 */
export function ringIndex<Index>(
  pixel: FacePixel,
  nside: number,
  { product, minus }: Arithmetic<Index>,
): Index {
  toRing(pixel, nside, scratch);
  const { ring, place } = scratch;
  if (ring < nside) return product(2 * ring, ring - 1, place);
  if (ring <= 3 * nside) return product(2 * nside, 2 * ring - nside - 1, place);
  const fromSouth = 4 * nside - ring;
  return minus(product(12 * nside, nside, place), product(2 * fromSouth, fromSouth + 1, 0));
}

/** The ring of a pixel of the northern cap, and its place there. */
function setCapRing<Index>(index: Index, { product, minus }: Arithmetic<Index>): void {
  const placeIn = (ring: number): number => Number(minus(index, product(2 * ring, ring - 1, 0)));
  // The root has 53 bits: it is off by one ring at most.
  let ring = Math.floor((1 + Math.sqrt(1 + 2 * Number(index))) / 2);
  if (placeIn(ring) < 0) ring -= 1;
  else if (placeIn(ring) >= 4 * ring) ring += 1;
  scratch.ring = ring;
  scratch.place = placeIn(ring);
}

/** The ring of a pixel between the caps, and its place there. */
function setBeltRing<Index>(
  index: Index,
  nside: number,
  { product, minus }: Arithmetic<Index>,
): void {
  const placeIn = (ring: number): number =>
    Number(minus(index, product(2 * nside, 2 * ring - nside - 1, 0)));
  let ring = nside + Math.floor(placeIn(nside) / (4 * nside));
  if (placeIn(ring) < 0) ring -= 1;
  else if (placeIn(ring) >= 4 * nside) ring += 1;
  scratch.ring = ring;
  scratch.place = placeIn(ring);
}

/** The place on its face of a pixel in ring order. */
export function fromRingIndex<Index>(
  index: Index,
  nside: number,
  arithmetic: Arithmetic<Index>,
  out: FacePixel,
): void {
  const { product, minus } = arithmetic;
  if (index < product(2 * nside, nside - 1, 0)) {
    setCapRing(index, arithmetic);
  } else if (index < product(2 * nside, 5 * nside + 1, 0)) {
    setBeltRing(index, nside, arithmetic);
  } else {
    setCapRing(minus(product(12 * nside, nside, -1), index), arithmetic);
    scratch.place = 4 * scratch.ring - 1 - scratch.place;
    scratch.ring = 4 * nside - scratch.ring;
  }
  fromRing(scratch, nside, out);
}
