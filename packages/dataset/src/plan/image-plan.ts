import { checkWindow, type Dtype, type ImageTable } from "@fitstream/native";
import type { DatasetNode } from "../dataset-node.js";
import { DatasetError, type PlainError, toPlain } from "../errors.js";
import type { SampleSource } from "../survey/sample-source.js";
import { type SurveyHdu, tableOf } from "../survey/survey-hdu.js";
import type { CropSpec } from "../transforms/crop.js";
import { outputDtype, outputShape } from "../transforms/transform.js";
import { orderOf } from "./order.js";
import { divideSteps, type MainStep, type WorkerStep } from "./steps.js";
import type { ArraySpec, TensorSpec } from "./tensors.js";

/** How images, or windows of them, become samples: a tensor named `image`. */
export interface ImageReading {
  readonly kind: "images";
  /** The images as worker threads and the core read them. */
  readonly table: ImageTable;
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
}

type ImageNode = Extract<DatasetNode, { readonly kind: "images" | "cutouts" }>;

/** The images that filters leave, without those that cannot be read. */
function goodImages(chain: readonly DatasetNode[], source: SampleSource): readonly SurveyHdu[] {
  const end = chain.findIndex(({ kind }) => kind === "shuffle" || kind === "repeat");
  const lastStatic = chain.at(end < 0 ? -1 : end - 1);
  if (lastStatic === undefined) return [];
  const order = orderOf(lastStatic, source);
  const used = new Set<number>();
  // Without filters every sample is used, and neighbours have the same image, as a rule.
  const isWhole = order.length === source.length;
  const at = order.of(0);
  let last = -1;
  for (let i = 0; i < order.length; ++i) {
    const hdu = source.hduOf(isWhole ? i : at(i).sample);
    if (hdu !== last) used.add(hdu);
    last = hdu;
  }
  return [...used]
    .sort((a, b) => a - b)
    .flatMap((i) => source.hdus[i] ?? [])
    .filter((image) => image.error === undefined);
}

/** The dtype that is read: the one asked for, or the one that all images have. */
function decodedDtype(node: ImageNode, images: readonly SurveyHdu[]): Dtype {
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
  images: readonly SurveyHdu[],
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
  for (const [i, { hdu, error }] of source.hdus.entries()) {
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

/** Plans the reading of images, and says which of them cannot be read. No pixel is. */
export function planImages(
  node: ImageNode,
  chain: readonly DatasetNode[],
  source: SampleSource,
): {
  readonly reading: ImageReading;
  readonly tensors: readonly TensorSpec[];
  readonly broken: ReadonlyMap<number, PlainError>;
} {
  const steps = divideSteps(chain);
  const images = goodImages(chain, source);
  const dtype = decodedDtype(node, images);
  const decoded = { shape: decodedShape(source, images, steps.crop?.spec), dtype };
  const output = outputOf(chain, decoded, steps.crop !== undefined);
  const table = tableOf(source.hdus);
  const reading = { kind: "images", table, decoded, ...steps, output } as const;
  const tensors = [{ name: "image", ...output }];
  return { reading, tensors, broken: brokenImages(source, dtype) };
}
