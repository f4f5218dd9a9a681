import type { BooleanExpression, Dtype } from "@fitstream/native";
import type { HduChoice } from "./survey/survey-hdu.js";

/** How cells of variable length become a tensor of one shape. */
export interface Padding {
  /** Values of each sample. A longer cell is an error. */
  readonly length: number;
  /** What fills the rest of a shorter cell. Default 0. */
  readonly value?: number | bigint;
}

/** How the columns of {@link RowsOptions} become tensors. */
export interface ColumnOptions<Name extends string, Padded extends Name, Ragged extends Name> {
  /**
   * Types of tensors that are not those of their columns: only ones that hold every value of the
   * column, unless `lossy`. Default: the column's own; 64-bit integers are BigInts.
   */
  readonly dtype?: Readonly<Partial<Record<Name, Dtype>>>;
  /** Allows a `dtype` float32 or float64 that rounds the column's values. Default false. */
  readonly lossy?: boolean;
  /**
   * What stands for nulls, by column. Default: NaN in tensors of floats; in others a null is an
   * error of its row.
   */
  readonly fill?: Readonly<Partial<Record<Name, number | bigint>>>;
  /**
   * Columns of variable length as tensors `[batch, length]`; how much of a row is real says the int32
   * tensor `NAME.length` beside it.
   */
  readonly pad?: Readonly<Record<Padded, Padding>>;
  /**
   * Columns of variable length as all values of the batch, one row after the other, and an int32
   * tensor `NAME.offsets`: row `i` is `offsets[i]` to `offsets[i + 1]`. They lie in memory of their
   * own, not in the loader's pool.
   */
  readonly offsets?: readonly Ragged[];
}

/** Options of {@link Dataset.rows}. */
export interface RowsOptions<
  Column extends string,
  Label extends string = never,
  Padded extends Column | Label = never,
  Ragged extends Column | Label = never,
> extends ColumnOptions<Column | Label, Padded, Ragged> {
  /** Columns that become tensors of these names; case does not matter in the files. */
  readonly columns: readonly Column[];
  /** Columns that become tensors as well: what is to be learned. */
  readonly labels?: readonly Label[];
  /**
   * Only rows for which this is true: the language of `TableHdu.read`. It is evaluated once, when the
   * plan is made; the samples are the rows that were found.
   */
  readonly where?: string | BooleanExpression;
  /** Which HDU of each file: a position, or an EXTNAME. Default: the first table. */
  readonly hdu?: number | string;
  /** Keywords to keep from every header, for `filter` and `zip`. Default none. */
  readonly keywords?: readonly string[];
  /** As for images. */
  readonly index?: string | false;
  /** As for images. */
  readonly immutable?: boolean;
}

/** A source of rows, as a step of a dataset. */
export interface RowsNode {
  readonly kind: "rows";
  /** Paths, URLs or folders, as they were given. */
  readonly urls: string | readonly string[];
  /** {@link RowsOptions.columns}, and the labels after them. */
  readonly columns: readonly string[];
  /** {@link RowsOptions.hdu}. */
  readonly hdu: HduChoice;
  /** {@link RowsOptions.where}, as text. */
  readonly where: string | undefined;
  /** How columns become tensors. */
  readonly tensors: ColumnOptions<string, string, string>;
  /** What the index takes. */
  readonly options: {
    /** {@link RowsOptions.keywords}. */
    readonly keywords?: readonly string[];
    /** {@link RowsOptions.index}. */
    readonly index?: string | false;
    /** {@link RowsOptions.immutable}. */
    readonly immutable?: boolean;
  };
}

/** The step that rows of tables come from. */
export function rowsNode(
  urls: string | readonly string[],
  options: RowsOptions<string, string, string, string>,
): RowsNode {
  const { columns, labels = [], where, hdu, keywords, index, immutable, ...tensors } = options;
  return {
    kind: "rows",
    urls,
    columns: [...columns, ...labels],
    hdu,
    where: where?.toString(),
    tensors,
    options: {
      ...(keywords === undefined ? {} : { keywords }),
      ...(index === undefined ? {} : { index }),
      ...(immutable === undefined ? {} : { immutable }),
    },
  };
}
