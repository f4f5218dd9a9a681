import type { Dtype } from "../dtype.js";

export interface RawKeyword {
  readonly keyword: string;
  readonly value: string | number | bigint | boolean | { re: number; im: number } | null;
  readonly comment?: string | undefined;
}

export interface RawKeywordChange extends RawKeyword {
  readonly isDeleted: boolean;
}

export interface RawCells {
  readonly name: string;
  readonly isString: boolean;
  readonly dtype: Dtype;
  readonly values: Uint8Array;
  readonly offsets?: Float64Array | undefined;
  readonly validity?: Uint8Array | undefined;
}

export interface RawColumnToWrite extends RawCells {
  readonly kind: "number" | "logical" | "bit" | "complex" | "string";
  readonly shape: readonly number[];
  readonly width: number;
  readonly isVariable: boolean;
  readonly isWide: boolean;
  readonly unit: string;
  readonly display: string;
  readonly comment: string;
  readonly null: bigint | undefined;
  readonly nullText: string;
  /** TFORMn of an ASCII table. */
  readonly form: string;
  readonly stored: Dtype | undefined;
  readonly scale: number;
  readonly zero: number;
}

export interface RawHduToWrite {
  readonly image?:
    | {
        readonly dtype: Dtype;
        readonly shape: readonly number[];
        readonly pixels: Uint8Array;
        readonly compression?:
          | {
              readonly codec: string;
              readonly tile: readonly number[] | undefined;
              readonly quantize: number;
              readonly dither: string;
              readonly ditherSeed: number;
              readonly scale: number;
              readonly smooth: boolean;
            }
          | undefined;
      }
    | undefined;
  readonly table?:
    | { readonly isAscii: boolean; readonly columns: readonly RawColumnToWrite[] }
    | undefined;
  readonly keywords: readonly RawKeyword[];
}

export interface RawWriteOptions {
  readonly overwrite?: boolean;
  readonly checksum?: boolean;
  readonly inPlace?: boolean;
  readonly sync: boolean;
  readonly cancel?: Int32Array;
  /** Bytes of data that were written so far. */
  readonly done?: BigUint64Array;
}
