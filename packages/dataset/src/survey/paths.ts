import { readdir, stat } from "node:fs/promises";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { badArgument } from "../errors.js";
import { isRemote } from "./remote-scan.js";

const fitsName = /\.(fits?|fts|fits?\.fz|fz)$/i;

async function expand(url: string): Promise<readonly string[]> {
  if (isRemote(url)) return [url];
  const path = url.startsWith("file:") ? fileURLToPath(url) : url;
  // A name says that it is a file's: asking the disk about each of 100,000 takes seconds.
  if (fitsName.test(path)) return [path];
  const info = await stat(path).catch(() => undefined);
  if (info?.isDirectory() !== true) return [path];
  const names = (await readdir(path)).filter((name) => fitsName.test(name)).sort();
  if (names.length === 0) throw badArgument("the folder has no FITS files", "*.fits", path);
  return names.map((name) => join(path, name));
}

/**
 * Paths and URLs as they are; a folder stands for its FITS files, sorted by name. A file that is not
 * there stays in the list: it fails when it is read, as a bad sample does.
 */
export async function expandUrls(urls: string | readonly string[]): Promise<readonly string[]> {
  const list = typeof urls === "string" ? [urls] : urls;
  const expanded = (await Promise.all(list.map(expand))).flat();
  if (expanded.length === 0) throw badArgument("a dataset needs files", "at least one path or URL");
  return expanded;
}
