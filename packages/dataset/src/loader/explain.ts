import { localBatchSize, type RankSpec, stepsOf } from "../order/batches.js";
import type { ImageReading } from "../plan/image-plan.js";
import type { RowReading } from "../plan/row-plan.js";
import type { SamplePlan } from "../plan/sample-plan.js";

function shapeText(shape: readonly number[]): string {
  return `[${shape.join(", ")}]`;
}

function sourceText({ source, broken }: SamplePlan): string {
  const { hdus, kind, length } = source;
  const files = new Set(hdus.map(({ file }) => file.url)).size;
  const remote = hdus.filter(({ isRemote }) => isRemote).length;
  const name = kind === "rows" ? "tables" : "images";
  const bad = broken.size === 0 ? "" : `; ${broken.size} ${name} cannot be read`;
  return `${length} samples from ${hdus.length} ${name} in ${files} files (${remote} remote ${name})${bad}`;
}

function imageText({ decoded, output, crop, workerSteps, mainSteps }: ImageReading) {
  const inWorkers = workerSteps.map((step) =>
    step.kind === "builtin" ? step.spec.op : (step.url.split("/").at(-1) ?? step.url),
  );
  return [
    `sample: ${decoded.dtype} ${shapeText(decoded.shape)} read, ${output.dtype} ${shapeText(output.shape)} in the batch`,
    ...(crop === undefined ? [] : [`read: only the crop ${shapeText(crop.spec.size)}`]),
    `workers: ${["decode", ...inWorkers].join(" -> ")}`,
    ...(mainSteps.length === 0
      ? []
      : [
          `main thread: ${mainSteps.length} function(s); a module URL instead would run in the workers`,
        ]),
  ];
}

function rowText({ columns }: RowReading): readonly string[] {
  const each = columns.map(({ name, stored, dtype, tensors: [tensor] }) => {
    const type = stored === dtype ? dtype : `${stored} as ${dtype}`;
    return `${name} ${type} ${tensor === undefined ? "[any]" : shapeText(tensor.shape)}`;
  });
  return [`sample: ${each.join(", ")}`];
}

const tails = {
  drop: "samples that do not fill the last batch are left out",
  pad: "the last batch is padded; each sample comes exactly once an epoch",
  wrap: "the last batch is filled up from the start of the epoch",
} as const;

/** Words for what a loader is going to do. */
export function explainPlan(
  plan: SamplePlan,
  loader: {
    readonly workers: number;
    readonly prefetch: number;
    readonly memory: number;
    readonly device: string;
    readonly rank: RankSpec;
    readonly slotBytes: number;
  },
): string {
  const { batches, reading, tensors, labels } = plan;
  const { rank, worldSize } = loader.rank;
  const mib = (bytes: number): string => `${(bytes / 2 ** 20).toFixed(1)} MiB`;
  const names = [...tensors, ...labels].map(({ name }) => name).join(", ");
  return [
    `source: ${sourceText(plan)}`,
    ...(reading.kind === "rows" ? rowText(reading) : imageText(reading)),
    `epoch: ${plan.length} samples in ${stepsOf(batches)} steps of ${batches.size}; ${tails[batches.tail]}`,
    `rank ${rank} of ${worldSize}: ${localBatchSize(batches, loader.rank)} samples of each batch`,
    `batch: ${names} on ${loader.device}, ${mib(loader.slotBytes)}`,
    `loader: ${loader.workers} workers, up to ${loader.prefetch} batches ahead, at most ${mib(loader.memory)}`,
    `plan: ${plan.hash}`,
  ].join("\n");
}
