import type { Dtype } from "@fitstream/native";
import type { RowsNode } from "./dataset-rows.js";
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
  | RowsNode
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
