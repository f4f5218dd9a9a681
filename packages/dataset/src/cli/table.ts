import { FitsTable, formatTable } from "@fitstream/table";
import { writeParquet } from "@fitstream/table/parquet";
import { openCatalogue } from "../catalogue/open-catalogue.js";
import { ProgressLine } from "./progress-line.js";
import { csvLine, csvLines, jsonLines, print } from "./rows.js";

/** What `fitstream table` was asked for. */
export interface TableRequest {
  readonly hdu?: number | string | undefined;
  readonly columns?: readonly string[] | undefined;
  readonly where?: string | undefined;
  /** Names; with a minus before it the largest first. */
  readonly sort: readonly string[];
  /** Rows to show. Default: 20 as text, all otherwise. */
  readonly head?: number | undefined;
  readonly format: "text" | "json" | "csv";
  /** A file to write instead. */
  readonly parquet?: string | undefined;
}

const shownRows = 20;

/** The first rows of tables, `most` of them together. */
async function* firstRows(
  tables: AsyncIterable<FitsTable>,
  most: number,
): AsyncGenerator<FitsTable> {
  let left = most;
  for await (const table of tables) {
    yield table.head(left);
    left -= Math.min(left, table.rows);
    if (left === 0) return;
  }
}

/** The rows that were asked for, in tables small enough for memory, or in one where they are sorted. */
async function* wantedRows(
  files: readonly string[],
  { hdu, columns, where, sort, head = Number.POSITIVE_INFINITY }: TableRequest,
): AsyncGenerator<FitsTable> {
  await using catalogue = await openCatalogue(files, { hdu });
  const keys = sort.map((key) => ({
    column: key.replace(/^-/, ""),
    descending: key.startsWith("-"),
  }));
  if (keys.length === 0) {
    const empty = await catalogue.read({ columns, rows: { first: 0, count: 0 } });
    yield empty;
    using progress = new ProgressLine();
    const scan = catalogue.scan({ columns, where, onProgress: progress.show });
    if (head > 0) yield* firstRows(scan, head);
    return;
  }
  const read = columns && [...new Set([...columns, ...keys.map(({ column }) => column)])];
  const sorted = await (await catalogue.read({ columns: read, where })).sort(keys);
  yield sorted.select(columns ?? sorted.names).head(head);
}

/** Prints the rows of tables, or writes them to a Parquet file. */
export async function table(files: readonly string[], request: TableRequest): Promise<void> {
  const { format, parquet } = request;
  if (parquet !== undefined || format === "text") {
    const isShown = parquet === undefined;
    const head = request.head ?? (isShown ? shownRows : undefined);
    const parts: FitsTable[] = [];
    for await (const part of wantedRows(files, { ...request, head })) parts.push(part);
    const whole = FitsTable.concat(parts);
    if (parquet === undefined) await print([formatTable(whole, { rows: whole.rows })]);
    else await writeParquet(parquet, whole);
    return;
  }
  let isFirst = true;
  for await (const part of wantedRows(files, request)) {
    if (isFirst && format === "csv") await print([csvLine(part.names)]);
    isFirst = false;
    await print(format === "csv" ? csvLines(part) : jsonLines(part));
  }
}
