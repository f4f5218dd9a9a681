/**
 * A training run that can be killed at any moment: `train.mjs KIND FOLDER FILES STATE WORKERS`, of
 * images or rows. After every step it records, in one rename, where it stands and a hash chained over all samples so far. Prints
 * each step; at the end the chain.
 */
import { createHash } from "node:crypto";
import { existsSync, readFileSync, renameSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { asinh, DataLoader, Dataset, flip } from "@fitstream/dataset";

const [kind, folder, files, stateFile, workers] = process.argv.slice(2);
const paths = Array.from({ length: Number(files) }, (_, n) =>
  join(folder, `${String(n).padStart(3, "0")}.fits`),
);
const saved = existsSync(stateFile) ? JSON.parse(readFileSync(stateFile, "utf8")) : undefined;
let chain = saved?.chain ?? "";

const images = () =>
  Dataset.images(paths, { index: false }).shuffle({ seed: 8 }).map(flip()).map(asinh()).batch(4);
const rows = () =>
  Dataset.rows(paths, { columns: ["ID", "COLOURS"], where: "KIND < 4", index: false })
    .shuffle({ seed: 8, block: 8 })
    .batch(32);
const dataset = kind === "rows" ? rows() : images();
const loader = new DataLoader(dataset, { workers: Number(workers), resume: saved?.state });
for (let state = await loader.state(); state.epoch < 3; state = await loader.state()) {
  for await (const batch of loader) {
    const hash = createHash("sha256").update(chain).update(batch.ids);
    for (const { data } of Object.values(batch.tensors)) {
      hash.update(new Uint8Array(data.buffer, data.byteOffset, data.byteLength));
    }
    chain = hash.digest("hex");
    const next = batch.state();
    batch.release();
    writeFileSync(`${stateFile}.tmp`, JSON.stringify({ state: next, chain }));
    renameSync(`${stateFile}.tmp`, stateFile);
    console.log(`step ${batch.epoch}.${batch.step}`);
  }
}
await loader.close();
console.log(`chain ${chain}`);
