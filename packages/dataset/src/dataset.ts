import type {
  BatchOptions,
  CutoutsOptions,
  DatasetNode,
  ImagesOptions,
  LabelSource,
  MapStep,
  ModuleOptions,
  SampleFunction,
  ShuffleOptions,
} from "./dataset-node.js";
import { type RowsOptions, rowsNode } from "./dataset-rows.js";
import { badArgument } from "./errors.js";
import type { TailPolicy } from "./order/batches.js";
import type { SampleMeta } from "./survey/sample-source.js";
import type { TransformSpec } from "./transforms/transform.js";

function sourceOf(node: DatasetNode): Exclude<DatasetNode, { readonly from: DatasetNode }> {
  return "from" in node ? sourceOf(node.from) : node;
}

function checkCount(what: string, n: number, least: number, mayBeInfinite = false): number {
  if (
    (Number.isSafeInteger(n) && n >= least) ||
    (mayBeInfinite && n === Number.POSITIVE_INFINITY)
  ) {
    return n;
  }
  throw badArgument(`${what} takes a number of samples`, `a whole number >= ${least}`, String(n));
}

/**
 * A description of samples and of what happens to them on their way into a batch. Making one reads
 * nothing; a {@link DataLoader} does. Every method returns a new dataset and leaves this one as it is.
 *
 * @typeParam Names Names of the tensors in a batch: `image`, and what `zip` puts beside it.
 * @example
 * ```ts
 * const batches = Dataset.cutouts(["field1.fits", "field2.fits"], { at: catalogue, size: 32 })
 *   .zip({ label: catalogue.class })
 *   .shuffle({ seed: 7 })
 *   .map(flip())
 *   .map(asinh({ a: 5 }))
 *   .batch(64);
 * ```
 */
export class Dataset<Names extends string = "image"> {
  /** The last step; the others hang on it. */
  readonly node: DatasetNode;

  private constructor(node: DatasetNode) {
    this.node = Object.freeze(node);
    Object.freeze(this);
  }

  /**
   * Whole images, one a file (or all of each file, with `hdu: "*"`). All of one shape, or made so by
   * a {@link crop} right after: only the cropped pixels are read then.
   *
   * @param urls Paths, http(s) URLs, or folders, which stand for their FITS files.
   */
  static images(urls: string | readonly string[], options: ImagesOptions = {}): Dataset {
    const { hdu, ...rest } = options;
    return new Dataset({ kind: "images", urls, hdu, options: rest });
  }

  /**
   * Windows of the same size around positions in images; only their pixels are read.
   *
   * @param urls As for {@link images}; `at.file` counts in this list.
   */
  static cutouts(urls: string | readonly string[], options: CutoutsOptions): Dataset {
    const { at, size, hdu, edge = "error", ...rest } = options;
    const [height, width] = typeof size === "number" ? [size, size] : size;
    checkCount("a cutout", height, 1);
    checkCount("a cutout", width, 1);
    return new Dataset({
      kind: "cutouts",
      urls,
      at,
      size: [height, width],
      hdu,
      edge,
      options: rest,
    });
  }

  /**
   * Rows of tables, of many files as of one, each column a tensor `[batch, ...cell]`: numbers keep
   * their type (64-bit integers are BigInts), logicals and bits are uint8, complex values pairs.
   * Columns are matched by name and must be alike in all files.
   *
   * ```ts
   * const batches = Dataset.rows("catalogues/", {
   *   columns: ["FLUX", "ID"],
   *   labels: ["Z"],
   *   where: "FLAG = 0",
   * })
   *   .shuffle({ seed: 7, block: 256 })
   *   .batch(512);
   * ```
   * Rows are read by the threads, those of a batch that lie in one file together: with a shuffle's
   * `block` they are neighbours. There is nothing to `map`; a sample is described by `row`, not by
   * its values, to `filter`: choose those by `where`.
   *
   * @param urls As for {@link images}.
   */
  static rows<
    const Column extends string,
    const Label extends string = never,
    const Padded extends Column | Label = never,
    const Ragged extends Column | Label = never,
  >(
    urls: string | readonly string[],
    options: RowsOptions<Column, Label, Padded, Ragged>,
  ): Dataset<Column | Label | `${Padded}.length` | `${Ragged}.offsets`> {
    return new Dataset(rowsNode(urls, options));
  }

  /**
   * Changes every sample: by a built-in transform (`crop`, `flip`, `asinh` ...) or a module of the
   * user's own (`new URL("./augment.js", import.meta.url)`, which exports
   * `transform(sample, context, options)`), both of which run in the worker threads; or by a plain
   * function, which can only run on the main thread, after those.
   *
   * Randomness comes from `context.rng`, which depends on the seed of the dataset's shuffle, the
   * epoch, the sample and the step, and on nothing else.
   */
  map(
    transform: TransformSpec | URL | SampleFunction,
    options: ModuleOptions = {},
  ): Dataset<Names> {
    if (typeof transform === "function") return this.#add({ kind: "closure", run: transform });
    if (!(transform instanceof URL)) return this.#add({ kind: "builtin", spec: transform });
    const { options: data, shape } = options;
    return this.#add({ kind: "module", url: transform.href, options: data, shape });
  }

  #add(step: MapStep): Dataset<Names> {
    return new Dataset<Names>({ kind: "map", from: this.node, step: Object.freeze(step) });
  }

  /**
   * Keeps the samples of which `keep` says so, by what the headers tell; no pixel is read for it.
   * Comes before `shuffle` and `repeat`.
   */
  filter(keep: (sample: SampleMeta) => boolean): Dataset<Names> {
    return new Dataset<Names>({ kind: "filter", from: this.node, keep });
  }

  /** Random order, another one in every epoch; the same for the same seed, whatever reads it. */
  shuffle(options: ShuffleOptions = {}): Dataset<Names> {
    const { seed = 0, block = 1, window = 16 } = options;
    checkCount("a shuffle's seed", seed, 0);
    checkCount("a shuffle's block", block, 1);
    checkCount("a shuffle's window", window, 1);
    return new Dataset<Names>({ kind: "shuffle", from: this.node, seed, block, window });
  }

  /** All samples `count` times (without end by default), in another order where a shuffle is before. */
  repeat(count: number = Number.POSITIVE_INFINITY): Dataset<Names> {
    checkCount("repeat", count, 1, true);
    return new Dataset<Names>({ kind: "repeat", from: this.node, count });
  }

  /** The first `count` samples. */
  take(count: number): Dataset<Names> {
    checkCount("take", count, 0);
    return new Dataset<Names>({ kind: "take", from: this.node, count });
  }

  /** Puts values beside the tensors; they come as tensors of shape `[batch]` under their names. */
  zip<Name extends string>(labels: Readonly<Record<Name, LabelSource>>): Dataset<Names | Name> {
    const source = sourceOf(this.node);
    const taken = source.kind === "rows" ? source.columns : ["image"];
    const name = taken.find((tensor) => Object.hasOwn(labels, tensor));
    if (name !== undefined) throw badArgument(`a label must not be named ${name}`, "another name");
    return new Dataset<Names | Name>({ kind: "zip", from: this.node, labels: { ...labels } });
  }

  /**
   * Batches of `size` samples, over all ranks together: the last step, ready for a DataLoader.
   *
   * @param size Of the global batch.
   */
  batch(size: number, options: BatchOptions = {}): BatchedDataset<Names> {
    checkCount("a batch", size, 1);
    return new BatchedDataset<Names>(this.node, size, options.tail ?? "pad");
  }
}

/** A {@link Dataset} cut into batches. */
export class BatchedDataset<Names extends string = "image"> {
  /** The batch step; the others hang on it. */
  readonly node: Extract<DatasetNode, { readonly kind: "batch" }>;
  /** Only a type: which tensors a batch has. */
  declare readonly names?: Names;

  /** Made by {@link Dataset.batch}. */
  constructor(from: DatasetNode, size: number, tail: TailPolicy) {
    this.node = Object.freeze({ kind: "batch", from, size, tail });
  }
}
