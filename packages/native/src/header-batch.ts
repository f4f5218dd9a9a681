import { binding } from "./binding.js";
import { withCancelFlag } from "./cancel.js";
import { type HeaderValue, integerOf, valueKinds } from "./card.js";
import { type FitsError, fitsError, native } from "./errors.js";
import { Header, normalized } from "./header.js";
import type { RawFailedFile, RawKeywordRows } from "./raw/header-batch.js";

/** Options of {@link readKeywords} and {@link readHeaders}. */
export interface HeaderBatchOptions {
  /**
   * Which HDU of every file: by position, by EXTNAME (case does not matter), or by EXTNAME and
   * EXTVER. Default 0, the primary one.
   */
  readonly hdu?: number | string | { readonly name: string; readonly version?: number } | undefined;
  /** Aborts the call; it rejects with the signal's reason. */
  readonly signal?: AbortSignal | undefined;
  /** Called now and then with the number of files that are done. */
  readonly onProgress?: ((done: number, total: number) => void) | undefined;
}

/** A file that could not be read, or one of its keywords that holds no valid value. */
export interface FailedFile {
  /** Index of its path. */
  readonly file: number;
  /** Why. Its `keyword` is set where the rest of the file is good. */
  readonly error: FitsError;
}

/** Files read in the first native call. */
const firstFiles = 512;
/**
 * A call that takes less than this, in milliseconds, is followed by a larger one: what calls cost is
 * nothing then, and there is something to report several times a second.
 */
const briefCall = 50;

/** In the kinds of a row: no such keyword, as kAbsent in cpp/core/header_batch.h. */
const absent = 255;

type Place = Parameters<typeof binding.readKeywords>[1];

function placeOf(hdu: HeaderBatchOptions["hdu"] = 0): Place {
  if (typeof hdu === "number") return { index: hdu };
  return typeof hdu === "string" ? { index: 0, name: hdu } : { index: 0, ...hdu };
}

/** What one native call read: of the files from `first` on. */
interface Part<T> {
  readonly first: number;
  readonly read: T;
}

/** Runs `read` on the paths, some at a time. */
async function inCalls<T extends { readonly failed: readonly RawFailedFile[] }>(
  paths: readonly string[],
  options: HeaderBatchOptions,
  read: (paths: readonly string[], hdu: Place, cancel?: Int32Array) => Promise<T>,
): Promise<{ readonly parts: readonly Part<T>[]; readonly failed: readonly FailedFile[] }> {
  const hdu = placeOf(options.hdu);
  const parts: Part<T>[] = [];
  const failed: FailedFile[] = [];
  await withCancelFlag(options.signal, async (cancel) => {
    let count = firstFiles;
    for (let first = 0; first < paths.length; ) {
      const start = performance.now();
      const some = paths.slice(first, first + count);
      const part = await native(() => read(some, hdu, cancel));
      options.signal?.throwIfAborted();
      parts.push({ first, read: part });
      for (const { file, error } of part.failed) {
        failed.push({ file: first + file, error: fitsError(error) });
      }
      first += some.length;
      options.onProgress?.(first, paths.length);
      if (performance.now() - start < briefCall) count *= 4;
    }
  });
  return { parts, failed };
}

/** Some rows of a {@link KeywordTable}: views on what came from one native call. */
class Rows {
  readonly #kinds: Uint8Array;
  readonly #numbers: Float64Array;
  readonly #texts: Buffer;
  readonly #textEnds: Float64Array;

  constructor(raw: RawKeywordRows) {
    this.#kinds = new Uint8Array(raw.kinds);
    this.#numbers = new Float64Array(raw.numbers);
    this.#texts = Buffer.from(raw.texts);
    this.#textEnds = new Float64Array(raw.textEnds);
  }

  #text(cell: number): Buffer {
    return this.#texts.subarray(this.#textEnds[cell - 1] ?? 0, this.#textEnds[cell]);
  }

  value(cell: number): HeaderValue | undefined {
    const kind = this.#kinds[cell] ?? absent;
    const number = this.#numbers[cell] ?? 0;
    switch (valueKinds[kind]) {
      case "undefined":
        return null;
      case "logical":
        return number === 1;
      case "integer":
        return Number.isSafeInteger(number)
          ? number
          : integerOf(this.#text(cell).toString("latin1"));
      case "real":
        return number;
      case "complex":
        return { re: number, im: this.#text(cell).readDoubleLE() };
      case "string":
      case "none":
        return this.#text(cell).toString("latin1");
      default:
        return undefined;
    }
  }

  number(cell: number): number {
    const kind = valueKinds[this.#kinds[cell] ?? absent];
    return kind === "integer" || kind === "real" ? (this.#numbers[cell] ?? 0) : Number.NaN;
  }
}

/**
 * Keywords of many files: a column a keyword, a row a file. Values stay as they came from native
 * code, in a few flat arrays, until they are asked for.
 */
export class KeywordTable {
  /** The files, as they were given. */
  readonly paths: readonly string[];
  /** The keywords, as they were given. */
  readonly keywords: readonly string[];
  /** Files and keywords that could not be read, in the order of the files. */
  readonly failed: readonly FailedFile[];
  readonly #parts: readonly Part<Rows>[];

  /** @internal */
  constructor(
    paths: readonly string[],
    keywords: readonly string[],
    parts: readonly Part<RawKeywordRows>[],
    failed: readonly FailedFile[],
  ) {
    this.paths = paths;
    this.keywords = keywords;
    this.failed = failed;
    this.#parts = parts.map(({ first, read }) => ({ first, read: new Rows(read) }));
  }

  #columnOf(keyword: string): number {
    const column = this.keywords.indexOf(keyword);
    if (column >= 0) return column;
    throw fitsError({
      code: "FITS_BAD_ARGUMENT",
      what: "the keyword was not asked for",
      expected: this.keywords.join(", "),
      found: keyword,
    });
  }

  #map<T>(keyword: string, take: (rows: Rows, cell: number, file: number) => T): void {
    const column = this.#columnOf(keyword);
    for (const [i, { first, read }] of this.#parts.entries()) {
      const end = this.#parts[i + 1]?.first ?? this.paths.length;
      for (let file = first; file < end; ++file) {
        take(read, (file - first) * this.keywords.length + column, file);
      }
    }
  }

  /**
   * Values of a keyword, one a file: as `Header.get` gives them; undefined where the keyword is
   * absent, holds no valid value, or the file could not be read.
   */
  column(keyword: string): (HeaderValue | undefined)[] {
    const values: (HeaderValue | undefined)[] = [];
    this.#map(keyword, (rows, cell) => values.push(rows.value(cell)));
    return values;
  }

  /** Numbers of a keyword, one a file, in memory of the caller's; NaN where there is no number. */
  numbers(keyword: string): Float64Array<ArrayBuffer> {
    const values = new Float64Array(this.paths.length);
    this.#map(keyword, (rows, cell, file) => {
      values[file] = rows.number(cell);
    });
    return values;
  }
}

/**
 * Reads keywords of many local files, off this thread. A file is read only until all keywords have
 * been met: their first values count, wherever END is. What fails does not stop the rest.
 *
 * @param keywords In any case; those of HIERARCH cards by the name after that word. Record-valued
 *   keywords ("DP1.AXIS.1") are not looked for.
 * @example
 * ```ts
 * const table = await readKeywords(paths, ["EXPTIME", "FILTER"]);
 * const seconds = table.numbers("EXPTIME");
 * const filters = table.column("FILTER");
 * ```
 * @throws {FitsArgumentError} FITS_BAD_ARGUMENT when an argument makes no sense. Files that cannot
 *   be read are in `failed`; FITS_UNSUPPORTED are those compressed as a whole.
 */
export async function readKeywords(
  paths: readonly string[],
  keywords: readonly string[],
  options: HeaderBatchOptions = {},
): Promise<KeywordTable> {
  const names = keywords.map((keyword) => normalized(keyword));
  const { parts, failed } = await inCalls(paths, options, (some, hdu, cancel) =>
    binding.readKeywords(some, hdu, cancel, names),
  );
  return new KeywordTable(paths, keywords, parts, failed);
}

/** Whole headers of many files. */
export interface HeaderBatch {
  /** One a file; undefined where it could not be read. Cards are parsed when they are asked for. */
  readonly headers: readonly (Header | undefined)[];
  /** The files that could not be read. */
  readonly failed: readonly FailedFile[];
}

/**
 * Reads the header of one HDU of many local files, off this thread. A file that fails does not stop
 * the rest. Where only a few keywords are wanted, {@link readKeywords} is faster.
 *
 * @throws {FitsArgumentError} FITS_BAD_ARGUMENT when an argument makes no sense.
 */
export async function readHeaders(
  paths: readonly string[],
  options: HeaderBatchOptions = {},
): Promise<HeaderBatch> {
  const { parts, failed } = await inCalls(paths, options, (some, hdu, cancel) =>
    binding.readHeaders(some, hdu, cancel),
  );
  const lost = new Set(failed.map(({ file }) => file));
  const { hdu = 0 } = options;
  const headers = parts.flatMap(({ first, read: { texts, ends } }) => {
    const bounds = new Float64Array(ends);
    return Array.from(bounds, (end, i) => {
      const file = first + i;
      if (lost.has(file)) return undefined;
      const begin = bounds[i - 1] ?? 0;
      const place = { path: paths[file] ?? "", ...(typeof hdu === "number" ? { hdu } : {}) };
      return new Header(new Uint8Array(texts, begin, end - begin), place);
    });
  });
  return { headers, failed };
}
