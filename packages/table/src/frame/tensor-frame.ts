/** Tables as tensors, and the encoder that makes them the same way everywhere. */
import { inspect } from "node:util";
import { FlatLambdaCDM } from "../astronomy/cosmology.js";
import { tableError } from "../errors.js";
import { FitsTable } from "../fits-table.js";
import { type DenseBlock, type TensorBlock, takeColumns, takeRows } from "./block.js";
import type { ColumnSummary } from "./column-statistics.js";
import { type ColumnDescription, describeBlock, describeText, textTable } from "./describe.js";
import { encodeTable } from "./encode-table.js";
import {
  concatParts,
  equalParts,
  type FrameParts,
  type FrameTarget,
  type FrameTensors,
  tensorsOf,
} from "./frame-parts.js";
import { checkedState, FRAME_VERSION, type FrameState } from "./frame-state.js";
import {
  FrameStatistics,
  type FrameSummaries,
  featureKey,
  sortedTarget,
} from "./frame-statistics.js";
import { type FrameMatrix, type MatrixOptions, matrixOf } from "./matrix.js";
import type { FitOptions, FramePlan, PlannedFeature } from "./plan.js";
import { decodedTarget } from "./target.js";

/** Tables to fit: one, several, or a stream of them, all with the columns of the first. */
export type FitTables = FitsTable | Iterable<FitsTable> | AsyncIterable<FitsTable>;

/**
 * Rows of a table as tensors: a block for each semantic type, its columns by name, and the target.
 * Missing values are NaN in floats, -1 in categories. Immutable: verbs give new frames, with copies
 * of the rows or columns they take.
 *
 * @example
 * ```ts
 * import { FitsTable, makeColumn } from "@fitstream/table";
 * import { TensorFrame } from "@fitstream/table/frame";
 *
 * const catalogue = new FitsTable([
 *   makeColumn("ra", [10.68, 83.82, 266.42], { unit: "deg" }),
 *   makeColumn("dec", [41.27, -5.39, -29.01], { unit: "deg" }),
 *   makeColumn("mag_g", [20.5, 19.1, 99], { unit: "mag" }),
 *   makeColumn("mag_r", [19.8, 18.9, 18.2], { unit: "mag" }),
 *   makeColumn("z_spec", [0.31, 0.12, 0.07]),
 * ]);
 * const encoder = await TensorFrame.fit(catalogue, { target: "z_spec" });
 * console.log(String(encoder)); // each feature, and why it is one
 * const frame = encoder.encode(catalogue);
 * console.log(frame.columns.get("magnitude")); // [ 'mag_g', 'mag_r', 'mag.g-r' ]
 * console.log(frame.blocks.get("coordinate")?.shape, frame.target?.data);
 * ```
 */
export class TensorFrame implements FrameParts {
  /** Rows of every block. */
  readonly rows: number;
  /**
   * By semantic type; what a type makes besides its floats has a name of its own, like
   * "coordinate.healpix".
   */
  readonly blocks: ReadonlyMap<string, TensorBlock>;
  /** Names of the columns of each block, in order. */
  readonly columns: ReadonlyMap<string, readonly string[]>;
  /** What is predicted; undefined without one, and where the encoded table did not have it. */
  readonly target: FrameTarget | undefined;

  /** A frame of blocks that fit each other, which are taken as they are. */
  constructor({ rows, blocks, columns, target }: FrameParts) {
    this.rows = rows;
    this.blocks = blocks;
    this.columns = columns;
    this.target = target;
  }

  /**
   * Finds out what the columns mean and takes their statistics, in one pass over the tables.
   *
   * @returns What encodes these and other tables. Its `features` tell what was found, and why.
   * @throws {TableError} TABLE_BAD_ARGUMENT without a table, and for options that make no sense;
   *   TABLE_NO_COLUMN, TABLE_TYPE, TABLE_UNIT for tables that do not fit the first.
   */
  static async fit(tables: FitTables, options: FitOptions = {}): Promise<FrameEncoder> {
    let statistics: FrameStatistics | undefined;
    for await (const table of tables instanceof FitsTable ? [tables] : tables) {
      statistics ??= FrameStatistics.plan(table, options);
      statistics.add(table);
    }
    if (statistics !== undefined) return new FrameEncoder(statistics);
    throw tableError({
      code: "TABLE_BAD_ARGUMENT",
      what: "there is nothing to fit a frame to",
      expected: "one table or more",
      found: "none",
    });
  }

  /**
   * Frames of the same columns as one, rows after rows.
   *
   * @throws {TableError} TABLE_BAD_ARGUMENT without frames; TABLE_TYPE where columns differ.
   */
  static concat(frames: readonly TensorFrame[]): TensorFrame {
    return new TensorFrame(concatParts(frames));
  }

  #mapped(rows: number, of: (block: TensorBlock) => TensorBlock): TensorFrame {
    const blocks = new Map([...this.blocks].map(([type, block]) => [type, of(block)] as const));
    const target =
      this.target === undefined
        ? undefined
        : { ...this.target, ...(of(this.target) as DenseBlock) };
    return new TensorFrame({ rows, blocks, columns: this.columns, target });
  }

  /**
   * The rows at these positions, in this order.
   *
   * @throws {TableError} TABLE_BAD_ARGUMENT for rows that are not there.
   */
  take(indices: ArrayLike<number>): TensorFrame {
    for (let i = 0; i < indices.length; ++i) {
      const row = indices[i] as number;
      if (Number.isInteger(row) && row >= 0 && row < this.rows) continue;
      throw tableError({
        code: "TABLE_BAD_ARGUMENT",
        what: "the frame has no such row",
        expected: `0 to ${this.rows - 1}`,
        found: String(row),
      });
    }
    return this.#mapped(indices.length, (block) => takeRows(block, indices));
  }

  /** Rows from `begin` up to `end`; negative ones count from the end, as of arrays. */
  slice(begin = 0, end: number = this.rows): TensorFrame {
    const at = (place: number): number =>
      Math.min(Math.max(Math.trunc(place < 0 ? place + this.rows : place), 0), this.rows);
    const [first, last] = [at(begin), at(end)];
    const indices = Float64Array.from({ length: Math.max(0, last - first) }, (_, i) => first + i);
    return this.take(indices);
  }

  /** The block and the place in it of a column. */
  #find(name: string): readonly [block: string, place: number] {
    for (const [block, names] of this.columns) {
      const place = names.indexOf(name);
      if (place >= 0) return [block, place];
    }
    throw tableError({
      code: "TABLE_NO_COLUMN",
      what: "the frame has no such column",
      expected: [...this.columns.values()].flat().join(", "),
      found: name,
    });
  }

  /**
   * Only these columns, or whole blocks; the target stays.
   *
   * @throws {TableError} TABLE_NO_COLUMN
   */
  select(names: readonly string[]): TensorFrame {
    const wanted = new Map<string, number[]>();
    for (const name of names) {
      const all = this.columns.get(name);
      const [block, places] =
        all === undefined ? this.#place(name) : [name, all.map((_, place) => place)];
      wanted.set(block, [...(wanted.get(block) ?? []), ...places]);
    }
    const chosen = [...wanted].map(([block, places]) => {
      const tensors = takeColumns(this.blocks.get(block) as TensorBlock, places);
      const kept = places.map((place) => this.columns.get(block)?.[place] ?? "");
      return { block, tensors, kept };
    });
    return new TensorFrame({
      rows: this.rows,
      blocks: new Map(chosen.map(({ block, tensors }) => [block, tensors])),
      columns: new Map(chosen.map(({ block, kept }) => [block, kept])),
      target: this.target,
    });
  }

  #place(name: string): readonly [block: string, places: readonly number[]] {
    const [block, place] = this.#find(name);
    return [block, [place]];
  }

  /**
   * One column as a block of its own.
   *
   * @throws {TableError} TABLE_NO_COLUMN
   */
  column(name: string): TensorBlock {
    const [block, place] = this.#find(name);
    return takeColumns(this.blocks.get(block) as TensorBlock, [place]);
  }

  /** Whether another frame has the same columns, rows and target; NaN equals NaN. */
  equals(other: TensorFrame): boolean {
    return equalParts(this, other);
  }

  /** What each column holds. */
  describe(): ColumnDescription[] {
    return [...this.blocks].flatMap(([type, block]) => {
      return describeBlock(type, block, this.columns.get(type) ?? []);
    });
  }

  /**
   * Tensors by name, on the memory of the frame: a block each, ragged ones as `name.values` and
   * `name.offsets`, and `target`. Ids are no tensors: take them from `blocks`.
   */
  toTensors(): FrameTensors {
    return tensorsOf(this);
  }

  /**
   * All floats side by side, in memory of their own: what a network takes. Categories, HEALPix
   * indices, parts of dates and ids are left out, as their numbers are no amounts: give those of
   * {@link toTensors} to embedding layers. Missing values stay NaN; the option `floats` of the fit
   * says otherwise.
   *
   * @example
   * ```ts
   * const floats = { scale: "standard", missing: "mean", indicator: true } as const;
   * const encoder = await TensorFrame.fit(train, { target: "z", floats });
   * const { data, shape, names } = encoder.encode(test).toMatrix();
   * ```
   * @throws {TableError} TABLE_NO_COLUMN; TABLE_TYPE where a chosen column is not of floats.
   */
  toMatrix<D extends "float32" | "float64" = "float32">(
    options: MatrixOptions<D> = {},
  ): FrameMatrix<D> {
    const { columns } = options;
    return matrixOf(columns === undefined ? this : this.select(columns), options);
  }

  /** Its size, and a line a column. */
  toString(): string {
    const target = this.target === undefined ? "" : `, target ${this.target.name}`;
    const blocks = [...this.blocks].map(([type, { shape }]) => `${type} ${shape[1]}`).join(", ");
    return `TensorFrame of ${this.rows} rows (${blocks}${target})\n${describeText(this.describe())}`;
  }
}

/**
 * A fitted frame: what the columns mean and the statistics of the fit. It encodes any table with
 * these columns, row by row: neither the other rows nor the process change what comes out.
 */
export class FrameEncoder {
  /** What is made of the columns, and why. */
  readonly plan: FramePlan;
  /** What the fit found, by feature, then by what its type measures. */
  readonly statistics: FrameSummaries;
  /** Of redshifts. */
  readonly cosmology: FlatLambdaCDM;

  /** What statistics, all merged, are fitted to. */
  constructor(fitted: FrameStatistics | FrameState) {
    this.plan = fitted.plan;
    this.statistics =
      fitted instanceof FrameStatistics ? sortedTarget(fitted.summaries()) : fitted.statistics;
    this.cosmology = new FlatLambdaCDM(fitted.plan.cosmology);
  }

  /**
   * What {@link toJSON} gave, here or in another process. A state may come from anywhere: it is checked.
   *
   * @throws {TableError} TABLE_BAD_STATE where it is damaged, of another version, or has semantic
   *   types that are not registered here.
   */
  static fromJSON(state: unknown): FrameEncoder {
    return new FrameEncoder(checkedState(state));
  }

  /** Plain data, for a file or another process. */
  toJSON(): FrameState {
    const { plan, statistics } = this;
    return { format: "fitstream.frame", version: FRAME_VERSION, plan, statistics };
  }

  /** What is made of the columns, and why. */
  get features(): readonly PlannedFeature[] {
    return this.plan.features;
  }

  /**
   * What the fit found of the target, in the units of its column: numbers before any transform,
   * categories by value. Undefined without a target.
   */
  get targetStatistics(): ColumnSummary | undefined {
    const { target } = this.plan;
    if (target === undefined) return undefined;
    const [summary] = Object.values(this.statistics[featureKey(target, this.plan)] ?? {});
    return summary;
  }

  /**
   * Predictions in the units of the target's column: what encoding made of it, undone.
   *
   * @param values As {@link TensorFrame.target} has them, NaN where there is none.
   * @throws {TableError} TABLE_BAD_ARGUMENT without a target; TABLE_TYPE for one that is not a number:
   *   categories are named by `targetStatistics.categories.values`.
   */
  decodeTarget(values: ArrayLike<number>): Float64Array {
    const { target } = this.plan;
    const statistics = target && this.statistics[featureKey(target, this.plan)];
    return decodedTarget(values, target, statistics ?? {});
  }

  /**
   * A table as tensors.
   *
   * @returns Tensors in memory of their own, but for the bytes of ids that are strings.
   * @throws {TableError} TABLE_NO_COLUMN, TABLE_TYPE or TABLE_UNIT where the table does not have the
   *   columns of the fit. The target may be absent.
   */
  encode(table: FitsTable): TensorFrame {
    return new TensorFrame(encodeTable(this, table));
  }

  /** Each feature: its type, its columns, and why. */
  toString(): string {
    const { features, target } = this.plan;
    const lines = [...features, ...(target === undefined ? [] : [target])].map((feature) => [
      feature.name,
      feature.type,
      feature.columns.join(", "),
      feature.reason,
    ]);
    return textTable(["feature", "type", "columns", "why"], lines);
  }
}

// Not members: isolatedDeclarations takes no computed names.
for (const shown of [TensorFrame, FrameEncoder]) {
  Object.defineProperty(shown.prototype, inspect.custom, { value: shown.prototype.toString });
}
