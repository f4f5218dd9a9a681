import { formatTable } from "@fitstream/table";
import { sql as runSql } from "@fitstream/table/duckdb";
import { csvLine, csvLines, jsonLines, print } from "./rows.js";

/** Runs a query over FITS files, by DuckDB, and prints what it gives. */
export async function sql(query: string, format: "text" | "json" | "csv"): Promise<void> {
  const result = await runSql({}, query);
  if (format === "text") await print([formatTable(result, { rows: 20 })]);
  else if (format === "json") await print(jsonLines(result));
  else await print([csvLine(result.names), ...csvLines(result)]);
}
