import { binding } from "../binding.js";
import { type KeyColumn, type RelationOptions, runVerb, toRaw } from "./key-column.js";

/** One of the tables that are joined. */
export interface JoinSide {
  /** Columns that must be equal, in the same order on both sides. */
  readonly keys: readonly KeyColumn[];
  /** How many rows they have. */
  readonly rows: number;
}

/** Options of {@link joinRows}. */
export interface JoinOptions extends RelationOptions {
  /** More rows than this are FITS_LIMIT, before memory is taken for them; 2^31 by default. */
  readonly maxRows?: number | undefined;
}

/** Pairs of rows; `NO_ROW` stands for a partner that is not there. */
export interface JoinedRows {
  /** Rows of the left side. */
  readonly left: Uint32Array;
  /** Their partners, as many; empty for `semi` and `anti`. */
  readonly right: Uint32Array;
}

/**
 * Rows of two tables whose keys are equal: of both (`inner`), all left rows with their partners
 * (`left`), all of both (`outer`), left rows that have a partner (`semi`) or none (`anti`). Null
 * keys match nothing. Integers of any two types are compared by value, and so are floats.
 *
 * Rows are in the order of the left side, partners of one row in the order of the right side, and
 * right rows without a partner come last. Runs on one thread.
 *
 * @throws {FitsArgumentError} FITS_BAD_ARGUMENT when keys are of different kinds (integers, floats,
 *   strings), different in number, or do not fit their rows; FITS_LIMIT when the result has more
 *   than `maxRows` rows.
 */
export async function joinRows(
  left: JoinSide,
  right: JoinSide,
  how: "inner" | "left" | "outer" | "semi" | "anti",
  { maxRows = 2 ** 31, ...options }: JoinOptions = {},
): Promise<JoinedRows> {
  const rows = await runVerb(options, (control) =>
    binding.joinRows(
      left.keys.map(toRaw),
      left.rows,
      right.keys.map(toRaw),
      right.rows,
      how,
      maxRows,
      control,
    ),
  );
  return { left: new Uint32Array(rows.left), right: new Uint32Array(rows.right) };
}
