import type { NdArray } from "@fitstream/native";
import type { DeviceBackend } from "./device.js";

/** Typed arrays: views on the batch's slot, valid until the batch is released. No copy. */
export function cpu(): DeviceBackend<NdArray> {
  return {
    name: "cpu",
    upload: (arrays) => ({ tensors: arrays, aliasesHost: true, release: () => undefined }),
  };
}
