import type { OpenOptions } from "@fitstream/native";
import type { RemoteClient } from "@fitstream/remote";
import PQueue from "p-queue";
import { commonColumns } from "../survey/common-columns.js";
import { expandUrls } from "../survey/paths.js";
import { chooseTable } from "../survey/survey-hdu.js";
import { indexSurvey } from "../survey/survey-index.js";
import { SurveyTables } from "../survey/survey-tables.js";
import { Catalogue } from "./catalogue.js";

/** Options of {@link openCatalogue}. */
export interface CatalogueOptions extends Pick<OpenOptions, "immutable"> {
  /** Which HDU of each file: a position, or an EXTNAME. Default: the first table. */
  readonly hdu?: number | string | undefined;
  /**
   * Columns of the catalogue, by name: the files need to agree on these only. Default: all, which
   * every file must have then.
   */
  readonly columns?: readonly string[] | undefined;
  /** Client for remote files. Default: a shared one. The caller closes it. */
  readonly client?: RemoteClient | undefined;
  /** Ends the opening. */
  readonly signal?: AbortSignal | undefined;
}

/** Headers that are read at a time: enough to hide the way to a server. */
const concurrency = 16;

/**
 * Opens the tables of many files as one: rows in the order of the files, columns matched by name
 * (case does not matter). Only headers are read.
 *
 * ```ts
 * await using catalogue = await openCatalogue("catalogues/");
 * for await (const rows of catalogue.scan({ columns: ["RA", "DEC"] })) console.log(rows.rows);
 * ```
 * @param urls Paths, http(s) URLs, or folders, which stand for their FITS files, sorted by name.
 * @throws {DatasetError} DATASET_MISMATCH when a file has no such table, lacks a column, or has it
 *   with another dtype, kind, shape of its cells or unit.
 * @throws {FitsError | RemoteError} of the first file that cannot be read.
 */
export async function openCatalogue(
  urls: string | readonly string[],
  options: CatalogueOptions = {},
): Promise<Catalogue> {
  const { hdu: choice, columns: names, client, immutable, signal } = options;
  const files = await indexSurvey(await expandUrls(urls), { client, signal, file: false });
  const hdus = files.map((file) => chooseTable(file, choice));
  const tables = new SurveyTables(hdus, { client, immutable });
  try {
    const queue = new PQueue({ concurrency });
    const parts = await queue.addAll(
      hdus.map(({ file }, i) => async () => {
        signal?.throwIfAborted();
        const table = await tables.get(i);
        const columns = await table.columns({ signal });
        return { url: file.url, hdu: table.index, rows: table.rows, columns };
      }),
    );
    return new Catalogue(tables, parts, commonColumns(parts, names));
  } catch (error) {
    await tables.close();
    throw error;
  }
}
