/** Whole images, by our own reader. */
import { crc32 } from "node:zlib";
import {
  allocate,
  byteSizeOf,
  bytesOf,
  type Dtype,
  readImageIntoSync,
  scanFiles,
  viewOf,
} from "@fitstream/native";
import { type Answer, busy, checkMapped, onTwoThreads, slot, wantsCrc } from "./own-slot.js";

interface Pixels {
  readonly dtype: Dtype;
  readonly count: number;
}

const known = new Map<string, Pixels>();

/** Type and number of the pixels: what a caller of `readImageIntoSync` knows beforehand. */
export async function pixelsOf(path: string, ext: number): Promise<Pixels> {
  const key = `${ext} ${path}`;
  const before = known.get(key);
  if (before !== undefined) return before;
  const [scan] = await scanFiles([path]);
  const hdu = scan?.hdus[ext];
  if (hdu?.dtype === undefined || hdu.dtype === null) throw new Error(`no image in HDU ${ext}`);
  const pixels = { dtype: hdu.dtype, count: hdu.shape.reduce((n, m) => n * m, 1) };
  known.set(key, pixels);
  return pixels;
}

export async function image(how = "", type = "", ext = "0", path = ""): Promise<Answer> {
  const hdu = Number(ext);
  const pixels = await pixelsOf(path, hdu);
  const dtype = type === "native" ? pixels.dtype : (type as Dtype);
  const [isKept, isThreaded] = [how.startsWith("kept"), how.startsWith("threads")];
  const options = {
    hdu,
    dtype,
    immutable: isKept,
    threads: isThreaded ? 2 : 1,
  };
  const warm = how.startsWith("fresh") ? undefined : await slot(pixels.count * byteSizeOf(dtype));
  const read = async (): Promise<Answer> => {
    const start = performance.now();
    const out =
      warm === undefined
        ? allocate(dtype, pixels.count)
        : viewOf(dtype, warm.buffer, warm.byteOffset, pixels.count);
    readImageIntoSync(path, out, options);
    const ms = performance.now() - start;
    return { ms, bytes: out.byteLength, crc: wantsCrc(how) ? crc32(bytesOf(out)) : 0 };
  };
  const call = (): Promise<Answer> => busy(how, read);
  const answer = await (isThreaded ? onTwoThreads(path, call, false) : call());
  if (isKept) checkMapped(path);
  return answer;
}
