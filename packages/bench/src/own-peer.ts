/**
 * Our own reader as a peer (peers/peer.h): the same calls as the others, one a line of standard input.
 *
 *   image pooled|fresh|kept|threads TYPE EXT PATH
 *   files each|batched|indexed COUNT
 *   headers KEYWORD COUNT
 *   table pooled|fresh|kept|threads EXT PATH
 *   ragged pooled|fresh COLUMN EXT PATH
 *   cutouts kept|batched SIDE EXT COUNT PATH
 *   catalogue where|mask|sort|group|arrow|sql EXT PATH
 *   calls COUNT PATH                    as many batches of 64 cutouts of one pixel
 */
import { createInterface } from "node:readline";
import { simdLevel } from "@fitstream/native";
import { type Answer, cutouts, emptyCalls } from "./own-batches.js";
import { catalogue } from "./own-catalogue.js";
import { files, headers } from "./own-files.js";
import { image } from "./own-images.js";
import { ragged, table } from "./own-tables.js";

type Lines = (count: string | undefined) => Promise<readonly string[]>;
type Command = (words: readonly string[], lines: Lines) => Promise<Answer>;

const commands: Readonly<Record<string, { readonly words: number; readonly run: Command }>> = {
  image: { words: 4, run: ([how, type, ext, path]) => image(how, type, ext, path) },
  files: { words: 2, run: async ([how, count], lines) => files(how, await lines(count)) },
  headers: { words: 2, run: async ([name, count], lines) => headers(name, await lines(count)) },
  table: { words: 3, run: ([how, ext, path]) => table(how, ext, path) },
  ragged: { words: 4, run: ([how, column, ext, path]) => ragged(how, column, ext, path) },
  cutouts: {
    words: 5,
    run: async ([how, side, ext, count, path], lines) =>
      cutouts(how, Number(side), Number(ext), await lines(count), path),
  },
  catalogue: { words: 3, run: ([how, ext, path]) => catalogue(how, ext, path) },
  calls: { words: 2, run: ([count, path]) => emptyCalls(Number(count), path) },
};

/** The words of a command; the last one, a path, may hold spaces. */
function wordsOf(text: string, count: number): readonly string[] {
  const words = text.split(" ");
  return [...words.slice(0, count - 1), words.slice(count - 1).join(" ")];
}

console.log(JSON.stringify({ versions: { simd: simdLevel(), node: process.version } }));
const input = createInterface({ input: process.stdin })[Symbol.asyncIterator]();
const lines: Lines = async (count) => {
  const all: string[] = [];
  while (all.length < Number(count)) all.push((await input.next()).value ?? "");
  return all;
};
for (let line = await input.next(); !line.done; line = await input.next()) {
  const space = line.value.indexOf(" ");
  const command = commands[line.value.slice(0, space)];
  try {
    if (command === undefined) throw new Error("no such command");
    const answer = await command.run(wordsOf(line.value.slice(space + 1), command.words), lines);
    console.log(`${answer.ms.toFixed(6)} ${answer.bytes} ${answer.crc}`);
  } catch (error) {
    console.log(`unsupported ${String(error).replaceAll(/\s+/g, " ").slice(0, 200)}`);
  }
}
