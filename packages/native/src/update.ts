import { binding } from "./binding.js";
import type { HeaderValue } from "./card.js";
import { nativeSync } from "./errors.js";
import type { RawKeywordChange } from "./raw/write.js";
import {
  checkEntry,
  controlled,
  type HduToWrite,
  type HeaderEntry,
  rawHdu,
  type WriteControl,
} from "./write.js";
import { type ColumnCells, rawCells } from "./write-columns.js";

/**
 * How a file changes. By default a changed copy takes its name at the end, in one step: whoever
 * opens the file sees the old one or the new one, whoever has it open keeps the old one, and a
 * crash leaves the old one. The copy has the file's permissions; other hard links keep the old one.
 *
 * Changes of one file wait for each other, in this process and in others that use this library.
 */
export interface UpdateOptions extends WriteControl {
  /**
   * Change the file itself, for files that are too large to copy. No data may have to move, so that
   * an error can be undone (FITS_UNSUPPORTED otherwise): keywords must fit their header's last
   * block, rows are added at the end of the file only and without variable-length cells. Who reads
   * meanwhile may see half of the change, and files opened before it give FITS_FILE_CHANGED; a
   * crash in the middle may leave half of it. Default false.
   */
  readonly inPlace?: boolean | undefined;
}

/** Options of {@link appendHdu}. */
export interface AppendOptions extends UpdateOptions {
  /** Write CHECKSUM and DATASUM in the new HDU. Default false. */
  readonly checksum?: boolean | undefined;
}

/** A keyword's new value; with a comment, or the old comment stays. */
export type KeywordUpdate =
  | Exclude<HeaderValue, null>
  | {
      /** `null` gives an undefined value. */
      readonly value: HeaderValue;
      /** What stands after the value. */
      readonly comment?: string;
    };

/**
 * Adds an HDU behind the last one.
 *
 * @throws {FitsFormatError} when the file is damaged, or bytes that are no HDU follow the last one.
 */
export async function appendHdu(
  path: string,
  hdu: HduToWrite,
  options: AppendOptions = {},
): Promise<void> {
  const { checksum = false, inPlace = false } = options;
  const raw = rawHdu(hdu);
  await controlled(path, options, (control) =>
    binding.appendHdu(path, raw, { checksum, inPlace, ...control }),
  );
}

/**
 * Adds rows to a table. Cells of every column are needed, of the types that the table's columns
 * have when they are read. CHECKSUM and DATASUM are brought up to date where the HDU has them.
 *
 * @param hdu Number, from 0, or EXTNAME.
 * @returns Number of the first new row.
 * @throws {FitsArgumentError} when cells do not fit the table's columns or each other.
 */
export async function appendRows(
  path: string,
  hdu: number | string,
  columns: readonly ColumnCells[],
  options: UpdateOptions = {},
): Promise<number> {
  const { inPlace = false } = options;
  const raw = columns.map((column) => rawCells(column));
  return await controlled(path, options, (control) =>
    binding.appendRows(path, hdu, raw, { inPlace, ...control }),
  );
}

/**
 * Replaces cells of rows that are there; columns that are not given stay. Variable-length cells go
 * to the end of the heap, where the old ones stay as well. CHECKSUM and DATASUM are brought up to
 * date where the HDU has them.
 *
 * @param hdu Number, from 0, or EXTNAME.
 * @throws {FitsArgumentError} FITS_OUT_OF_BOUNDS for rows or columns that are not there;
 *   FITS_BAD_ARGUMENT when cells do not fit the table's columns or each other.
 */
export async function updateRows(
  path: string,
  hdu: number | string,
  {
    first,
    columns,
  }: {
    /** The first row that changes, from 0. */
    readonly first: number;
    /** Cells of the same number of rows. */
    readonly columns: readonly ColumnCells[];
  },
  options: UpdateOptions = {},
): Promise<void> {
  const { inPlace = false } = options;
  const raw = columns.map((column) => rawCells(column));
  await controlled(path, options, (control) =>
    binding.updateRows(path, hdu, first, raw, { inPlace, ...control }),
  );
}

function isPlain(update: KeywordUpdate): update is Exclude<HeaderValue, null> {
  return typeof update !== "object" || "re" in update;
}

function changeOf([keyword, update]: [string, KeywordUpdate | null]): RawKeywordChange {
  const entry: HeaderEntry =
    update === null || isPlain(update) ? { keyword, value: update } : { keyword, ...update };
  checkEntry(entry);
  return { ...entry, isDeleted: update === null };
}

/**
 * Changes keywords of one HDU: those that are there keep their place and, unless a new one is given,
 * their comment; others are added at the end. `null` deletes a keyword (all its CONTINUE cards, too),
 * and is no error where there is none. COMMENT and HISTORY are added, never replaced. Keywords that say how
 * the data lie are refused. CHECKSUM and DATASUM are brought up to date where the HDU has them.
 *
 * @param hdu Number, from 0, or EXTNAME.
 * @throws {FitsArgumentError} FITS_BAD_ARGUMENT for a keyword or value that no card can hold.
 */
export async function updateKeywords(
  path: string,
  hdu: number | string,
  changes: Readonly<Record<string, KeywordUpdate | null>>,
  options: UpdateOptions = {},
): Promise<void> {
  const { inPlace = false } = options;
  const raw = nativeSync(() => Object.entries(changes).map(changeOf), { path });
  await controlled(path, options, (control) =>
    binding.updateKeywords(path, hdu, raw, { inPlace, ...control }),
  );
}
