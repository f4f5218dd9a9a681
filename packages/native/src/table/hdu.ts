import { binding } from "../binding.js";
import type { ByteSource, ReadOptions } from "../byte-source.js";
import { withCancelFlag } from "../cancel.js";
import type { Dtype } from "../dtype.js";
import { fitsError, isFitsError, nativeSync } from "../errors.js";
import { HduBase } from "../hdu.js";
import { MemorySource } from "../memory-source.js";
import type { RawHdu } from "../raw/hdu.js";
import type { RawOpenTable, RawTableJob } from "../raw/table.js";
import type { RawFound, RawProgram } from "../raw/where.js";
import { compileWhere } from "../where/compile.js";
import type { ColumnMetadata } from "./column.js";
import { checkedMemory, columnOf } from "./column-data.js";
import { columnsOf } from "./column-metadata.js";
import { tableCore } from "./core.js";
import { asciiForms, binaryForms, storedInfo } from "./forms.js";
import type { RowRange, TableReadOptions } from "./request.js";
import { fetchRows, type StoredRows, wantedRows } from "./rows.js";
import { scanRows, type TableScanOptions } from "./scan.js";
import { checkSearch, searchRows } from "./search.js";
import { noSuchColumn, Table } from "./table.js";

const defaultMaxBytes = 2 ** 32;

/** What the header says, as reads need it. */
interface OpenTable {
  readonly columns: readonly ColumnMetadata[];
  readonly table: RawOpenTable;
}

/** What binary and ASCII tables share. */
abstract class TableHduBase extends HduBase {
  /** NAXIS2; of the table it expands to for a compressed one. */
  readonly rows: number;
  /** TFIELDS. */
  readonly columnCount: number;
  /** The stored dtype of each type letter of TFORMn. */
  protected abstract readonly forms: Readonly<Record<string, Dtype>>;
  /** The same table, read from another source. */
  protected abstract on(source: ByteSource): TableHduBase;
  #opened: OpenTable | undefined;

  constructor(raw: RawHdu, source: ByteSource) {
    super(raw, source);
    this.rows = raw.rows ?? 0;
    this.columnCount = raw.columns ?? 0;
  }

  /** What the header says, parsed once. */
  async #open(options?: ReadOptions): Promise<OpenTable> {
    if (this.#opened === undefined) {
      const header = await this.headerBytes(options);
      const { table, columns } = nativeSync(
        () => binding.openTable(header, this.headerOffset, this.index),
        this.place,
      );
      this.#opened ??= { table, columns: columnsOf(columns) };
    }
    return this.#opened;
  }

  /** The columns, from the header alone. */
  async columns(options?: ReadOptions): Promise<readonly ColumnMetadata[]> {
    return (await this.#open(options)).columns;
  }

  #choose(wanted: TableReadOptions["columns"], columns: readonly ColumnMetadata[]): number[] {
    if (wanted === undefined) return columns.map((_, i) => i);
    return wanted.map((which) => {
      const index =
        typeof which === "number"
          ? which
          : columns.findIndex((c) => c.name.toLowerCase() === which.toLowerCase());
      if (columns[index] !== undefined) return index;
      const names = columns.map((c) => c.name);
      throw noSuchColumn(which, names, this.place);
    });
  }

  /**
   * Reads columns into native byte order. Scaled columns (TSCALn, TZEROn) come out as float64,
   * unsigned ones (TZEROn 2^15, 2^31, 2^63; -128 for bytes) as unsigned integers.
   *
   * With `where`, only the rows for which it is true; columns that it names and that are not asked
   * for are not kept, other columns are decoded only where a row is found.
   *
   * @returns Columns in memory of their own, or in the memory that `into` gives. Small columns of
   *   one read share an allocation: it is freed when all of them are gone.
   * @throws {FitsArgumentError} FITS_OUT_OF_BOUNDS for columns or rows that are not there;
   *   FITS_LIMIT above `maxBytes`; FITS_BAD_ARGUMENT for memory of another dtype, or too little.
   * @throws {FitsFormatError} when the table is damaged; other columns may still be readable.
   * @see FITS Standard 4.0, section 7
   */
  async read(options: TableReadOptions = {}): Promise<Table> {
    this.checkReadable();
    checkSearch(options, this.place);
    const { columns, table } = await this.#open(options);
    const chosen = this.#choose(options.columns, columns);
    const infos = this.#infosOf(chosen, columns, options);
    const into = options.into?.map((memory, i) =>
      checkedMemory(memory, infos[i], options.strings, this.place),
    );
    const rows = wantedRows(options.rows, this.rows);
    const memory = into && {
      into: into.map((memory) => memory?.values),
      offsetsInto: into.map((memory) => memory?.offsets),
    };
    const job = { ...this.#jobOf(table, chosen, options), ...rows, ...memory };
    const where = this.#conditionOf(options, columns);
    const isWhole = this.#isReadWhole(chosen, columns);
    const found = await withCancelFlag(options.signal, (cancel) =>
      this.#run({ ...job, cancel }, where, isWhole, options),
    );
    const numbers = found.rows === undefined ? undefined : new Float64Array(found.rows);
    const count = numbers?.length ?? rows.rows;
    const out = found.columns.flatMap((data, i) => {
      const info = infos[i];
      return info === undefined ? [] : [columnOf(info, count, data, into?.[i])];
    });
    const firstRow = numbers?.[0] ?? rows.rowList?.[0] ?? rows.firstRow;
    return new Table(count, out, firstRow, numbers);
  }

  /**
   * Reads the table batch by batch, in memory that does not grow with it: columns of consecutive rows,
   * the next batch while the caller works on the last. Ending the loop early (`break`, an error, an
   * abort) stops what is under way. Of columns of variable length, a remote table's heap may lie
   * anywhere: its data are fetched whole, once, and held until the scan ends.
   *
   * ```ts
   * for await (const batch of hdu.scan({ columns: ["RA", "DEC"] })) {
   *   console.log(batch.firstRow, batch.rows, batch.numbers("RA"));
   * }
   * ```
   * @returns Tables as {@link read} gives them, those without rows left out; `firstRow` says where.
   * @throws As {@link read}, and with the reason of `signal`.
   */
  async *scan(options: TableScanOptions = {}): AsyncGenerator<Table, void, undefined> {
    this.checkReadable();
    const { batchRows: _, onProgress: __, ...rest } = options;
    const table = await this.#nearby(options);
    const { place, rows, raw } = this;
    const unit = await this.decodedTogether(options);
    const read = (range: RowRange, signal: AbortSignal): Promise<Table> =>
      table.read({ ...rest, rows: range, signal });
    yield* scanRows({ place, rows, rowLength: raw.rowLength ?? 0, unit, read }, options);
  }

  /** Rows that are decoded together. */
  protected async decodedTogether(_options: ReadOptions): Promise<number> {
    return 1;
  }

  /** This table, or where each read would fetch all of its data, the same in memory. */
  async #nearby(options: TableScanOptions): Promise<Pick<TableHduBase, "read">> {
    const { columns } = await this.#open(options);
    const isWhole = this.#isReadWhole(this.#choose(options.columns, columns), columns);
    if (this.source.path !== undefined || !isWhole) return this;
    const { maxBytes = defaultMaxBytes } = options;
    if (this.dataLength > maxBytes) {
      throw fitsError({
        code: "FITS_LIMIT",
        what: "the data of the table, which are needed whole, are above the limit",
        expected: `at most ${maxBytes} bytes`,
        found: String(this.dataLength),
        ...this.place,
      });
    }
    const bytes = await this.wholeBytes(options);
    return this.on(new MemorySource(bytes, this.source.name, this.headerOffset));
  }

  #jobOf(table: RawOpenTable, columns: readonly number[], options: TableReadOptions) {
    return {
      table,
      columns,
      maxBytes: options.maxBytes ?? defaultMaxBytes,
      threads: options.threads ?? 1,
      raw: options.scale === false,
      asBytes: options.strings === "bytes",
    };
  }

  #conditionOf(
    { where }: TableReadOptions,
    columns: readonly ColumnMetadata[],
  ): RawProgram | undefined {
    if (where === undefined) return undefined;
    try {
      return compileWhere(where, columns);
    } catch (error) {
      throw isFitsError(error) ? fitsError({ ...error.toJSON(), ...this.place }) : error;
    }
  }

  async #run(
    job: RawTableJob,
    where: RawProgram | undefined,
    isWhole: boolean,
    options: TableReadOptions,
  ): Promise<Partial<Pick<RawFound, "rows">> & Pick<RawFound, "columns">> {
    const core = tableCore(this.place, options.signal);
    if (where === undefined) {
      const fetched = await fetchRows(this.#stored, job, isWhole, options);
      return { columns: await core.readColumns({ ...job, ...fetched }) };
    }
    const { rowList: _, into: __, offsetsInto: ___, ...range } = job;
    const search = { ...range, where, limit: options.limit };
    return searchRows(core, this.#stored, search, isWhole, options);
  }

  get #stored(): StoredRows {
    const { source, dataOffset, dataLength, rows } = this;
    return { source, dataOffset, dataLength, rowLength: this.raw.rowLength ?? 0, rows };
  }

  /** Heaps and tiles may lie anywhere in the data. */
  #isReadWhole(chosen: readonly number[], columns: readonly ColumnMetadata[]): boolean {
    return this.raw.isCompressedTable === true || chosen.some((c) => columns[c]?.isVariable);
  }

  /** What the chosen columns are when they are read with these options. */
  #infosOf(
    chosen: readonly number[],
    columns: readonly ColumnMetadata[],
    options: TableReadOptions,
  ): ColumnMetadata[] {
    return chosen.flatMap((index) => {
      const info = columns[index];
      if (info === undefined) return [];
      return [options.scale === false ? storedInfo(info, this.forms) : info];
    });
  }
}

/** A binary table; `isCompressed` ones (section 10.3 of the standard) read like any other. */
export class BinTableHdu extends TableHduBase {
  readonly kind = "bintable" as const;
  /** Whether it is stored as a tile-compressed table (ZTABLE). */
  readonly isCompressed: boolean;
  protected override readonly forms: Readonly<Record<string, Dtype>> = binaryForms;

  constructor(raw: RawHdu, source: ByteSource) {
    super(raw, source);
    this.isCompressed = raw.isCompressedTable ?? false;
  }

  /** Those of a tile (ZTILELEN, 10.3.2 of the standard). */
  protected override async decodedTogether(options: ReadOptions): Promise<number> {
    if (!this.isCompressed) return 1;
    const length = (await this.header(options)).get("ZTILELEN");
    return typeof length === "number" && length >= 1 && length <= this.rows ? length : 1;
  }

  protected override on(source: ByteSource): BinTableHdu {
    return new BinTableHdu(this.raw, source);
  }
}

/** An ASCII table: numbers come out as int64 and float64. */
export class AsciiTableHdu extends TableHduBase {
  readonly kind = "asciitable" as const;
  protected override readonly forms: Readonly<Record<string, Dtype>> = asciiForms;

  protected override on(source: ByteSource): AsciiTableHdu {
    return new AsciiTableHdu(this.raw, source);
  }
}

/** A table of either kind. */
export type TableHdu = BinTableHdu | AsciiTableHdu;
