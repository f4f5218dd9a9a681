import { type ByteSource, type ReadOptions, readBytes } from "./byte-source.js";
import { type ChecksumReport, verifyChecksum } from "./checksum.js";
import { fitsError } from "./errors.js";
import { hduAt, headerBytesOf } from "./hdu-at.js";
import { Header } from "./header.js";
import type { RawHdu } from "./raw/hdu.js";
import type { HduSummary } from "./scan.js";

/** Options of {@link HduBase.header}. */
export interface HeaderOptions extends ReadOptions {
  /** Where the header has INHERIT = T, keywords of the primary header belong to it. Default false. */
  readonly inherit?: boolean | undefined;
}

/** What every HDU has, whatever its kind. */
export abstract class HduBase {
  /** Discriminates the {@link Hdu} union. */
  abstract readonly kind: RawHdu["kind"];
  /** Position in the file, from 0. */
  readonly index: number;
  /** EXTNAME; undefined where there is none. */
  readonly name: string | undefined;
  /** EXTVER; 1 where there is none. */
  readonly version: number;
  /** Byte of the first card. */
  readonly headerOffset: number;
  /** Number of 80-character records before END. */
  readonly cardCount: number;
  /** Byte of the first datum. */
  readonly dataOffset: number;
  /** Bytes of data, without padding, as the header declares them. */
  readonly dataLength: number;
  /** True when the file ends before the data do; reading them gives FITS_TRUNCATED. */
  readonly isTruncated: boolean;
  protected readonly raw: RawHdu;
  protected readonly source: ByteSource;
  #header: Header | undefined;

  constructor(raw: RawHdu, source: ByteSource) {
    this.raw = raw;
    this.source = source;
    this.index = raw.index;
    this.name = raw.extname;
    this.version = raw.extver;
    this.headerOffset = raw.headerOffset;
    this.cardCount = raw.cards;
    this.dataOffset = raw.dataOffset;
    this.dataLength = raw.dataLength;
    // Where there are no data, a last header may stop short of its block.
    this.isTruncated = raw.dataLength > 0 && raw.dataOffset + raw.dataLength > source.byteLength;
  }

  /** Where this HDU is and what it holds, as plain data: what an index of a survey keeps. */
  get summary(): HduSummary {
    return this.raw;
  }

  /** Where this HDU is, for error messages. */
  protected get place(): { readonly path: string; readonly hdu: number } {
    return { path: this.source.name, hdu: this.index };
  }

  /**
   * The header, read once and kept; with `inherit`, together with the keywords that the primary
   * header lends it where it has INHERIT = T ({@link Header.inherit}).
   */
  async header(options: HeaderOptions = {}): Promise<Header> {
    if (options.inherit === true) return this.#inheriting(options);
    if (this.#header !== undefined) return this.#header;
    const bytes = await this.headerBytes(options);
    this.#header ??= new Header(bytes, this.place);
    return this.#header;
  }

  async #inheriting({ inherit: _, ...options }: HeaderOptions): Promise<Header> {
    const own = await this.header(options);
    if (this.index === 0 || own.all("INHERIT")[0]?.value !== true) return own;
    const primary = await hduAt(this.source, 0, 0, options);
    const bytes = await headerBytesOf(this.source, primary, options);
    return own.inherit(new Header(bytes, { path: this.source.name, hdu: 0 }));
  }

  /**
   * Compares DATASUM and CHECKSUM with the bytes as they are stored: of a compressed image, those of
   * its table. Padding that is missing from the end of the file counts as if it were there.
   *
   * @throws {FitsFormatError} FITS_TRUNCATED when the file ends inside the data.
   * @see FITS Standard 4.0, section 4.4.2.7 and appendix J
   */
  async verifyChecksum(options: ReadOptions = {}): Promise<ChecksumReport> {
    this.checkComplete();
    return verifyChecksum(await this.header(options), this.raw, this.source, options);
  }

  protected headerBytes(options?: ReadOptions): Promise<Uint8Array> {
    return headerBytesOf(this.source, this.raw, options);
  }

  /** Header and data as they are in the file. For data that must be decoded as a whole. */
  protected wholeBytes(options?: ReadOptions): Promise<Uint8Array> {
    this.checkReadable();
    const { headerOffset, dataOffset, dataLength } = this.raw;
    const length = dataOffset + dataLength - headerOffset;
    return readBytes(this.source, { offset: headerOffset, length }, options);
  }

  /** Throws when the data cannot be read, before any memory is asked for. */
  protected checkReadable(): void {
    if (this.raw.defect !== undefined) {
      throw fitsError({ path: this.source.name, ...this.raw.defect });
    }
    this.checkComplete();
  }

  /** Throws when the file ends inside the data. */
  protected checkComplete(): void {
    if (this.isTruncated) {
      throw fitsError({
        code: "FITS_TRUNCATED",
        what: "the file is shorter than its header says",
        expected: `data up to byte ${this.dataOffset + this.dataLength}`,
        found: `${this.source.byteLength} bytes`,
        ...this.place,
      });
    }
  }
}

/** An extension of a type this library does not know. Its header can be read. */
export class UnknownHdu extends HduBase {
  readonly kind = "unknown" as const;
  /** XTENSION. */
  readonly xtension: string;

  constructor(raw: RawHdu, source: ByteSource) {
    super(raw, source);
    this.xtension = raw.xtension ?? "";
  }
}
