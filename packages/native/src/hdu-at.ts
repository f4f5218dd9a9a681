import { binding } from "./binding.js";
import { type ByteSource, type ReadOptions, readBytes } from "./byte-source.js";
import { fitsError, nativeSync } from "./errors.js";
import type { RawHdu } from "./raw/hdu.js";

/** Bytes read at first where a header is expected; doubled until its END is found. */
const firstHeaderRead = 16 * 1024;
/** As kMaxHeaderLength in cpp/core/hdu.h. */
const maxHeaderLength = 64 * 1024 * 1024;

/** The bytes from `offset` on, as many as most headers have. */
export function headAt(
  source: ByteSource,
  offset: number,
  options?: ReadOptions,
): Promise<Uint8Array> {
  const length = Math.min(firstHeaderRead, source.byteLength - offset);
  return readBytes(source, { offset, length }, options);
}

/**
 * The HDU that starts at byte `offset` and is number `index`; reads its header only. `head`: what
 * {@link headAt} gave, where it was called before.
 */
export async function hduAt(
  source: ByteSource,
  offset: number,
  index: number,
  options?: ReadOptions,
  head?: Uint8Array,
): Promise<RawHdu> {
  const place = { path: source.name, hdu: index };
  const left = source.byteLength - offset;
  if (left === 0) throw fitsError({ code: "FITS_EMPTY", what: "the file is empty", ...place });
  let bytes = head ?? (await headAt(source, offset, options));
  for (;;) {
    const raw = nativeSync(() => binding.scanHdu(bytes, offset, index), place);
    if (raw !== null) return raw;
    if (bytes.length === left || bytes.length >= maxHeaderLength) {
      throw fitsError({
        code: "FITS_NO_END",
        what: "the header has no END card",
        found: `${bytes.length} bytes without it`,
        offset,
        ...place,
      });
    }
    const length = Math.min(2 * bytes.length, left);
    bytes = await readBytes(source, { offset, length }, options);
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
