/** One shuffled epoch over all files of a folder, `many-files.mjs FOLDER WORKERS`. Prints one JSON line. */
import { readdirSync } from "node:fs";
import { join } from "node:path";
import { DataLoader, Dataset } from "@fitstream/dataset";

const [folder, workers] = process.argv.slice(2);
const paths = readdirSync(folder).map((name) => join(folder, name));
const dataset = Dataset.images(paths, { index: false }).shuffle({ seed: 3 }).batch(32);
const loader = new DataLoader(dataset, { workers: Number(workers), prefetch: 4 });
const seen = new Uint8Array(paths.length);
for await (const batch of loader) {
  for (const [place, id] of batch.ids.entries()) if (batch.mask[place] === 1) seen[id] += 1;
  batch.release();
}
await loader.close();
console.log(JSON.stringify({ once: seen.every((n) => n === 1), files: paths.length }));
