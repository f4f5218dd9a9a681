import {
  AsciiTableHdu,
  BinTableHdu,
  type ByteRange,
  type ByteSource,
  FileSource,
  fitsError,
  type HduSummary,
  type ReadOptions,
  type TableHdu,
} from "@fitstream/native";

/** A local file as it was indexed. Holds no descriptor: it is opened for each read. */
class IndexedSource implements ByteSource {
  readonly name: string;
  readonly path: string;
  readonly stamp: { readonly size: number; readonly mtimeMs: number };
  readonly immutable: boolean;

  constructor(path: string, stamp: IndexedSource["stamp"], immutable: boolean) {
    this.name = path;
    this.path = path;
    this.stamp = stamp;
    this.immutable = immutable;
  }

  get byteLength(): number {
    return this.stamp.size;
  }

  async readInto(
    ranges: readonly ByteRange[],
    target: Uint8Array,
    options?: ReadOptions,
  ): Promise<void> {
    const file = await FileSource.open(this.path);
    try {
      const { size, mtimeMs } = file.stamp;
      if (size !== this.stamp.size || mtimeMs !== this.stamp.mtimeMs) throw this.#changed();
      await file.readInto(ranges, target, options);
    } finally {
      await file.close();
    }
  }

  #changed(): Error {
    return fitsError({
      code: "FITS_FILE_CHANGED",
      what: "the file changed after it was indexed",
      path: this.path,
    });
  }

  async close(): Promise<void> {}
}

/** A table of an index: where it lies, and what of. Plain data, for other threads. */
export interface TableEntry {
  readonly path: string;
  readonly stamp: { readonly size: number; readonly mtimeMs: number };
  readonly hdu: HduSummary;
}

/** A table that an index describes, on any source that has its file's bytes. */
export function tableOn(source: ByteSource, hdu: HduSummary): TableHdu {
  return hdu.kind === "asciitable" ? new AsciiTableHdu(hdu, source) : new BinTableHdu(hdu, source);
}

/** A local table. Reads reject with FITS_FILE_CHANGED when its file is not the one indexed. */
export function localTable({ path, stamp, hdu }: TableEntry, immutable: boolean): TableHdu {
  return tableOn(new IndexedSource(path, stamp, immutable), hdu);
}
