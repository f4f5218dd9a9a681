import { fileURLToPath } from "node:url";
import { type FitsError, type HeaderValue, isFitsError, readKeywords } from "@fitstream/native";
import { open } from "../open.js";

type Values = readonly (HeaderValue | undefined)[];

/** The file and its values, none where it could not be read, and what is wrong with it. */
interface Row {
  readonly file: string;
  readonly values: Values;
  readonly problems: readonly Error[];
}

function textOf(value: HeaderValue | undefined): string {
  if (value === undefined || value === null) return "";
  if (typeof value === "object") return `(${value.re}, ${value.im})`;
  if (typeof value === "boolean") return value ? "T" : "F";
  // Tabs and line breaks separate.
  return String(value).replaceAll(/[\t\n\r]/g, " ");
}

function hduOf(which: string | undefined): number | string {
  return which === undefined ? 0 : /^\d+$/.test(which) ? Number(which) : which;
}

/** By opening the file: for what is remote or compressed as a whole. */
async function readOpened(file: string, keywords: readonly string[], hdu: number | string) {
  const problems: Error[] = [];
  const values: (HeaderValue | undefined)[] = [];
  try {
    await using opened = await open(file);
    const header = await (await opened.hdu(hdu)).header();
    for (const keyword of keywords) {
      try {
        values.push(header.get(keyword));
      } catch (error) {
        problems.push(error as Error);
        values.push(undefined);
      }
    }
  } catch (error) {
    problems.push(error as Error);
  }
  return { file, values, problems };
}

async function readRows(
  files: readonly string[],
  keywords: readonly string[],
  hdu: number | string,
): Promise<readonly Row[]> {
  const paths = files.map((file) => (file.startsWith("file:") ? fileURLToPath(file) : file));
  const isLocal = files.map((file) => !/^https?:\/\//i.test(file));
  const table = await readKeywords(
    paths.filter((_, i) => isLocal[i]),
    keywords,
    { hdu },
  );
  const columns = keywords.map((keyword) => table.column(keyword));
  const failed = new Map<number, FitsError[]>();
  for (const { file, error } of table.failed) {
    failed.set(file, [...(failed.get(file) ?? []), error]);
  }
  let next = 0;
  return Promise.all(
    files.map(async (file, i) => {
      if (!isLocal[i]) return readOpened(file, keywords, hdu);
      const row = next++;
      const problems = failed.get(row) ?? [];
      if (isFitsError(problems[0], "FITS_UNSUPPORTED")) return readOpened(file, keywords, hdu);
      // What is wrong with one keyword leaves the others.
      const isLost = problems.some(({ keyword }) => keyword === undefined);
      return { file, values: isLost ? [] : columns.map((column) => column[row]), problems };
    }),
  );
}

/**
 * Prints keywords of files: one line a file, separated by tabs, below a line of names.
 *
 * @returns Whether every file could be read.
 */
export async function keys(
  files: readonly string[],
  keywords: readonly string[],
  { json, hdu }: { readonly json: boolean; readonly hdu: string | undefined },
): Promise<boolean> {
  if (!json) console.log(["FILE", ...keywords].join("\t"));
  const rows = await readRows(files, keywords, hduOf(hdu));
  for (const { file, values, problems } of rows) {
    for (const { message } of problems) console.error(`fitstream: ${message}`);
    if (values.length < keywords.length) continue;
    if (json) {
      const pairs = keywords.map((keyword, i) => {
        const value = values[i];
        return [keyword, typeof value === "bigint" ? textOf(value) : value];
      });
      console.log(JSON.stringify({ file, values: Object.fromEntries(pairs) }));
    } else {
      console.log([file, ...values.map(textOf)].join("\t"));
    }
  }
  return rows.every(({ problems }) => problems.length === 0);
}
