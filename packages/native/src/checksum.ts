import { binding } from "./binding.js";
import { type ByteSource, type ReadOptions, readBytes } from "./byte-source.js";
import { withCancelFlag } from "./cancel.js";
import { native } from "./errors.js";
import type { Header } from "./header.js";
import type { RawHdu } from "./raw/hdu.js";

/** What a checksum keyword says about the bytes; `absent` also where its value is blank. */
export type ChecksumState = "ok" | "bad" | "absent";

/** What {@link ImageHdu.verifyChecksum} and its like find. Sums are unsigned 32-bit integers. */
export interface ChecksumReport {
  /** Whether DATASUM is the sum of the data. */
  readonly datasum: ChecksumState;
  /** Whether CHECKSUM brings the sum of the whole HDU to zero. */
  readonly checksum: ChecksumState;
  /** The sum of the data, as it is. */
  readonly dataSum: number;
  /** The sum of header and data, as it is: 0 or 0xffffffff where CHECKSUM is right. */
  readonly hduSum: number;
  /** ZDATASUM of a compressed image: what DATASUM was before compression. Not verified. */
  readonly zdatasum?: string;
  /** ZHECKSUM of a compressed image: what CHECKSUM was before compression. Not verified. */
  readonly zhecksum?: string;
}

/** Bytes of a remote file that are summed at a time; whole words. */
const piece = 4 * 1024 * 1024;

/** The value of a keyword as text; undefined where it is absent or blank. */
function textOf(header: Header, keyword: string): string | undefined {
  const [card] = header.all(keyword);
  if (card === undefined) return undefined;
  const text = String(card.value ?? card.text).trim();
  return text === "" ? undefined : text;
}

async function sumOf(
  source: ByteSource,
  offset: number,
  length: number,
  options: ReadOptions,
): Promise<number> {
  const { path } = source;
  if (path !== undefined) {
    return withCancelFlag(options.signal, (cancel) =>
      native(
        () => binding.sumFile(path, offset, length, source.stamp, cancel),
        { path: source.name },
        options.signal,
      ),
    );
  }
  let sum = 0;
  for (let done = 0; done < length; done += piece) {
    const range = { offset: offset + done, length: Math.min(piece, length - done) };
    sum = binding.addChecksum(sum, await readBytes(source, range, options));
  }
  return sum;
}

/** The sum of [offset, end), of which the padding may be missing from the file. */
async function paddedSum(
  source: ByteSource,
  { offset, end, fill }: { readonly offset: number; readonly end: number; readonly fill: number },
  options: ReadOptions,
): Promise<number> {
  const length = Math.min(end, source.byteLength) - offset;
  if (length <= 0) return 0;
  const sum = await sumOf(source, offset, length, options);
  // The bytes that are missing, where they stand in their words.
  const tail = new Uint8Array((length % 4) + (end - offset - length)).fill(fill, length % 4);
  return binding.addChecksum(sum, tail);
}

/** The checksum keywords of an HDU against its bytes. */
export async function verifyChecksum(
  header: Header,
  raw: RawHdu,
  source: ByteSource,
  options: ReadOptions,
): Promise<ChecksumReport> {
  const space = 0x20;
  const headerSum = await paddedSum(
    source,
    { offset: raw.headerOffset, end: raw.dataOffset, fill: space },
    options,
  );
  // ASCII tables are padded with spaces, all others with zeros (sections 3.3.2, 7.1.3, 7.2.3, 7.3.3).
  const fill = raw.kind === "asciitable" ? space : 0;
  const data = { offset: raw.dataOffset, end: raw.end, fill };
  const dataSum = await paddedSum(source, data, options);
  const hduSum = addSums(headerSum, dataSum);

  const stored = textOf(header, "DATASUM");
  const isZero = hduSum === 0 || hduSum === 0xffff_ffff;
  const report = {
    datasum: stateOf(stored, Number(stored) === dataSum),
    checksum: stateOf(textOf(header, "CHECKSUM"), isZero),
    dataSum,
    hduSum,
  };
  if (raw.kind !== "compressed-image") return report;
  const zdatasum = textOf(header, "ZDATASUM");
  const zhecksum = textOf(header, "ZHECKSUM");
  return {
    ...report,
    ...(zdatasum === undefined ? {} : { zdatasum }),
    ...(zhecksum === undefined ? {} : { zhecksum }),
  };
}

function stateOf(stored: string | undefined, isRight: boolean): ChecksumState {
  if (stored === undefined) return "absent";
  return isRight ? "ok" : "bad";
}

/** Both with their carries put back in. */
function addSums(a: number, b: number): number {
  const sum = a + b;
  return sum > 0xffff_ffff ? sum - 0xffff_ffff : sum;
}
