import { fitsError } from "./errors.js";
import type { HduSummary } from "./scan.js";

// struct ImageRecord of cpp/core/batch.h, field by field.
const recordLength = 136;
const maxAxes = 8;
const at = {
  headerOffset: 0,
  dataOffset: 8,
  fileSize: 16,
  mtimeMs: 24,
  bscale: 32,
  bzero: 40,
  blank: 48,
  pathOffset: 56,
  pathLength: 60,
  hdu: 64,
  bitpix: 68,
  isCompressed: 69,
  rank: 70,
  hasBlank: 71,
  shape: 72,
} as const;

/** An image of a survey: a file and one of its HDUs. */
export interface ImageEntry {
  /** Local path, or URL of a remote file. */
  readonly path: string;
  /** Size and modification time when the file was scanned; zeros for a remote file. */
  readonly stamp: { readonly size: number; readonly mtimeMs: number };
  /** Where the image lies in its file, and what it holds: of what {@link scanFiles} finds. */
  readonly hdu: Pick<
    HduSummary,
    | "kind"
    | "index"
    | "headerOffset"
    | "dataOffset"
    | "bitpix"
    | "shape"
    | "bscale"
    | "bzero"
    | "blank"
  >;
}

/**
 * Images of a survey in flat shared memory, for {@link readBatch}: worker threads see the same bytes
 * without a copy, and a batch names its images by number.
 */
export class ImageTable {
  /** One record an image. */
  readonly images: Uint8Array;
  /** All paths, one after the other, in UTF-8. */
  readonly paths: Uint8Array;

  /** From the memory of another table: what a worker thread does with what it was sent. */
  constructor(images: Uint8Array, paths: Uint8Array) {
    this.images = images;
    this.paths = paths;
  }

  /**
   * A table of these images, in new shared memory.
   *
   * @throws {FitsFormatError} FITS_UNSUPPORTED for images of more than 8 axes.
   */
  static of(entries: readonly ImageEntry[]): ImageTable {
    const encoder = new TextEncoder();
    // Images of one file share its path.
    const known = new Map<string, { offset: number; length: number }>();
    const encoded: Uint8Array[] = [];
    let total = 0;
    for (const { path } of entries) {
      if (known.has(path)) continue;
      const bytes = encoder.encode(path);
      known.set(path, { offset: total, length: bytes.length });
      encoded.push(bytes);
      total += bytes.length;
    }
    const paths = new Uint8Array(new SharedArrayBuffer(total));
    let end = 0;
    for (const bytes of encoded) {
      paths.set(bytes, end);
      end += bytes.length;
    }
    const images = new Uint8Array(new SharedArrayBuffer(entries.length * recordLength));
    const view = new DataView(images.buffer);
    entries.forEach((entry, i) => {
      const place = known.get(entry.path) ?? { offset: 0, length: 0 };
      writeRecord(view, i * recordLength, entry, place);
    });
    return new ImageTable(images, paths);
  }

  /** Number of images. */
  get length(): number {
    return this.images.length / recordLength;
  }
}

function writeRecord(
  view: DataView,
  start: number,
  { path, stamp, hdu }: ImageEntry,
  place: { readonly offset: number; readonly length: number },
): void {
  if (hdu.shape.length > maxAxes) {
    throw fitsError({
      code: "FITS_UNSUPPORTED",
      what: "the image has too many axes for a batch",
      expected: `at most ${maxAxes}`,
      found: String(hdu.shape.length),
      path,
      hdu: hdu.index,
    });
  }
  view.setFloat64(start + at.headerOffset, hdu.headerOffset, true);
  view.setFloat64(start + at.dataOffset, hdu.dataOffset, true);
  view.setFloat64(start + at.fileSize, stamp.size, true);
  view.setFloat64(start + at.mtimeMs, stamp.mtimeMs, true);
  view.setFloat64(start + at.bscale, hdu.bscale, true);
  view.setFloat64(start + at.bzero, hdu.bzero, true);
  view.setBigInt64(start + at.blank, hdu.blank ?? 0n, true);
  view.setUint32(start + at.pathOffset, place.offset, true);
  view.setUint32(start + at.pathLength, place.length, true);
  view.setUint32(start + at.hdu, hdu.index, true);
  view.setInt8(start + at.bitpix, hdu.bitpix);
  view.setUint8(start + at.isCompressed, hdu.kind === "compressed-image" ? 1 : 0);
  view.setUint8(start + at.rank, hdu.shape.length);
  view.setUint8(start + at.hasBlank, hdu.blank === null ? 0 : 1);
  for (const [i, n] of hdu.shape.entries()) view.setFloat64(start + at.shape + 8 * i, n, true);
}
