import { binding } from "./binding.js";
import { type ByteSource, type ReadOptions, readBytes } from "./byte-source.js";
import { fitsError, nativeSync } from "./errors.js";
import type { RawHdu } from "./raw/hdu.js";

/** Bytes read at first where a header is expected; doubled until its END is found. */
const firstHeaderRead = 16 * 1024;
/** As kMaxHeaderLength in cpp/core/hdu.h. */
const maxHeaderLength = 64 * 1024 * 1024;

/** The HDU that starts at byte `offset` and is number `index`; reads its header only. */
export async function hduAt(
  source: ByteSource,
  offset: number,
  index: number,
  options?: ReadOptions,
): Promise<RawHdu> {
  const place = { path: source.name, hdu: index };
  const left = source.byteLength - offset;
  if (left === 0) throw fitsError({ code: "FITS_EMPTY", what: "the file is empty", ...place });
  for (let want = firstHeaderRead; ; want *= 2) {
    const length = Math.min(want, left);
    const bytes = await readBytes(source, { offset, length }, options);
    const raw = nativeSync(() => binding.scanHdu(bytes, offset, index), place);
    if (raw !== null) return raw;
    if (length === left || length >= maxHeaderLength) {
      throw fitsError({
        code: "FITS_NO_END",
        what: "the header has no END card",
        found: `${length} bytes without it`,
        offset,
        ...place,
      });
    }
  }
}

/** The bytes of its header. A last header may stop short of its block. */
export function headerBytesOf(
  source: ByteSource,
  { headerOffset, headerLength }: RawHdu,
  options?: ReadOptions,
): Promise<Uint8Array> {
  const length = Math.min(headerLength, source.byteLength - headerOffset);
  return readBytes(source, { offset: headerOffset, length }, options);
}
