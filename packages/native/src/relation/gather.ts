import { binding } from "../binding.js";
import { byteSizeOf, bytesOf, type Dtype, dtypeOf, type TypedArray, viewOf } from "../dtype.js";
import { type RelationOptions, runVerb } from "./key-column.js";

/** Cells of one length. */
export interface FixedCells<A extends TypedArray = TypedArray> {
  /** Row after row. */
  readonly data: A;
  /** Elements of a row. */
  readonly rowLength: number;
  /** A bit per element, lowest first, 0 for null. Absent: none is null but NaN. */
  readonly validity?: Uint8Array | undefined;
}

/** Cells of different length: row `i` is items `offsets[i]` to `offsets[i + 1]`. */
export interface RaggedCells<A extends TypedArray = TypedArray> {
  /** Cell after cell; of strings, their bytes. */
  readonly data: A;
  /** In items: rows + 1 of them. */
  readonly offsets: Int32Array;
  /** Elements of an item: 2 of complex numbers, else 1. */
  readonly itemLength: number;
  /** A bit per item, lowest first, 0 for null. Absent: none is null but NaN. */
  readonly validity?: Uint8Array | undefined;
  /** A bit per row, 0 where the whole cell (a string) is null. Absent: none is. */
  readonly rowValidity?: Uint8Array | undefined;
}

const bits = (buffer: ArrayBuffer | undefined): Uint8Array | undefined =>
  buffer && new Uint8Array(buffer);

function elements<A extends TypedArray>(like: A, buffer: ArrayBuffer): A {
  const dtype: Dtype = dtypeOf(like);
  return viewOf(dtype, buffer, 0, buffer.byteLength / byteSizeOf(dtype)) as A;
}

/**
 * The rows of these numbers, in this order, in memory of their own. {@link NO_ROW} gives a null
 * row: zeros (NaN in floats), its validity bits 0.
 *
 * @returns The same layout; `validity` where the source has it, or where there is a null row.
 * @throws {FitsArgumentError} FITS_OUT_OF_BOUNDS for an index that is no row; FITS_BAD_ARGUMENT when
 *   the data are no whole rows, or the validity is too short for them.
 */
export async function gatherRows<A extends TypedArray>(
  source: FixedCells<A>,
  indices: Uint32Array,
  options: RelationOptions = {},
): Promise<FixedCells<A>> {
  const { data, rowLength, validity } = source;
  const rows = await runVerb(options, (control) =>
    binding.gatherRows(
      { dtype: dtypeOf(data), data: bytesOf(data), rowLength, validity },
      indices,
      control,
    ),
  );
  return { data: elements(data, rows.data), rowLength, validity: bits(rows.validity) };
}

/**
 * As {@link gatherRows}, for strings and ragged cells. A null row is an empty cell whose bit in
 * `rowValidity` is 0.
 *
 * @returns The same layout, offsets from 0 on; `validity` where the source has it, `rowValidity`
 *   where the source has it, or where there is a null row.
 * @throws {FitsArgumentError} As {@link gatherRows}; FITS_LIMIT for more than 2^31 - 1 items.
 */
export async function gatherRagged<A extends TypedArray>(
  source: RaggedCells<A>,
  indices: Uint32Array,
  options: RelationOptions = {},
): Promise<RaggedCells<A>> {
  const { data, offsets, itemLength, validity, rowValidity } = source;
  const rows = await runVerb(options, (control) => {
    const itemSize = itemLength * byteSizeOf(dtypeOf(data));
    const raw = { data: bytesOf(data), itemSize, offsets, validity, rowValidity };
    return binding.gatherRagged(raw, indices, control);
  });
  return {
    data: elements(data, rows.data),
    offsets: new Int32Array(rows.offsets),
    itemLength,
    validity: bits(rows.validity),
    rowValidity: bits(rows.rowValidity),
  };
}

/**
 * Numbers of the rows whose byte of `mask` is not 0, ascending.
 *
 * @throws {FitsArgumentError} FITS_LIMIT from 2^32 - 1 rows on.
 */
export async function selectRows(mask: Uint8Array): Promise<Uint32Array> {
  return new Uint32Array(await runVerb({}, () => binding.selectRows(mask)));
}
