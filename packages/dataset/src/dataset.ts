import type { Dtype } from "@fitstream/native";
import { badArgument } from "./errors.js";
import type { TailPolicy } from "./order/batches.js";
import type { CutoutPositions, EdgePolicy } from "./survey/cutouts.js";
import type { SampleMeta } from "./survey/sample-source.js";
import type { HduChoice } from "./survey/survey-hdu.js";
import type { Sample, TransformContext, TransformSpec } from "./transforms/transform.js";

/** Options of {@link Dataset.images} and {@link Dataset.cutouts}. */
export interface SourceOptions {
  /**
   * Type of the pixels. Default "float32": any image reads as float32, with BSCALE, BZERO and BLANK
   * (as NaN) applied. "native" takes the type that the files store.
   */
  readonly dtype?: Dtype | "native";
  /** Keywords to keep from every header, for `filter`, `zip` and reports. Default none. */
  readonly keywords?: readonly string[];
  /**
   * Where the index of the survey is kept: a file of this name. Default: the user's cache folder.
   * `false` keeps none.
   */
  readonly index?: string | false;
  /**
   * The local files will not be changed while this process lives: they are mapped, which makes
   * cutouts of uncompressed images ten times as fast. What may go wrong is with `openFits`. Default
   * false.
   */
  readonly immutable?: boolean;
}

/** Options of {@link Dataset.images}. */
export interface ImagesOptions extends SourceOptions {
  /**
   * Which HDU of each file is the sample: a position from 0, an EXTNAME, or "*" for every image of
   * the file. Default: the first HDU that holds an image.
   */
  readonly hdu?: number | string;
}

/** Options of {@link Dataset.cutouts}. */
export interface CutoutsOptions extends SourceOptions {
  /** Where the cutouts are: one row each. Columns of a table fit as they are. */
  readonly at: CutoutPositions;
  /** `[height, width]` of a cutout in pixels; one number for a square. */
  readonly size: number | readonly [number, number];
  /** HDU where `at` names none: a position or an EXTNAME. Default: the first that holds an image. */
  readonly hdu?: number | string;
  /** A cutout that leaves its image is an error (default), or is dropped. */
  readonly edge?: EdgePolicy;
}

/** Options of {@link Dataset.shuffle}. */
export interface ShuffleOptions {
  /** The same seed gives the same order. Default 0. */
  readonly seed?: number;
  /**
   * Neighbours (of one file) that move together, so that files are read in runs: 1 shuffles all with
   * all. Default 1; for cutouts of remote files take a few hundred.
   */
  readonly block?: number;
  /** Blocks that are mixed sample by sample after they were moved. Default 16. */
  readonly window?: number;
}

/** Options of {@link Dataset.batch}. */
export interface BatchOptions {
  /** What happens to the samples that do not fill the last batch. Default "pad". */
  readonly tail?: TailPolicy;
}

/**
 * A transform of the user's own: a function that changes a sample's pixels in place, or returns
 * others.
 */
export type SampleFunction = (
  sample: Sample,
  context: TransformContext,
) => Sample | undefined | Promise<Sample | undefined>;

/**
 * Values to put beside the images, one a sample: by sample id, or made from what is known of it.
 * Integers become int32 tensors, other numbers float32.
 */
export type LabelSource = ArrayLike<number> | ArrayLike<bigint> | ((sample: SampleMeta) => number);

/** Options of {@link Dataset.map} with a module. */
export interface ModuleOptions {
  /** Plain data that the function gets as its third argument; part of the dataset's identity. */
  readonly options?: unknown;
  /** Shape that comes out, where it is not the one that goes in. */
  readonly shape?: readonly number[];
}

/** A step of {@link Dataset.map}. */
export type MapStep =
  | {
      readonly kind: "builtin";
      /** The transform, with its defaults filled in. */
      readonly spec: TransformSpec;
    }
  | {
      readonly kind: "module";
      /** URL of a module; the hash names the export ("transform" without one). */
      readonly url: string;
      /** {@link ModuleOptions.options}. */
      readonly options: unknown;
      /** {@link ModuleOptions.shape}. */
      readonly shape: readonly number[] | undefined;
    }
  | {
      readonly kind: "closure";
      /** Runs on the main thread. */
      readonly run: SampleFunction;
    };

/** The steps a dataset is made of: plain, frozen descriptions, each pointing at the one before. */
export type DatasetNode =
  | {
      readonly kind: "images";
      /** Paths, URLs or folders, as they were given. */
      readonly urls: string | readonly string[];
      /** {@link ImagesOptions.hdu}. */
      readonly hdu: HduChoice | "*";
      /** What both sources take. */
      readonly options: SourceOptions;
    }
  | {
      readonly kind: "cutouts";
      /** Paths, URLs or folders, as they were given. */
      readonly urls: string | readonly string[];
      /** {@link CutoutsOptions.at}. */
      readonly at: CutoutPositions;
      /** `[height, width]` in pixels. */
      readonly size: readonly [number, number];
      /** {@link CutoutsOptions.hdu}. */
      readonly hdu: HduChoice;
      /** {@link CutoutsOptions.edge}. */
      readonly edge: EdgePolicy;
      /** What both sources take. */
      readonly options: SourceOptions;
    }
  | {
      readonly kind: "map";
      /** The step before. */
      readonly from: DatasetNode;
      /** What happens to every sample. */
      readonly step: MapStep;
    }
  | {
      readonly kind: "filter";
      /** The step before. */
      readonly from: DatasetNode;
      /** Whether a sample stays. */
      readonly keep: (sample: SampleMeta) => boolean;
    }
  | {
      readonly kind: "shuffle";
      /** The step before. */
      readonly from: DatasetNode;
      /** {@link ShuffleOptions.seed}. */
      readonly seed: number;
      /** {@link ShuffleOptions.block}. */
      readonly block: number;
      /** {@link ShuffleOptions.window}. */
      readonly window: number;
    }
  | {
      readonly kind: "repeat";
      /** The step before. */
      readonly from: DatasetNode;
      /** Passes in one epoch; Infinity for an endless one. */
      readonly count: number;
    }
  | {
      readonly kind: "take";
      /** The step before. */
      readonly from: DatasetNode;
      /** Samples at most. */
      readonly count: number;
    }
  | {
      readonly kind: "zip";
      /** The step before. */
      readonly from: DatasetNode;
      /** By the names of their tensors. */
      readonly labels: Readonly<Record<string, LabelSource>>;
    }
  | {
      readonly kind: "batch";
      /** The step before. */
      readonly from: DatasetNode;
      /** Samples of a global batch, over all ranks. */
      readonly size: number;
      /** {@link BatchOptions.tail}. */
      readonly tail: TailPolicy;
    };

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

  /** Puts values beside the images; they come as tensors of shape `[batch]` under their names. */
  zip<Name extends string>(labels: Readonly<Record<Name, LabelSource>>): Dataset<Names | Name> {
    if (Object.hasOwn(labels, "image")) {
      throw badArgument("a label must not be named image", "another name", "image");
    }
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
