import type { RowRange, Table, TableReadOptions, TableScanOptions } from "@fitstream/native";
import { type ColumnMetadata, FitsTable } from "@fitstream/table";
import { badArgument } from "../errors.js";
import { chooseColumns } from "../survey/common-columns.js";
import type { SurveyTables } from "../survey/survey-tables.js";
import { type CatalogueProgress, type FileControl, scanFiles } from "./scan-files.js";

/** A file of a catalogue. */
export interface CatalogueFile {
  /** Path or URL. */
  readonly url: string;
  /** Position of the table's HDU. */
  readonly hdu: number;
  /** Rows of the table. */
  readonly rows: number;
}

/** Columns and rows of a catalogue. */
interface Part {
  /** By name, case does not matter. Default: all. */
  readonly columns?: readonly string[] | undefined;
  /** Rows of the catalogue, over all files. Default: all. */
  readonly rows?: RowRange | undefined;
}

/** Options of {@link Catalogue.read}. */
export interface CatalogueReadOptions
  extends Pick<TableReadOptions, "where" | "scale" | "threads" | "maxBytes" | "signal">,
    Part {}

/** Options of {@link Catalogue.scan}. */
export interface CatalogueScanOptions
  extends Pick<
      TableScanOptions,
      "where" | "scale" | "threads" | "maxBytes" | "signal" | "batchRows"
    >,
    Part {
  /** Called when a batch has been read. The one after it may be read already. */
  readonly onProgress?: ((progress: CatalogueProgress) => void) | undefined;
}

/** The tables of many files as one. Made by {@link openCatalogue}. */
export class Catalogue implements AsyncDisposable {
  /** Columns, as the first file describes them; `index` is that of the first file. */
  readonly schema: readonly ColumnMetadata[];
  /** Rows of all files. */
  readonly rows: number;
  /** The files, in the order of their rows. */
  readonly files: readonly CatalogueFile[];
  readonly #tables: SurveyTables;

  /** Made by {@link openCatalogue}. */
  constructor(
    tables: SurveyTables,
    files: readonly CatalogueFile[],
    schema: readonly ColumnMetadata[],
  ) {
    this.#tables = tables;
    this.files = Object.freeze(files.map(({ url, hdu, rows }) => ({ url, hdu, rows })));
    this.schema = schema;
    this.rows = files.reduce((n, file) => n + file.rows, 0);
  }

  /** Names of the columns. */
  get names(): readonly string[] {
    return this.schema.map(({ name }) => name);
  }

  /**
   * Reads rows of all files into one table, in memory of its own.
   *
   * @throws {DatasetError} DATASET_BAD_ARGUMENT for columns or rows that are not there.
   * @throws As `TableHdu.read` does.
   */
  async read(options: CatalogueReadOptions = {}): Promise<FitsTable> {
    const columns = this.#namesOf(options);
    const parts = this.#partsOf(options);
    // A table without rows still has columns.
    const wanted = parts.length > 0 ? parts : this.#emptyPart();
    const tables: FitsTable[] = [];
    for (const { index, rows } of wanted) {
      const table = await this.#tables.get(index);
      tables.push(FitsTable.from(await table.read({ ...options, columns, rows })));
    }
    return FitsTable.concat(tables);
  }

  /**
   * Goes through the rows in batches, in memory that grows neither with the number of rows nor of
   * files: of each file two batches at most are held, and the first one of the next.
   *
   * @returns Tables of consecutive rows, file after file; none spans two files, none is without rows.
   * @throws As {@link read}, and with the reason of `signal`.
   */
  scan(options: CatalogueScanOptions = {}): AsyncGenerator<FitsTable, void, undefined> {
    const { onProgress, ...rest } = options;
    const columns = this.#namesOf(options);
    const files = this.#partsOf(options).map(({ index, rows }) => ({
      url: this.files[index]?.url ?? "",
      rows: rows.count,
      scan: (control: FileControl) => this.#scan(index, { ...rest, ...control, columns, rows }),
    }));
    return scanFiles(files, options.signal, onProgress);
  }

  async *#scan(index: number, options: TableScanOptions): AsyncGenerator<Table, void, undefined> {
    yield* (await this.#tables.get(index)).scan(options);
  }

  #namesOf({ columns }: Part): readonly string[] {
    return chooseColumns(columns, this.schema, "the catalogue").map(({ name }) => name);
  }

  /** The rows of each file that a range of the catalogue has, without files that have none. */
  #partsOf({ rows = { first: 0, count: this.rows } }: Part) {
    const { first, count } = rows;
    const isCount = (n: number): boolean => Number.isSafeInteger(n) && n >= 0;
    if (!isCount(first) || !isCount(count) || first + count > this.rows) {
      const found = `${count} from ${first} on`;
      throw badArgument("there are no such rows", `a part of ${this.rows} rows`, found);
    }
    let start = 0;
    return this.files.flatMap((file, index) => {
      const from = Math.max(first - start, 0);
      const to = Math.min(first + count - start, file.rows);
      start += file.rows;
      return from < to ? [{ index, rows: { first: from, count: to - from } }] : [];
    });
  }

  #emptyPart() {
    return [{ index: 0, rows: { first: 0, count: 0 } }];
  }

  /** Closes remote files. */
  async close(): Promise<void> {
    await this.#tables.close();
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.close();
  }
}
