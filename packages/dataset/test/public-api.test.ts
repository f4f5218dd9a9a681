import * as dataset from "@fitstream/dataset";
import * as tfjs from "@fitstream/dataset/tfjs";
import type { ByteSource as NativeSource } from "@fitstream/native";
import type { ByteSource as RemoteSource } from "@fitstream/remote";
import { expect, expectTypeOf, it } from "vitest";

it("exports what it did", () => {
  expect(Object.keys(dataset).sort()).toMatchInlineSnapshot(`
    [
      "Batch",
      "BatchedDataset",
      "DataLoader",
      "Dataset",
      "DatasetError",
      "Lease",
      "Rng",
      "TensorPool",
      "applyTransform",
      "asinh",
      "cpu",
      "crop",
      "fill",
      "flip",
      "isDatasetError",
      "isRandom",
      "open",
      "outputDtype",
      "outputShape",
      "percentile",
      "planSamples",
      "read",
      "readTable",
      "rngFor",
      "rot90",
      "sampleAt",
      "standardise",
      "zscale",
      "zscaleLimits",
    ]
  `);
  expect(Object.keys(tfjs).sort()).toMatchInlineSnapshot(`
    [
      "tfjs",
    ]
  `);
});

it("reads remote sources as native ones: the two packages agree without knowing each other", () => {
  expectTypeOf<RemoteSource>().toExtend<NativeSource>();
});
