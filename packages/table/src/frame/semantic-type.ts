/** What a column means to a model: the interface that every semantic type fills, and their names. */
import type { Column, ColumnMetadata, TypedArray } from "@fitstream/native";
import type { FlatLambdaCDM } from "../astronomy/cosmology.js";
import { tableError } from "../errors.js";
import type { ColumnSummary, Measurement } from "./column-statistics.js";

/** Options of a feature: plain data, as a saved frame holds them. */
export type FeatureOptions = Readonly<Record<string, unknown>>;

/** One or more columns that mean something together: a position, a set of magnitudes. */
export interface Feature {
  /** What its tensors are called; the column's name where there is one column. */
  readonly name: string;
  /** The name of its semantic type. */
  readonly type: string;
  /** Names of the columns that it takes. */
  readonly columns: readonly string[];
  /** Options of the type, its defaults filled in. */
  readonly options: FeatureOptions;
}

/** Columns that a type takes together. */
export interface FeatureDraft {
  /** Default: the names of the columns, joined by `_`. */
  readonly name?: string;
  /** Names of columns. */
  readonly columns: readonly string[];
  /** What the names and units say about the options. */
  readonly options?: FeatureOptions;
}

/** Rows of a feature. */
export interface FeatureInput {
  /** What is asked for. */
  readonly feature: Feature;
  /** Its columns, in its order. */
  readonly columns: readonly Column[];
  /** Rows of each. */
  readonly rows: number;
}

/** What measuring stands on besides the rows. */
export interface MeasureContext {
  /** Of redshifts. */
  readonly cosmology: FlatLambdaCDM;
}

/** What encoding stands on besides the rows. */
export interface EncodeContext extends MeasureContext {
  /** Statistics of the fit, by the names that `measure` gave them. */
  readonly statistics: Readonly<Record<string, ColumnSummary>>;
  /** Of blocks of floats. */
  readonly dtype: "float32" | "float64";
}

/** Columns of a block of tensors: dense ones, row after row. */
export interface DensePart {
  readonly layout: "dense";
  /** The block: parts of one block, of all features, become one tensor. */
  readonly block: string;
  /** One a column of the block. */
  readonly names: readonly string[];
  /** Elements a column; default 1 each. */
  readonly widths?: readonly number[];
  /** `[rows, sum of widths]`, C order. */
  readonly data: TypedArray;
}

/** One column of a block of cells of different length. */
export interface RaggedPart {
  readonly layout: "ragged";
  /** The block, as of {@link DensePart}. */
  readonly block: string;
  /** The column of the block. */
  readonly name: string;
  /** All cells, one after the other. */
  readonly values: TypedArray;
  /** Cell `i` is `values[offsets[i]]` to `values[offsets[i + 1]]`. */
  readonly offsets: Int32Array;
}

/** What a feature becomes. */
export type EncodedPart = DensePart | RaggedPart;

/**
 * A semantic type: which columns it takes, what is measured of them, how they become tensors. It has
 * no state of its own: what a fit finds is in the statistics, which merge and are saved for it.
 *
 * @example
 * ```ts
 * registerSemanticType({
 *   name: "parallax",
 *   defaults: { zero: -0.017 },
 *   measure: ({ columns: [column], rows }) =>
 *     column === undefined ? {} : { mas: { rows, ...numbersOf(column) } },
 *   encode: ({ feature, columns: [column] }) => {
 *     const mas = column === undefined ? [] : numbersOf(column).numbers;
 *     const data = Float32Array.from(mas, (value) => value - Number(feature.options["zero"]));
 *     return [{ layout: "dense", block: "numerical", names: [feature.name], data }];
 *   },
 * });
 * ```
 */
export interface SemanticType {
  /** What types are asked for by. */
  readonly name: string;
  /** Every option with its default; others are refused. */
  readonly defaults: FeatureOptions;
  /** Which columns go together. Default: each is a feature of its own. */
  readonly group?: (columns: readonly ColumnMetadata[]) => readonly FeatureDraft[];
  /**
   * What statistics are taken of, by name: the first is of the column itself, and is what is told of
   * a target.
   *
   * @throws {TableError} TABLE_TYPE for columns that do not fit.
   */
  readonly measure: (
    input: FeatureInput,
    context: MeasureContext,
  ) => Readonly<Record<string, Measurement>>;
  /** Rows as tensors. Nothing but the rows and the context may decide what comes out. */
  readonly encode: (input: FeatureInput, context: EncodeContext) => readonly EncodedPart[];
}

/** The only column of a feature, or the one at this position. */
export function columnOf({ feature, columns }: FeatureInput, i = 0): Column {
  const column = columns[i];
  if (column !== undefined) return column;
  throw tableError({
    code: "TABLE_TYPE",
    what: `a feature of the type ${feature.type} needs more columns`,
    expected: `${i + 1} or more`,
    found: feature.columns.join(", "),
    column: feature.name,
  });
}
