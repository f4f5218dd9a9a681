/**
 * Batches as tensors of TensorFlow.js, on whatever backend the user has set up. This module imports
 * no tfjs: it works with the one it is given.
 *
 * @packageDocumentation
 */
import type { Dtype, NdArray } from "@fitstream/native";
import { badArgument } from "../errors.js";
import type { DeviceBackend } from "./device.js";

/** The part of a tfjs tensor that is needed here. */
export interface DisposableTensor {
  /** Gives the tensor's memory back. */
  dispose(): void;
  /** Whether that has happened. */
  readonly isDisposed: boolean;
}

type TfjsDtype = "float32" | "int32";
type TfjsValues = Float32Array | Int32Array;

/** The part of the `tf` namespace that is needed here: any tfjs package has it. */
export interface TensorFlow<T extends DisposableTensor> {
  /** Makes a tensor; most backends keep a reference to `values`. `shape` in C order. */
  tensor(values: TfjsValues, shape: number[], dtype: TfjsDtype): T;
  /** Name of the backend in use: "cpu", "wasm", "tensorflow" ... */
  getBackend(): string;
}

// What tfjs holds of each dtype without loss. It has no others than these two and bool.
const dtypes: Readonly<Record<Dtype, TfjsDtype | undefined>> = {
  uint8: "float32",
  int8: "float32",
  uint16: "float32",
  int16: "float32",
  int32: "int32",
  float32: "float32",
  float64: "float32",
  uint32: undefined,
  uint64: undefined,
  int64: undefined,
};

function valuesOf({ data, dtype }: NdArray, to: TfjsDtype, mayAlias: boolean): TfjsValues {
  if (dtype === "float32" && mayAlias) return data as Float32Array;
  if (dtype === "int32" && mayAlias) return data as Int32Array;
  const numbers = data as Exclude<typeof data, BigInt64Array | BigUint64Array>;
  return to === "int32" ? Int32Array.from(numbers) : Float32Array.from(numbers);
}

/**
 * A device for {@link DataLoader} that turns batches into tfjs tensors.
 *
 * Tensors never lean on the loader's memory: tfjs keeps a reference to the array that it is given
 * (the CPU backend computes on it, others copy it later), so each batch is copied once, into an array
 * that tfjs then owns; backends that copy at once (wasm) are given the slot itself. Releasing the
 * batch disposes its tensors; tensors made of them are the user's, as always in tfjs.
 *
 * Integers of 8 and 16 bits and float64 become float32 tensors, int32 stays. Types that tfjs would
 * round (uint32, 64-bit integers) are refused: give the dataset a `dtype`.
 *
 * @param tf The user's `@tensorflow/tfjs`, `tfjs-core`, `tfjs-node` or `tfjs-node-gpu`.
 */
export function tfjs<T extends DisposableTensor>(tf: TensorFlow<T>): DeviceBackend<T> {
  const upload = (array: NdArray): T => {
    const dtype = dtypes[array.dtype];
    if (dtype === undefined) {
      throw badArgument(
        "tfjs has no tensors of this dtype",
        "a dataset whose dtype is float32 or int32",
        array.dtype,
      );
    }
    const copiesAtOnce = tf.getBackend() === "wasm";
    return tf.tensor(valuesOf(array, dtype, copiesAtOnce), [...array.shape], dtype);
  };
  return {
    name: `tfjs (${tf.getBackend()})`,
    upload: (arrays) => {
      const entries = Object.entries(arrays).map(([name, array]) => [name, upload(array)] as const);
      return {
        tensors: Object.fromEntries(entries),
        aliasesHost: false,
        release: () => {
          for (const [, tensor] of entries) if (!tensor.isDisposed) tensor.dispose();
        },
      };
    },
  };
}
