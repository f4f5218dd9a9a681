/** Many small files, by our own reader. */
import { crc32 } from "node:zlib";
import {
  byteSizeOf,
  bytesOf,
  readImageIntoSync,
  readKeywords,
  scanFiles,
  viewOf,
} from "@fitstream/native";
import { type Answer, readSamples, type Survey, surveyOf } from "./own-batches.js";
import { pixelsOf } from "./own-images.js";
import { slot, wantsCrc } from "./own-slot.js";

/** Files of one call, as a loader's batch has them. */
const batchSize = 32;

async function readBatches(
  survey: Survey,
  files: number,
  isChecked: boolean,
): Promise<Omit<Answer, "ms">> {
  const length = survey.shape.reduce((n, m) => n * m, byteSizeOf(survey.dtype));
  const target = await slot(batchSize * length);
  const corner = survey.shape.map(() => 0);
  let crc = 0;
  for (let at = 0; at < files; at += batchSize) {
    const batch = Array.from({ length: Math.min(batchSize, files - at) }, (_, i) => [
      at + i,
      ...corner,
    ]);
    readSamples(survey, survey.shape, batch, target);
    if (isChecked) crc = crc32(target.subarray(0, batch.length * length), crc);
  }
  return { bytes: files * length, crc };
}

/** One after the other into one slot, as CFITSIO's C API is used. */
async function readEach(paths: readonly string[], isChecked: boolean): Promise<Answer> {
  const { dtype, count } = await pixelsOf(paths[0] ?? "", 0);
  const bytes = await slot(count * byteSizeOf(dtype));
  const out = viewOf(dtype, bytes.buffer, bytes.byteOffset, count);
  let crc = 0;
  const start = performance.now();
  for (const path of paths) {
    readImageIntoSync(path, out);
    if (isChecked) crc = crc32(bytesOf(out), crc);
  }
  return { ms: performance.now() - start, bytes: paths.length * out.byteLength, crc };
}

let indexed: { readonly key: string; readonly survey: Survey } | undefined;

/**
 * `each`: a call a file. `batched`: all headers in one call, then 32 files a call. `indexed`: the latter
 * with headers known from before.
 */
export async function files(how = "", paths: readonly string[] = []): Promise<Answer> {
  if (how.startsWith("each")) return readEach(paths, wantsCrc(how));
  const key = `${paths.length} ${paths[0]}`;
  const isIndexed = how.startsWith("indexed");
  if (isIndexed && indexed?.key !== key) {
    indexed = { key, survey: surveyOf(await scanFiles(paths), 0) };
  }
  // Warm before the clock: the slot is the pool's.
  const { dtype, count } = await pixelsOf(paths[0] ?? "", 0);
  await slot(batchSize * count * byteSizeOf(dtype));
  const start = performance.now();
  const survey =
    isIndexed && indexed !== undefined ? indexed.survey : surveyOf(await scanFiles(paths), 0);
  const read = await readBatches(survey, paths.length, wantsCrc(how));
  return { ms: performance.now() - start, ...read };
}

/** One number from the primary header of each file. */
export async function headers(keyword = "", paths: readonly string[] = []): Promise<Answer> {
  const start = performance.now();
  const values = (await readKeywords(paths, [keyword])).numbers(keyword);
  const ms = performance.now() - start;
  return { ms, bytes: values.byteLength, crc: crc32(bytesOf(values)) };
}
