import type { NdArray, TypedArray } from "@fitstream/native";
import type { Lease } from "../memory/lease.js";
import { elementsOf, sampleLength, type TensorSpec } from "../plan/tensors.js";

/** Tensors start where vector code likes them to. */
const alignment = 64;

/** A tensor in the slot of a batch. */
export interface TensorPlace extends TensorSpec {
  /** First byte in the slot. */
  readonly offset: number;
}

/** Where the tensors of a batch lie in its slot: one after the other, each sample by sample. */
export class SlotLayout {
  /** Samples of a batch. */
  readonly places: number;
  readonly tensors: readonly TensorPlace[];
  /** Bytes of a slot. */
  readonly byteLength: number;

  constructor(tensors: readonly TensorSpec[], places: number) {
    this.places = places;
    let end = 0;
    this.tensors = tensors.map((tensor) => {
      const offset = Math.ceil(end / alignment) * alignment;
      end = offset + places * sampleLength(tensor);
      return { ...tensor, offset };
    });
    this.byteLength = Math.max(1, end);
  }

  /** The elements of one sample of a group of batches, which have a slot each. */
  sample(leases: readonly Lease[], tensor: TensorPlace, place: number): TypedArray {
    const lease = leases[Math.floor(place / this.places)];
    if (lease === undefined) throw new RangeError(`no slot for place ${place}`);
    const at = tensor.offset + (place % this.places) * sampleLength(tensor);
    return lease.view(tensor.dtype, elementsOf(tensor), at);
  }

  /** Puts zeros where the mask has them. */
  clear(lease: Lease, mask: Uint8Array): void {
    const { bytes } = lease;
    for (const tensor of this.tensors) {
      const length = sampleLength(tensor);
      for (const [place, isFull] of mask.entries()) {
        const at = tensor.offset + place * length;
        if (isFull === 0) bytes.fill(0, at, at + length);
      }
    }
  }

  /** The tensors as arrays on the slot, by their names. */
  arrays(lease: Lease): Record<string, NdArray> {
    const arrays: Record<string, NdArray> = {};
    for (const tensor of this.tensors) {
      const { name, dtype, offset } = tensor;
      const data = lease.view(dtype, this.places * elementsOf(tensor), offset);
      arrays[name] = { dtype, shape: [this.places, ...tensor.shape], data };
    }
    return arrays;
  }
}
