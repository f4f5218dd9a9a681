/**
 * One way for an iteration to end, in a process that must then end by itself: `lifecycle.mjs WAY FOLDER
 * WORKERS URL?`. Prints one JSON line.
 */
import { readdirSync } from "node:fs";
import { join } from "node:path";
import { DataLoader, Dataset } from "@fitstream/dataset";

const [way, folder, workers, url] = process.argv.slice(2);
const names = readdirSync(folder)
  .filter((name) => name.endsWith(".fits"))
  .sort();
const urls = names.map((name) => (url ? `${url}/${name}` : join(folder, name)));
const dataset = Dataset.images(urls, { index: false }).shuffle({ seed: 1 }).repeat(1000).batch(8);
const controller = new AbortController();
const loader = new DataLoader(dataset, {
  workers: Number(workers),
  signal: controller.signal,
  prefetch: 4,
});
const report = { way };

async function some(onThird) {
  let steps = 0;
  for await (const batch of loader) {
    batch.release();
    if (++steps === 3 && onThird() === "break") break;
  }
}

switch (way) {
  case "break":
    await some(() => "break");
    await loader.close();
    break;
  case "throw":
    try {
      await some(() => {
        throw new Error("mine");
      });
    } catch (error) {
      report.error = error.message;
    }
    await loader.close();
    break;
  case "abort": {
    // A thread that is still starting is not ended before it has.
    await loader.warm();
    let abortedAt;
    try {
      await some(() => {
        abortedAt = performance.now();
        controller.abort(new Error("enough"));
      });
    } catch (error) {
      report.error = error.message;
    }
    report.rejectedMs = performance.now() - abortedAt;
    await loader.close();
    report.closedMs = performance.now() - abortedAt;
    break;
  }
  case "dispose":
    await some(() => "break");
    await loader[Symbol.asyncDispose]();
    break;
  case "drop":
    // Neither ended nor closed: nothing may keep the process alive.
    await some(() => "break");
    break;
  case "close-while-waiting": {
    const iterator = loader[Symbol.asyncIterator]();
    (await iterator.next()).value.release();
    const pending = iterator.next().then(
      ({ value }) => value?.release(),
      (error) => {
        report.error = error.code;
      },
    );
    await loader.close();
    await pending;
    break;
  }
}
report.pool = loader.stats().pool;
report.resources = process
  .getActiveResourcesInfo()
  .filter((name) => !["TTYWrap", "PipeWrap", "Timeout", "Immediate"].includes(name));
console.log(JSON.stringify(report));
