import type { Dtype } from "../dtype.js";
import type { RawHdu, RawStamp } from "./hdu.js";

/** What the core needs to plan a read of an uncompressed image; part of {@link RawHdu}. */
export type RawLayout = Pick<
  RawHdu,
  "bitpix" | "shape" | "dataOffset" | "bscale" | "bzero" | "blank"
> & {
  /** Pixels from one slice of the slowest axis to the next, where other things lie between. */
  readonly sliceLength?: number | undefined;
};

export interface RawWindow {
  readonly origin: readonly number[];
  readonly shape: readonly number[];
  readonly stride: readonly number[];
  /** For pixels outside the image; without it the window must lie inside. */
  readonly pad?: number | undefined;
}

export interface RawPlan {
  /** Where each run of pixels starts. */
  readonly offsets: Float64Array;
  /** Bytes of each run. */
  readonly runLength: number;
}

export interface RawImageJob {
  readonly hdu: number;
  /** Unknown: the core walks to the HDU. */
  readonly headerOffset?: number | undefined;
  /** Of an uncompressed image: no header is looked at. */
  readonly layout?: RawLayout | undefined;
  /** What the file must still be. */
  readonly stamp?: RawStamp | undefined;
  /** The file may be mapped. */
  readonly immutable?: boolean | undefined;
  readonly window?: RawWindow | undefined;
  readonly dtype?: Dtype | undefined;
  /** Stored values, without BSCALE and BZERO. */
  readonly raw?: boolean | undefined;
  /** That decode tiles, at most. */
  readonly threads?: number | undefined;
  readonly out: Uint8Array;
  readonly mask?: Uint8Array | undefined;
  readonly cancel?: Int32Array | undefined;
}

export interface RawBatch {
  readonly images: Uint8Array;
  readonly paths: Uint8Array;
  readonly samples: Float64Array;
  readonly shape: readonly number[];
  readonly stride: readonly number[];
  readonly pad?: number | undefined;
  readonly dtype: Dtype;
  readonly target: Uint8Array | readonly Uint8Array[];
  readonly sampleStep: number;
  readonly immutable?: boolean | undefined;
  readonly packed?: Uint8Array | undefined;
  readonly shards?: readonly { readonly image: number; readonly bytes: Uint8Array }[] | undefined;
  readonly cancel?: Int32Array | undefined;
}
