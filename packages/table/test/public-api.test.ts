import * as table from "@fitstream/table";
import * as arrow from "@fitstream/table/arrow";
import * as duckdb from "@fitstream/table/duckdb";
import * as frame from "@fitstream/table/frame";
import * as parquet from "@fitstream/table/parquet";
import * as polars from "@fitstream/table/polars";
import { expect, it } from "vitest";

it("exports these names", () => {
  const entries = { table, arrow, duckdb, frame, parquet, polars };
  const names = Object.entries(entries).map(([entry, module]) => [
    entry,
    Object.keys(module).sort(),
  ]);
  expect(Object.fromEntries(names)).toMatchInlineSnapshot(`
    {
      "arrow": [
        "fromArrow",
        "toArrow",
      ],
      "duckdb": [
        "registerTable",
        "sql",
      ],
      "frame": [
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
      ],
      "parquet": [
        "writeParquet",
      ],
      "polars": [
        "fromPolars",
        "toPolars",
      ],
      "table": [
        "FitsTable",
        "GroupedTable",
        "TableError",
        "columnKeywords",
        "columnsToWrite",
        "formatTable",
        "isNull",
        "isTableError",
        "makeColumn",
        "parseUnit",
        "tableError",
        "unitFactor",
        "writeTable",
      ],
    }
  `);
});
