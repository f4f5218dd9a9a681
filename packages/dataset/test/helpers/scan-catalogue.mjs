/**
 * Scans a catalogue from a row on: `scan-catalogue.mjs FIRST-ROW FILE...`. Prints its rows, those that
 * came, and the most memory that the process ever had.
 */
import { openCatalogue } from "@fitstream/dataset";

const [firstRow, ...files] = process.argv.slice(2);
const first = Number(firstRow);
const catalogue = await openCatalogue(files);
let rows = 0;
const range = { first, count: catalogue.rows - first };
for await (const batch of catalogue.scan({ columns: ["A", "C"], rows: range })) rows += batch.rows;
await catalogue.close();
const maxRssMB = process.resourceUsage().maxRSS / 1024;
console.log(JSON.stringify({ total: catalogue.rows, rows, maxRssMB }));
