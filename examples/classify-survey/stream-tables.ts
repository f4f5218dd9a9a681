/** Streams the user's own catalogues: rows, throughput, what the first ones look like. */
import { openCatalogue } from "@fitstream/dataset";
import type { RemoteClient } from "@fitstream/remote";
import type { FitsTable } from "@fitstream/table";
import { progressOf } from "../shared/progress.js";

/** The first table of each input, all of them as one. */
export async function streamTables(
  inputs: readonly string[],
  hdu: number | string | undefined,
  client: RemoteClient,
  signal: AbortSignal,
): Promise<void> {
  await using catalogue = await openCatalogue(inputs, { hdu, client, signal });
  const { rows, files, names } = catalogue;
  console.log(`${rows} rows of ${names.length} columns in ${files.length} tables`);
  const bar = progressOf("rows");
  const start = performance.now();
  let bytes = 0;
  let first: FitsTable | undefined;
  for await (const part of catalogue.scan({
    signal,
    onProgress: ({ rowsRead, rowsTotal, bytes: read }) => {
      bytes = read;
      bar.update(rowsRead, rowsTotal, `${(read / 1e6).toFixed(0)} MB`);
    },
  })) {
    first ??= part.head();
  }
  bar.stop();
  const seconds = (performance.now() - start) / 1000;
  if (first !== undefined) console.log(String(first));
  console.log(
    `${(rows / seconds).toFixed(0)} rows/s, ${(bytes / seconds / 1e6).toFixed(0)} MB/s; for statistics, ` +
      "conditions and SQL: npx fitstream stats, table, sql",
  );
}
