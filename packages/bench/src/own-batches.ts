/** Many samples in one native call, by our own reader. */
import { crc32 } from "node:zlib";
import {
  byteSizeOf,
  type Dtype,
  type ImageEntry,
  ImageTable,
  readBatchSync,
  type ScannedFile,
  scanFiles,
} from "@fitstream/native";
import { type Answer, checkMapped, slot, wantsCrc } from "./own-slot.js";

export type { Answer };

/** Cutouts of one call. */
const batchSize = 64;

/** Images of files, as an index of a survey has them: found before anything is timed. */
export interface Survey {
  readonly table: ImageTable;
  readonly shape: readonly number[];
  readonly dtype: Dtype;
}

export function surveyOf(scans: readonly ScannedFile[], ext: number): Survey {
  const entries = scans.flatMap(({ path, stamp, hdus }): ImageEntry[] => {
    const hdu = hdus[ext];
    return stamp === undefined || hdu === undefined ? [] : [{ path, stamp, hdu }];
  });
  const first = scans[0]?.hdus[ext];
  if (entries.length < scans.length || first?.dtype === undefined || first.dtype === null) {
    throw new Error(`no image in HDU ${ext} of every file`);
  }
  return { table: ImageTable.of(entries), shape: first.shape, dtype: first.dtype };
}

/** Reads samples to the start of `target`, one after the other. */
export function readSamples(
  { table, dtype }: Survey,
  shape: readonly number[],
  samples: readonly (readonly number[])[],
  target: Uint8Array,
  immutable = false,
): void {
  const sampleStep = shape.reduce((n, m) => n * m, byteSizeOf(dtype));
  const rows = new Float64Array(samples.length * (2 + shape.length));
  for (const [place, sample] of samples.entries()) {
    rows.set([place, ...sample], place * (2 + shape.length));
  }
  const request = { table, samples: rows, shape, dtype, sampleStep, target, immutable };
  const [failed] = readBatchSync(request);
  if (failed !== undefined) throw new Error(failed.error.what);
}

const surveys = new Map<string, Survey>();

async function surveyOfOne(path: string, ext: number): Promise<Survey> {
  const key = `${ext} ${path}`;
  const survey = surveys.get(key) ?? surveyOf(await scanFiles([path]), ext);
  surveys.set(key, survey);
  return survey;
}

/** Squares at `x y`, in batches, into one slot. */
export async function cutouts(
  how = "",
  side = 0,
  ext = 0,
  places: readonly string[] = [],
  path = "",
): Promise<Answer> {
  const isKept = how.startsWith("kept");
  const survey = await surveyOfOne(path, ext);
  const step = side * side * byteSizeOf(survey.dtype);
  const target = await slot(batchSize * step);
  const origins = places.map((place) => place.split(" ").map(Number));
  let crc = 0;
  const start = performance.now();
  for (let at = 0; at < origins.length; at += batchSize) {
    const batch = origins.slice(at, at + batchSize).map(([x = 0, y = 0]) => [0, y, x]);
    readSamples(survey, [side, side], batch, target, isKept);
    if (wantsCrc(how)) crc = crc32(target.subarray(0, batch.length * step), crc);
  }
  const ms = performance.now() - start;
  if (isKept) checkMapped(path);
  return { ms, bytes: origins.length * step, crc };
}

/**
 * Batches that hold next to nothing, one pixel a cutout: what they take is calls. With a request made
 * beforehand, as a loader's worker has it.
 */
export async function emptyCalls(count: number, path = ""): Promise<Answer> {
  const survey = await surveyOfOne(path, 0);
  const size = byteSizeOf(survey.dtype);
  const target = await slot(batchSize * size);
  const samples = Float64Array.from(
    { length: batchSize * 4 },
    (_, i) => [i >> 2, 0, 9, i][i & 3] ?? 0,
  );
  const { table, dtype } = survey;
  const shape = [1, 1];
  const start = performance.now();
  for (let i = 0; i < count; ++i) {
    const request = { table, samples, shape, dtype, sampleStep: size, target, immutable: true };
    if (readBatchSync(request).length > 0) throw new Error("a cutout failed");
  }
  return { ms: performance.now() - start, bytes: count * batchSize * size, crc: 0 };
}
