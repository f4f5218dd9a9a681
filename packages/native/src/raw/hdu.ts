import type { Dtype } from "../dtype.js";
import type { FitsErrorFields } from "../errors.js";

/** An HDU as the core describes it (`cpp/core/hdu.h`). Offsets and lengths in bytes. */
export interface RawHdu {
  /** What it holds; `unknown` for an XTENSION that the standard does not define. */
  readonly kind: "image" | "compressed-image" | "bintable" | "asciitable" | "groups" | "unknown";
  /** Position in the file, from 0. */
  readonly index: number;
  /** Where its header starts in the file. */
  readonly headerOffset: number;
  /** With END and padding: whole blocks. */
  readonly headerLength: number;
  /** 80-character records before END. */
  readonly cards: number;
  /** Where its data start in the file. */
  readonly dataOffset: number;
  /** Without padding. */
  readonly dataLength: number;
  /** Where the next HDU starts. */
  readonly end: number;
  /** XTENSION; undefined for a primary HDU. */
  readonly xtension: string | undefined;
  /** EXTNAME; undefined where there is none. */
  readonly extname: string | undefined;
  /** EXTVER. Default 1. */
  readonly extver: number;
  /** ZBITPIX for a compressed image. */
  readonly bitpix: number;
  /** C order; of the image itself for a compressed one. */
  readonly shape: readonly number[];
  /** PCOUNT. Default 0. */
  readonly pcount: number;
  /** GCOUNT. Default 1. */
  readonly gcount: number;
  /** BSCALE. Default 1. */
  readonly bscale: number;
  /** BZERO. Default 0. */
  readonly bzero: number;
  /** BLANK; null where there is none, or where pixels are floats. */
  readonly blank: bigint | null;
  /** Images and random groups: the type that holds the physical values. */
  readonly dtype?: Dtype;
  /** Compressed images: ZCMPTYPE. */
  readonly codec?: string;
  /** Compressed images: shape of a tile, C order. */
  readonly tile?: readonly number[];
  /** Tables: NAXIS2; of the table it expands to for a compressed one. */
  readonly rows?: number;
  /** Tables: bytes of a row, NAXIS1; of the table it expands to for a compressed one. */
  readonly rowLength?: number;
  /** Tables: TFIELDS. */
  readonly columns?: number;
  /** Tables: whether the table is tile-compressed (ZTABLE). */
  readonly isCompressedTable?: boolean;
  /** Why the data cannot be read although their size is known. */
  readonly defect?: FitsErrorFields;
}

export interface RawStamp {
  readonly size: number;
  readonly mtimeMs: number;
}

export interface RawWalk {
  readonly hdus: readonly RawHdu[];
  readonly damage?: FitsErrorFields;
}

export interface RawScan extends RawWalk {
  readonly stamp: RawStamp;
  /** Per HDU, in the order of the keywords that were asked for. */
  readonly keywords: readonly (readonly (string | number | boolean | null | undefined)[])[];
}
