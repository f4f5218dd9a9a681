import { binding } from "./binding.js";
import { type ByteSource, type ReadOptions, readBytes } from "./byte-source.js";
import { type FitsError, FitsFormatError, fitsError, native } from "./errors.js";
import { type FileOptions, FileSource } from "./file-source.js";
import { GroupsHdu } from "./groups.js";
import { UnknownHdu } from "./hdu.js";
import { hduAt, headAt } from "./hdu-at.js";
import { CompressedImageHdu, ImageHdu } from "./image.js";
import type { RawHdu } from "./raw/hdu.js";
import { AsciiTableHdu, BinTableHdu } from "./table/hdu.js";
import { type UnpackProgress, unpack } from "./unpack.js";

/** Header and data unit, by kind. */
export type Hdu =
  | ImageHdu
  | CompressedImageHdu
  | BinTableHdu
  | AsciiTableHdu
  | GroupsHdu
  | UnknownHdu;

/** Options of {@link openFits}. */
export interface OpenOptions extends ReadOptions, FileOptions {
  /**
   * What a file compressed as a whole (.gz, .bz2, .Z, .zip) may unpack to, in bytes: its packed size
   * says nothing about the other. Default: 16 times its packed size, at least 4 GiB.
   */
  readonly maxUnpackedBytes?: number | undefined;
  /** Called now and then while a gzip file is unpacked. */
  readonly onUnpack?: ((progress: UnpackProgress) => void) | undefined;
}

function hduOf(raw: RawHdu, source: ByteSource): Hdu {
  switch (raw.kind) {
    case "image":
      return new ImageHdu(raw, source);
    case "compressed-image":
      return new CompressedImageHdu(raw, source);
    case "bintable":
      return new BinTableHdu(raw, source);
    case "asciitable":
      return new AsciiTableHdu(raw, source);
    case "groups":
      return new GroupsHdu(raw, source);
    case "unknown":
      return new UnknownHdu(raw, source);
  }
}

/**
 * An open FITS file: its HDUs, found one after the other as they are asked for. Going to HDU n reads
 * the headers before it, and of those only what gives their size.
 */
export class FitsFile implements AsyncDisposable, AsyncIterable<Hdu> {
  /** Path or URL. */
  readonly name: string;
  /** "gzip", "bzip2", "compress" or "zip" when the file is compressed as a whole. */
  readonly packing: string | undefined;
  readonly #source: ByteSource;
  readonly #found: Hdu[] = [];
  #ahead: RawHdu[] = [];
  #end = 0;
  #isComplete = false;
  #damage: FitsError | undefined;
  #walking: Promise<unknown> = Promise.resolve();

  private constructor(source: ByteSource, packing: string | undefined) {
    this.name = source.name;
    this.packing = packing;
    this.#source = source;
  }

  /** As {@link openFits}. */
  static async open(from: string | ByteSource, options: OpenOptions = {}): Promise<FitsFile> {
    let source = typeof from === "string" ? await FileSource.open(from, options) : from;
    try {
      let head = await headAt(source, 0, options);
      const packing = binding.packingOf(head) ?? undefined;
      if (packing !== undefined) {
        source = await unpacked(source, packing, options);
        head = await headAt(source, 0, options);
      }
      const file = new FitsFile(source, packing);
      await file.#next(options, head);
      return file;
    } catch (error) {
      await source.close();
      throw error;
    }
  }

  /**
   * Why the HDUs end before the file does: a damaged header, or bytes after the last HDU that are
   * no extension. Known once {@link hdus} has been called or the iteration has ended.
   */
  get damage(): FitsError | undefined {
    return this.#damage;
  }

  /** Finds one more HDU; false when there is none. `head`: the bytes that it begins with. */
  async #next(options?: ReadOptions, head?: Uint8Array): Promise<boolean> {
    if (this.#isComplete) return false;
    const index = this.#found.length;
    const offset = this.#end;
    if (index > 0 && offset >= this.#source.byteLength) {
      this.#isComplete = true;
      return false;
    }
    try {
      const raw = await this.#scan(offset, index, options, head);
      if (raw === undefined) {
        this.#isComplete = true;
        return false;
      }
      this.#end = raw.end;
      this.#found.push(hduOf(raw, this.#source));
      return true;
    } catch (error) {
      // Damage lasts; what could not be reached may be asked for again.
      if (index === 0 || !(error instanceof FitsFormatError)) throw error;
      this.#isComplete = true;
      // Padding after the last HDU is no damage (nasty, but common).
      if (!(await this.#isPadding(offset, options))) this.#damage = error;
      return false;
    }
  }

  async #isPadding(offset: number, options?: ReadOptions): Promise<boolean> {
    const length = Math.min(this.#source.byteLength - offset, 1024 * 1024);
    const bytes = await readBytes(this.#source, { offset, length }, options);
    return bytes.every((byte) => byte === 0 || byte === 0x20);
  }

  /**
   * The HDU at this place; undefined at the end of the file. Of a local file, some that follow are
   * looked at in the same call: crossing to native code and opening the file cost more than that.
   */
  async #scan(
    offset: number,
    index: number,
    options?: ReadOptions,
    head?: Uint8Array,
  ): Promise<RawHdu | undefined> {
    const ahead = this.#ahead.shift();
    if (ahead !== undefined) return ahead;
    const { path, stamp, name } = this.#source;
    if (path === undefined || index === 0) return hduAt(this.#source, offset, index, options, head);
    const place = { path: name, hdu: index };
    options?.signal?.throwIfAborted();
    const count = 1 + Math.floor(index / 4);
    const { hdus, damage } = await native(
      () => binding.walkHdus(path, offset, index, count, stamp),
      place,
      options?.signal,
    );
    const [first, ...rest] = hdus;
    if (first === undefined && damage !== undefined) throw fitsError({ ...place, ...damage });
    this.#ahead = rest;
    return first;
  }

  /** One walk at a time, whoever asks. */
  #exclusive<T>(walk: () => Promise<T>): Promise<T> {
    const result = this.#walking.then(walk, walk);
    this.#walking = result.catch(() => undefined);
    return result;
  }

  /**
   * The HDU at a position, or the first whose EXTNAME (case does not matter) and, where given,
   * EXTVER match. "PRIMARY" is the first HDU unless another has that name.
   *
   * @throws {FitsArgumentError} FITS_OUT_OF_BOUNDS when there is none; where the file is damaged
   *   before it, the damage is thrown instead.
   */
  hdu(which: number | string, version?: number, options?: ReadOptions): Promise<Hdu> {
    const matches = (hdu: Hdu): boolean =>
      typeof which === "number"
        ? hdu.index === which
        : hdu.name?.toLowerCase() === which.toLowerCase() &&
          (version === undefined || hdu.version === version);
    return this.#exclusive(async () => {
      for (let i = 0; ; ++i) {
        const hdu = this.#found[i];
        if (hdu === undefined) {
          if (!(await this.#next(options))) break;
          --i;
        } else if (matches(hdu)) return hdu;
      }
      const [primary] = this.#found;
      if (primary !== undefined && String(which).toLowerCase() === "primary") return primary;
      throw (
        this.#damage ??
        fitsError({
          code: "FITS_OUT_OF_BOUNDS",
          what: "the file has no such HDU",
          expected: `0 to ${this.#found.length - 1}, or an EXTNAME among them`,
          found: version === undefined ? String(which) : `${which}, version ${version}`,
          path: this.name,
        })
      );
    });
  }

  /** All HDUs up to the end of the file, or up to its {@link damage}. */
  hdus(options?: ReadOptions): Promise<readonly Hdu[]> {
    return this.#exclusive(async () => {
      while (await this.#next(options)) {}
      return [...this.#found];
    });
  }

  /** The HDUs in order; ends at the {@link damage}, if there is any. */
  async *[Symbol.asyncIterator](): AsyncIterator<Hdu> {
    for (let i = 0; ; ++i) {
      if (this.#found[i] === undefined) await this.#exclusive(() => this.#next());
      const hdu = this.#found[i];
      if (hdu === undefined) return;
      yield hdu;
    }
  }

  /** Closes the file. HDUs that came from it can no longer be read. */
  async close(): Promise<void> {
    this.#ahead = [];
    await this.#source.close();
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.close();
  }
}

async function unpacked(
  source: ByteSource,
  packing: string,
  options: OpenOptions,
): Promise<ByteSource> {
  // Telescopes' files shrink to a half or a tenth; a bomb, to a thousandth.
  const expected = Math.max(2 ** 32, 16 * source.byteLength);
  const { maxUnpackedBytes: maxBytes = expected, onUnpack: onProgress } = options;
  const plain = await unpack(source, packing, { ...options, maxBytes, onProgress });
  await source.close();
  return plain;
}

/**
 * Opens a FITS file: a local path (taken literally, no extended file-name syntax), or any
 * {@link ByteSource}, which the file then owns and closes. Files compressed as a whole are unpacked
 * first: gzip into memory up to 64 MiB, what is more, and other packings, into a temporary file that
 * has no name and goes when the file is closed (in the folder of `os.tmpdir()`).
 *
 * @example
 * ```ts
 * await using file = await openFits("m31.fits");
 * const hdu = await file.hdu("SCI");
 * if (hdu.kind === "image") console.log(hdu.shape, (await hdu.read()).data);
 * ```
 * @throws {FitsFormatError} when its first bytes are no FITS header.
 * @throws {FitsIoError} when it cannot be read.
 */
export function openFits(from: string | ByteSource, options: OpenOptions = {}): Promise<FitsFile> {
  return FitsFile.open(from, options);
}
