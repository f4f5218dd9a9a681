import { checkWindow, type Dtype, type ImageTable } from "@fitstream/native";
import type { RemoteClient } from "@fitstream/remote";
import type { BatchedDataset, Dataset, DatasetNode } from "../dataset.js";
import { badArgument, DatasetError, type PlainError, toPlain } from "../errors.js";
import type { BatchSpec } from "../order/batches.js";
import { cutoutSamples } from "../survey/cutouts.js";
import { imageSamples } from "../survey/images.js";
import { expandUrls } from "../survey/paths.js";
import type { SampleSource } from "../survey/sample-source.js";
import { type SurveyImage, tableOf } from "../survey/survey-image.js";
import { type IndexProgress, indexSurvey } from "../survey/survey-index.js";
import type { CropSpec } from "../transforms/crop.js";
import { outputDtype, outputShape } from "../transforms/transform.js";
import { type LabelColumn, labelColumn } from "./labels.js";
import { type Order, orderOf, type SampleRef } from "./order.js";
import { hashPlan } from "./plan-hash.js";
import { chainOf, divideSteps, type MainStep, seedOf, type WorkerStep } from "./steps.js";

/** Pixels of one sample. */
export interface ArraySpec {
  /** C order. */
  readonly shape: readonly number[];
  readonly dtype: Dtype;
}

/**
 * Everything that follows from a dataset and the headers of its files: how many samples there are,
 * which comes where, and what is done to it. Nothing in it depends on threads, ranks or caches.
 */
export interface SamplePlan {
  /** The samples, in storage order, and their images. */
  readonly source: SampleSource;
  /** The images as worker threads and the core read them. */
  readonly table: ImageTable;
  /** Samples of an epoch; Infinity for an endless one. */
  readonly length: number;
  /** Which sample comes at each position. */
  readonly order: Order;
  /** How an epoch is cut into batches. */
  readonly batches: BatchSpec;
  /** Seed of the random transforms: that of the last shuffle, or 0. */
  readonly seed: number;
  /** What is read of every sample. */
  readonly decoded: ArraySpec;
  /** A crop that is done by reading less; its randomness is that of step `op`. */
  readonly crop: { readonly op: number; readonly spec: CropSpec } | undefined;
  /** Transforms that run in the worker threads, in order. */
  readonly workerSteps: readonly WorkerStep[];
  /** Functions that run on the main thread after them, in order. */
  readonly mainSteps: readonly MainStep[];
  /** What is in the batch. */
  readonly output: ArraySpec;
  /** Values beside the images, one column a label. */
  readonly labels: readonly LabelColumn[];
  /** Images that cannot be read, as far as the headers tell, by their index in the source. */
  readonly broken: ReadonlyMap<number, PlainError>;
  /** Names the plan: equal for equal orders and steps, wherever the files lie. */
  readonly hash: string;
}

/** Options of {@link planSamples}. */
export interface PlanOptions {
  /** Client for remote files. Default: a shared one. The caller closes it. */
  readonly client?: RemoteClient | undefined;
  /** Ends the indexing; the plan rejects with the signal's reason. */
  readonly signal?: AbortSignal | undefined;
  /** How far the indexing of the files is. */
  readonly onProgress?: ((progress: IndexProgress) => void) | undefined;
}

/**
 * The sample at a position of an epoch. A pure function of its arguments: who reads it, and when,
 * makes no difference.
 */
export function sampleAt(plan: SamplePlan, epoch: number, position: number): SampleRef {
  return plan.order.at(epoch, position);
}

type SourceNode = Extract<DatasetNode, { readonly kind: "images" | "cutouts" }>;

async function openSource(node: SourceNode, options: PlanOptions): Promise<SampleSource> {
  const urls = await expandUrls(node.urls);
  const { keywords = [], index } = node.options;
  const files = await indexSurvey(urls, { ...options, keywords, file: index });
  return node.kind === "images"
    ? imageSamples(files, node.hdu)
    : cutoutSamples(files, node.hdu, node.at, node.size, node.edge);
}

/** The images that filters leave, without those that cannot be read. */
function goodImages(chain: readonly DatasetNode[], source: SampleSource): readonly SurveyImage[] {
  const end = chain.findIndex(({ kind }) => kind === "shuffle" || kind === "repeat");
  const lastStatic = chain.at(end < 0 ? -1 : end - 1);
  if (lastStatic === undefined) return [];
  const order = orderOf(lastStatic, source);
  const used = new Set<number>();
  for (let i = 0; i < order.length; ++i) used.add(source.imageOf(order.at(0, i).sample));
  return [...used]
    .sort((a, b) => a - b)
    .flatMap((i) => source.images[i] ?? [])
    .filter((image) => image.error === undefined);
}

/** The dtype that is read: the one asked for, or the one that all images have. */
function decodedDtype(node: SourceNode, images: readonly SurveyImage[]): Dtype {
  const wanted = node.options.dtype ?? "float32";
  if (wanted !== "native") return wanted;
  const [first, ...others] = images;
  const dtype = first?.hdu?.dtype ?? "float32";
  const other = others.find((image) => image.hdu?.dtype !== dtype);
  if (other === undefined) return dtype;
  throw new DatasetError({
    code: "DATASET_MISMATCH",
    what: "the images have different dtypes; name one with `dtype`",
    expected: `${dtype}, as in ${first?.file.url}`,
    found: `${other.hdu?.dtype} in ${other.file.url}`,
  });
}

/** The shape that is read: a window's, or the one that all images have. */
function decodedShape(
  source: SampleSource,
  images: readonly SurveyImage[],
  crop: CropSpec | undefined,
): readonly number[] {
  const [first, ...others] = images;
  const shape = source.windowShape ?? first?.hdu?.shape ?? [];
  if (source.windowShape === undefined && crop === undefined) {
    const other = others.find((image) => image.hdu?.shape.join() !== shape.join());
    if (other !== undefined) {
      throw new DatasetError({
        code: "DATASET_MISMATCH",
        what: "the images have different shapes; put a crop first, or filter",
        expected: `[${shape.join(", ")}], as in ${first?.file.url}`,
        found: `[${other.hdu?.shape.join(", ")}] in ${other.file.url}`,
      });
    }
  }
  return crop === undefined ? shape : outputShape(crop, shape);
}

/** Images that would fail whatever their pixels are. */
function brokenImages(source: SampleSource, dtype: Dtype): ReadonlyMap<number, PlainError> {
  const broken = new Map<number, PlainError>();
  for (const [i, { hdu, error }] of source.images.entries()) {
    if (error !== undefined) broken.set(i, error);
    else if (hdu !== undefined && dtype !== "float32" && dtype !== "float64") {
      const origin = hdu.shape.map(() => 0);
      try {
        checkWindow(hdu, { origin, shape: hdu.shape, stride: hdu.shape.map(() => 1) }, dtype);
      } catch (e) {
        broken.set(i, toPlain(e));
      }
    }
  }
  return broken;
}

/** What comes out of the steps. */
function outputOf(chain: readonly DatasetNode[], decoded: ArraySpec, hasCrop: boolean): ArraySpec {
  let { shape, dtype } = decoded;
  const steps = chain.flatMap((node) => (node.kind === "map" ? [node.step] : []));
  for (const step of hasCrop ? steps.slice(1) : steps) {
    if (step.kind === "builtin") {
      dtype = outputDtype(step.spec, dtype);
      shape = outputShape(step.spec, shape);
    } else if (step.kind === "module" && step.shape !== undefined) shape = step.shape;
  }
  return { shape, dtype };
}

/** Indexes the files of a dataset and plans its epochs. No pixel is read. */
export async function planSamples(
  dataset: BatchedDataset<string> | Dataset<string>,
  options: PlanOptions = {},
): Promise<SamplePlan> {
  const chain = chainOf(dataset.node);
  const [sourceNode] = chain;
  if (sourceNode?.kind !== "images" && sourceNode?.kind !== "cutouts") {
    throw badArgument("a dataset starts with images or cutouts");
  }
  const source = await openSource(sourceNode, options);
  const steps = divideSteps(chain);
  const images = goodImages(chain, source);
  const dtype = decodedDtype(sourceNode, images);
  const decoded = { shape: decodedShape(source, images, steps.crop?.spec), dtype };
  const output = outputOf(chain, decoded, steps.crop !== undefined);
  const order = orderOf(dataset.node, source);
  const labels = chain.flatMap((node) =>
    node.kind === "zip"
      ? Object.entries(node.labels).map(([name, label]) => labelColumn(name, label, source))
      : [],
  );
  const batch = chain.find((node) => node.kind === "batch");
  const batches = { samples: order.length, size: batch?.size ?? 1, tail: batch?.tail ?? "pad" };
  return {
    source,
    table: tableOf(source.images),
    length: order.length,
    order,
    batches,
    seed: seedOf(chain),
    decoded,
    ...steps,
    output,
    labels,
    broken: brokenImages(source, dtype),
    hash: hashPlan(chain, source, order.length),
  };
}
