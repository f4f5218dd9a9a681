import type { Dtype } from "@fitstream/native";
import type { LabelSource } from "../dataset-node.js";
import { badArgument } from "../errors.js";
import { metaOf, type SampleSource } from "../survey/sample-source.js";

/** One label of every sample, by sample id. */
export interface LabelColumn {
  /** Name of its tensor in a batch. */
  readonly name: string;
  /** int32 where every value is a whole number of 32 bits, else float32. */
  readonly dtype: Extract<Dtype, "int32" | "float32">;
  /** The label of sample `id` at place `id`. */
  readonly values: Int32Array | Float32Array;
}

function isInt32(x: number): boolean {
  return (x | 0) === x;
}

function numbersOf(name: string, label: LabelSource, source: SampleSource): Float64Array {
  const out = new Float64Array(source.ids);
  if (typeof label === "function") {
    for (let i = 0; i < source.length; ++i) out[source.idOf(i)] = label(metaOf(source, i));
    return out;
  }
  if (label.length !== source.ids) {
    throw badArgument(
      `label ${name} does not have one value a sample`,
      `${source.ids} values, by sample id`,
      String(label.length),
    );
  }
  for (let i = 0; i < out.length; ++i) out[i] = Number(label[i]);
  return out;
}

/** Labels as columns: int32 where every value is one, float32 otherwise. */
export function labelColumn(name: string, label: LabelSource, source: SampleSource): LabelColumn {
  const numbers = numbersOf(name, label, source);
  if (numbers.every(isInt32)) return { name, dtype: "int32", values: Int32Array.from(numbers) };
  return { name, dtype: "float32", values: Float32Array.from(numbers) };
}
