import type { Dtype } from "../dtype.js";
import type { FitsErrorFields } from "../errors.js";
import type { RawStamp } from "./hdu.js";

export interface RawColumn {
  readonly name: string;
  readonly unit: string;
  readonly display: string;
  readonly form: string;
  readonly kind: "number" | "logical" | "bit" | "complex" | "string";
  readonly dtype: Dtype;
  readonly isVariable: boolean;
  readonly cellShape: readonly number[];
  /** Strings: bytes of one. */
  readonly stringLength?: number;
  readonly defect?: FitsErrorFields;
}

export interface RawTableJob {
  readonly header: Uint8Array;
  readonly headerOffset: number;
  readonly index: number;
  readonly path?: string | undefined;
  readonly stamp?: RawStamp | undefined;
  /** That the file never changes. */
  readonly immutable?: boolean | undefined;
  /** Instead of a path: bytes of the data unit, from byte `skipped` on. */
  readonly data?: Uint8Array | undefined;
  readonly skipped?: number | undefined;
  readonly columns: readonly number[];
  readonly firstRow: number;
  readonly rows: number;
  /** Instead of the range. */
  readonly rowList?: Float64Array | undefined;
  readonly maxBytes: number;
  readonly threads: number;
  /** By column: memory for its values. */
  readonly into?: readonly (Uint8Array | undefined)[] | undefined;
  /** Stored values: no TSCAL and TZERO, logicals as their bytes. */
  readonly raw: boolean;
  /** Strings with their padding. */
  readonly asBytes: boolean;
  readonly cancel?: Int32Array | undefined;
}

export interface RawColumnData {
  readonly elements: number;
  readonly nulls: number;
  /** Absent where the values are in the memory that the job gave. */
  readonly values?: ArrayBuffer;
  readonly offsets?: ArrayBuffer;
  readonly validity?: ArrayBuffer;
}
