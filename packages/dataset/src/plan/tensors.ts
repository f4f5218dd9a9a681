import { byteSizeOf, type Dtype } from "@fitstream/native";

/** Elements of one sample. */
export interface ArraySpec {
  /** C order. */
  readonly shape: readonly number[];
  /** Type of the elements. */
  readonly dtype: Dtype;
}

/** A tensor of a batch: of shape `[batch, ...shape]`. */
export interface TensorSpec extends ArraySpec {
  /** Its key among the tensors of a batch. */
  readonly name: string;
}

/** Elements of one sample. */
export function elementsOf({ shape }: ArraySpec): number {
  return shape.reduce((n, m) => n * m, 1);
}

/** Bytes of one sample. */
export function sampleLength(spec: ArraySpec): number {
  return elementsOf(spec) * byteSizeOf(spec.dtype);
}
