import { readdir } from "node:fs/promises";
import { basename, dirname, join } from "node:path";
import type * as Duck from "@duckdb/node-api";
import { type FitsFile, openFits, type TableHdu } from "@fitstream/native";
import { tableError } from "../errors.js";

/** A table of a file, or of several, that a query names. */
export interface FileReference {
  /** With `*` and `?` in its last part: the files of a folder that it fits. */
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

/** The files that a path means, sorted by name. */
async function pathsOf(path: string): Promise<readonly string[]> {
  const [folder, pattern] = [dirname(path), basename(path)];
  if (!/[*?]/.test(pattern)) return [path];
  const names = await readdir(folder).catch((cause: unknown) => {
    throw tableError(
      { code: "TABLE_BAD_ARGUMENT", what: "there is no such folder", found: folder },
      { cause },
    );
  });
  // A file may have a star in its name.
  if (names.includes(pattern)) return [path];
  const escaped = pattern.replace(/[.+^${}()|[\]\\]/g, "\\$&");
  const expression = new RegExp(`^${escaped.replace(/\*+/g, ".*").replaceAll("?", ".")}$`, "s");
  const found = names.filter((name) => expression.test(name)).sort();
  if (found.length > 0) return found.map((name) => join(folder, name));
  throw tableError({
    code: "TABLE_BAD_ARGUMENT",
    what: "no file has such a name",
    expected: path,
    found: `${names.length} other files in ${folder}`,
  });
}

/** The table of a file that a reference means. */
async function tableIn(file: FitsFile, path: string, hdu: number): Promise<TableHdu> {
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

  /** The tables that a reference means, one at least. */
  async tables({ path: pattern, hdu }: FileReference): Promise<readonly TableHdu[]> {
    const tables: TableHdu[] = [];
    for (const path of await pathsOf(pattern)) {
      const file = this.#files.get(path) ?? openFits(path);
      this.#files.set(path, file);
      tables.push(await tableIn(await file, path, hdu));
    }
    return tables;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    const opened = await Promise.allSettled(this.#files.values());
    await Promise.all(
      opened.map((file) => (file.status === "fulfilled" ? file.value.close() : undefined)),
    );
  }
}
