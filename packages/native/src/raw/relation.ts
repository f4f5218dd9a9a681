import type { Dtype } from "../dtype.js";

/** What each verb takes last. */
export interface RawControl {
  readonly threads: number;
  readonly cancel?: Int32Array | undefined;
}

/** A column; without dtype one of strings. */
export interface RawKeyColumn {
  readonly dtype?: Dtype | undefined;
  readonly data: Uint8Array;
  readonly offsets?: Int32Array | undefined;
  readonly validity?: Uint8Array | undefined;
}

export interface RawSortKey extends RawKeyColumn {
  readonly descending: boolean;
  readonly nullsFirst: boolean;
}

export interface RawFixedRows {
  readonly dtype: Dtype;
  readonly data: Uint8Array;
  readonly rowLength: number;
  readonly validity?: Uint8Array | undefined;
}

export interface RawGatheredRows {
  readonly data: ArrayBuffer;
  readonly validity?: ArrayBuffer;
}

export interface RawRaggedRows {
  readonly data: Uint8Array;
  /** Bytes. */
  readonly itemSize: number;
  readonly offsets: Int32Array;
  readonly validity?: Uint8Array | undefined;
  readonly rowValidity?: Uint8Array | undefined;
}

export interface RawGatheredRagged extends RawGatheredRows {
  readonly offsets: ArrayBuffer;
  readonly rowValidity?: ArrayBuffer;
}

export interface RawGroups {
  readonly codes: ArrayBuffer;
  readonly firsts: ArrayBuffer;
}

export interface RawGroupedRows {
  readonly rows: number;
  /** Absent: all rows are one group. */
  readonly codes?: Uint32Array | undefined;
  readonly groups: number;
}

/** One of the first three, by the statistic. */
export interface RawAggregate {
  readonly counts?: ArrayBuffer;
  readonly integers?: ArrayBuffer;
  readonly doubles?: ArrayBuffer;
  readonly validity?: ArrayBuffer;
}

export interface RawJoinedRows {
  readonly left: ArrayBuffer;
  readonly right: ArrayBuffer;
}
