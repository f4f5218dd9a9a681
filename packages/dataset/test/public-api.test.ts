import * as dataset from "@fitstream/dataset";
import * as frame from "@fitstream/dataset/frame";
import * as tfjs from "@fitstream/dataset/tfjs";
import type { ByteSource as NativeSource } from "@fitstream/native";
import type { ByteSource as RemoteSource } from "@fitstream/remote";
import { expect, expectTypeOf, it } from "vitest";

it("exports what it did", () => {
  expect(Object.keys(dataset).sort()).toMatchInlineSnapshot(`
    [
      "Batch",
      "BatchedDataset",
      "Catalogue",
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
      "openCatalogue",
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
  expect(Object.keys(frame).sort()).toMatchInlineSnapshot(`
    [
      "ColumnStatistics",
      "FlatLambdaCDM",
      "FrameEncoder",
      "FrameStatistics",
      "NANOMAGGY_ZERO_POINT",
      "Planck15",
      "Planck18",
      "SDSS_SOFTENING",
      "TensorFrame",
      "WMAP9",
      "ang2pix",
      "fluxOfLuptitude",
      "fluxOfMagnitude",
      "galactic",
      "inferTypes",
      "keysOf",
      "luptitude",
      "magnitudeOfFlux",
      "numbersOf",
      "pix2ang",
      "registerSemanticType",
      "semanticType",
      "semanticTypes",
      "textsOf",
      "unitVectors",
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
