import type * as Duck from "@duckdb/node-api";
import { type FitsFile, openFits, type TableHdu } from "@fitstream/native";
import { tableError } from "../errors.js";

/** A table of a file that a query names. */
export interface FileReference {
  readonly path: string;
  /** Position of the HDU; -1 for the first table. */
  readonly hdu: number;
  /** Whether it stands as a table, `from 'cat.fits'`, and not as `fits('cat.fits', 1)`. */
  readonly isTable: boolean;
}

type Json = null | boolean | number | string | readonly Json[] | { readonly [key: string]: Json };
type JsonObject = Readonly<Record<string, Json>>;

const fileName = /\.(fits?|fts)(\.(gz|fz|bz2|z|zip))?$/i;

function* objectsIn(tree: Json): Generator<JsonObject> {
  if (tree === null || typeof tree !== "object") return;
  if (!Array.isArray(tree)) yield tree as JsonObject;
  for (const part of Object.values(tree)) yield* objectsIn(part as Json);
}

/** The values of a function's arguments that are written out, which may have a sign. */
function constantsOf(call: JsonObject): Json[] {
  return (call["children"] as readonly JsonObject[]).map((argument) => {
    const value = argument["value"] as JsonObject | undefined;
    return value?.["value"] ?? null;
  });
}

/** The FITS files that a query reads, as DuckDB itself parses it; none where it is no SELECT. */
export async function filesIn(
  connection: Duck.DuckDBConnection,
  query: string,
): Promise<FileReference[]> {
  const reader = await connection.runAndReadAll("SELECT json_serialize_sql($1::VARCHAR)", [query]);
  const tree = JSON.parse(String(reader.getRows()[0]?.[0])) as Json;
  const files: FileReference[] = [];
  for (const node of objectsIn(tree)) {
    const { type, table_name: name, schema_name: schema } = node;
    if (type === "BASE_TABLE" && schema === "" && fileName.test(String(name))) {
      files.push({ path: String(name), hdu: -1, isTable: true });
    }
    const call = node["function"] as JsonObject | undefined;
    if (type !== "TABLE_FUNCTION" || call?.["function_name"] !== "fits") continue;
    const [path, hdu = -1] = constantsOf(call);
    if (typeof path === "string" && typeof hdu === "number") {
      files.push({ path, hdu, isTable: false });
    }
  }
  return files;
}

/** The table that a reference means. */
export async function tableIn(file: FitsFile, { path, hdu }: FileReference): Promise<TableHdu> {
  const found = hdu < 0 ? undefined : await file.hdu(hdu);
  for await (const each of found === undefined ? file : [found]) {
    if (each.kind === "bintable" || each.kind === "asciitable") return each;
  }
  throw tableError({
    code: "TABLE_TYPE",
    what: hdu < 0 ? `${path} has no table` : `HDU ${hdu} of ${path} is no table`,
    ...(found === undefined ? {} : { found: found.kind }),
  });
}

/** Files that are open for a query. */
export class OpenFiles implements AsyncDisposable {
  readonly #files = new Map<string, Promise<FitsFile>>();

  async table(reference: FileReference): Promise<TableHdu> {
    const { path } = reference;
    const file = this.#files.get(path) ?? openFits(path);
    this.#files.set(path, file);
    return tableIn(await file, reference);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    const opened = await Promise.allSettled(this.#files.values());
    await Promise.all(
      opened.map((file) => (file.status === "fulfilled" ? file.value.close() : undefined)),
    );
  }
}
