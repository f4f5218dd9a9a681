import * as native from "@fitstream/native";
import { expect, it } from "vitest";

it("exports these names", () => {
  expect(Object.keys(native).sort()).toMatchInlineSnapshot(`
    [
      "AsciiTableHdu",
      "BinTableHdu",
      "CompressedImageHdu",
      "DTYPES",
      "FileSource",
      "FitsArgumentError",
      "FitsError",
      "FitsFile",
      "FitsFormatError",
      "FitsIoError",
      "GroupsHdu",
      "Header",
      "ImageHdu",
      "ImageTable",
      "MemorySource",
      "Table",
      "UnknownHdu",
      "adviseHugePages",
      "alignmentGap",
      "allocate",
      "byteSizeOf",
      "bytesOf",
      "checkWindow",
      "fitsError",
      "isFitsError",
      "openFits",
      "planWindow",
      "readBatch",
      "readBatchSync",
      "readBytes",
      "readImageInto",
      "readImageIntoSync",
      "scanFiles",
      "simdLevel",
      "statFiles",
      "viewOf",
      "writeFits",
    ]
  `);
});
