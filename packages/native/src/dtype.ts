/** Element types, named as NumPy names them. */
export type Dtype =
  | "uint8"
  | "int8"
  | "uint16"
  | "int16"
  | "uint32"
  | "int32"
  | "uint64"
  | "int64"
  | "float32"
  | "float64";

/** The typed array that holds elements of each dtype. 64-bit integers are exact, as BigInts. */
export interface ArrayOfDtype {
  /** BITPIX 8, logicals and bits. */
  uint8: Uint8Array;
  /** BITPIX 8 with BZERO -128. */
  int8: Int8Array;
  /** BITPIX 16 with BZERO 2^15. */
  uint16: Uint16Array;
  /** BITPIX 16. */
  int16: Int16Array;
  /** BITPIX 32 with BZERO 2^31. */
  uint32: Uint32Array;
  /** BITPIX 32. */
  int32: Int32Array;
  /** BITPIX 64 with BZERO 2^63. */
  uint64: BigUint64Array;
  /** BITPIX 64. */
  int64: BigInt64Array;
  /** BITPIX -32. */
  float32: Float32Array;
  /** BITPIX -64. */
  float64: Float64Array;
}

/** The typed array of dtype `D`; of any dtype by default. */
export type TypedArray<D extends Dtype = Dtype> = ArrayOfDtype[D];

/** Constructor of the typed array of a dtype. */
export interface TypedArrayConstructor<D extends Dtype> {
  new (length: number): ArrayOfDtype[D];
  new (buffer: ArrayBufferLike, byteOffset: number, length: number): ArrayOfDtype[D];
  readonly BYTES_PER_ELEMENT: number;
}

/** The one table that sizes and arrays of dtypes follow from. */
export const constructors: { readonly [D in Dtype]: TypedArrayConstructor<D> } = {
  uint8: Uint8Array,
  int8: Int8Array,
  uint16: Uint16Array,
  int16: Int16Array,
  uint32: Uint32Array,
  int32: Int32Array,
  uint64: BigUint64Array,
  int64: BigInt64Array,
  float32: Float32Array,
  float64: Float64Array,
};

/** All dtypes. */
export const DTYPES: readonly Dtype[] = Object.freeze(Object.keys(constructors) as Dtype[]);

/** The dtype that an array holds. */
export function dtypeOf(array: TypedArray): Dtype {
  const dtype = DTYPES.find((name) => array instanceof constructors[name]);
  if (dtype === undefined) throw new TypeError("not a typed array of a FITS type");
  return dtype;
}

/** Bytes of one element. */
export function byteSizeOf(dtype: Dtype): number {
  return constructors[dtype].BYTES_PER_ELEMENT;
}

/** A view of `length` elements on memory that somebody else owns. */
export function viewOf<D extends Dtype>(
  dtype: D,
  buffer: ArrayBufferLike,
  byteOffset: number,
  length: number,
): ArrayOfDtype[D] {
  return new constructors[dtype](buffer, byteOffset, length);
}

/** The bytes under any typed array, without a copy. */
export function bytesOf(array: TypedArray): Uint8Array {
  return new Uint8Array(array.buffer, array.byteOffset, array.byteLength);
}

/** An array with a shape. */
export interface NdArray<D extends Dtype = Dtype> {
  /** Type of the elements. */
  readonly dtype: D;
  /** C order, slowest axis first: an image is `[height, width]`, that is `[NAXIS2, NAXIS1]`. */
  readonly shape: readonly number[];
  /** The elements, the fastest axis (NAXIS1) first, in the machine's byte order. */
  readonly data: ArrayOfDtype[D];
}
