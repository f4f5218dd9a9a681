import type { RemoteClient } from "@fitstream/remote";
import type { BatchedDataset, Dataset } from "../dataset.js";
import type { DatasetNode } from "../dataset-node.js";
import { badArgument, type PlainError } from "../errors.js";
import type { BatchSpec } from "../order/batches.js";
import { cutoutSamples } from "../survey/cutouts.js";
import { imageSamples } from "../survey/images.js";
import { expandUrls } from "../survey/paths.js";
import type { SampleSource } from "../survey/sample-source.js";
import { chooseTable } from "../survey/survey-hdu.js";
import { type IndexProgress, indexSurvey } from "../survey/survey-index.js";
import { type ImageReading, planImages } from "./image-plan.js";
import { type LabelColumn, labelColumn } from "./labels.js";
import { type Order, orderOf, type SampleRef } from "./order.js";
import { hashPlan } from "./plan-hash.js";
import { planRows, type RowReading } from "./row-plan.js";
import { chainOf, seedOf } from "./steps.js";
import type { TensorSpec } from "./tensors.js";

/**
 * Everything that follows from a dataset and the headers of its files: how many samples there are,
 * which comes where, and what is done to it. Nothing in it depends on threads, ranks or caches.
 */
export interface SamplePlan {
  /** The samples, in storage order, and their HDUs. */
  readonly source: SampleSource;
  /** Samples of an epoch; Infinity for an endless one. */
  readonly length: number;
  /** Which sample comes at each position. */
  readonly order: Order;
  /** How an epoch is cut into batches. */
  readonly batches: BatchSpec;
  /** Seed of the random transforms: that of the last shuffle, or 0. */
  readonly seed: number;
  /** How samples are read into their places in a batch. */
  readonly reading: ImageReading | RowReading;
  /** What a sample is in a batch, without labels. */
  readonly tensors: readonly TensorSpec[];
  /** Values beside the tensors, one column a label. */
  readonly labels: readonly LabelColumn[];
  /** HDUs that cannot be read, as far as the headers tell, by their index in the source. */
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
  return plan.order.of(epoch)(position);
}

type SourceNode = Extract<DatasetNode, { readonly kind: "images" | "cutouts" | "rows" }>;

/** What depends on the kind of source. */
type SourcePlan = Pick<SamplePlan, "source" | "reading" | "tensors" | "broken">;

async function planSource(
  node: SourceNode,
  chain: readonly DatasetNode[],
  options: PlanOptions,
): Promise<SourcePlan> {
  const urls = await expandUrls(node.urls);
  const { keywords = [], index } = node.options;
  const files = await indexSurvey(urls, { ...options, keywords, file: index });
  if (node.kind === "rows") {
    const hdus = files.map((file) => chooseTable(file, node.hdu));
    return planRows(node, chain, hdus, options);
  }
  const source =
    node.kind === "images"
      ? imageSamples(files, node.hdu)
      : await cutoutSamples(files, node.hdu, node.at, node.size, node.edge);
  return { source, ...planImages(node, chain, source) };
}

/** A label needs a name of its own. */
function checkNames(tensors: readonly TensorSpec[], labels: readonly LabelColumn[]): void {
  const names = [...tensors, ...labels].map(({ name }) => name);
  const twice = names.find((name, i) => names.indexOf(name) !== i);
  if (twice === undefined) return;
  throw badArgument("a label has the name of another tensor", "another name", twice);
}

/** Indexes the files of a dataset and plans its epochs. No pixel is read. */
export async function planSamples(
  dataset: BatchedDataset<string> | Dataset<string>,
  options: PlanOptions = {},
): Promise<SamplePlan> {
  const chain = chainOf(dataset.node);
  const [sourceNode] = chain;
  if (sourceNode === undefined || "from" in sourceNode) {
    throw badArgument("a dataset starts with images, cutouts or rows");
  }
  const planned = await planSource(sourceNode, chain, options);
  const { source, tensors } = planned;
  const order = orderOf(dataset.node, source);
  const labels = chain.flatMap((node) =>
    node.kind === "zip"
      ? Object.entries(node.labels).map(([name, label]) => labelColumn(name, label, source))
      : [],
  );
  checkNames(tensors, labels);
  const batch = chain.find((node) => node.kind === "batch");
  // Only states need it, and it takes time in proportion to the samples.
  let hash: string | undefined;
  const batches = { samples: order.length, size: batch?.size ?? 1, tail: batch?.tail ?? "pad" };
  return {
    ...planned,
    length: order.length,
    order,
    batches,
    seed: seedOf(chain),
    labels,
    get hash() {
      hash ??= hashPlan(chain, source, order.length);
      return hash;
    },
  };
}
