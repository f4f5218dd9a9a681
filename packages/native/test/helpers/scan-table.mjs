/**
 * Scans the first table of a file: `scan-table.mjs PATH FIRST-ROW COLUMN,...`. Prints rows, the sum of
 * the last values of each batch, the last report of progress, and the most memory that it ever had.
 */
import { openFits } from "@fitstream/native";

const [path, firstRow, columns] = process.argv.slice(2);
const file = await openFits(path);
const hdu = await file.hdu(1);
const first = Number(firstRow);
let rows = 0;
let sum = 0;
let last;
const onProgress = (progress) => {
  last = progress;
};
const range = { first, count: hdu.rows - first };
for await (const batch of hdu.scan({ columns: columns.split(","), rows: range, onProgress })) {
  if (batch.firstRow !== first + rows) throw new Error(`a batch starts at ${batch.firstRow}`);
  rows += batch.rows;
  for (const { data } of batch.columns) sum += Number(data.at(-1));
}
await file.close();
const maxRssMB = process.resourceUsage().maxRSS / 1024;
console.log(JSON.stringify({ rows, sum, last, maxRssMB }));
