// @ts-check
// A process of its own, which a signal may end: reads the image at argv[2] from its mapping until a
// file lies at argv[3], and says on its output how that went.
import { existsSync } from "node:fs";
import { readImageInto } from "@fitstream/native";

const [path = "", end = ""] = process.argv.slice(2);
const pixels = new Int16Array(2 ** 20);
const counts = { good: 0, wrong: 0, failed: 0 };
const codes = new Set();

async function read() {
  try {
    await readImageInto(path, pixels, { immutable: true });
    ++counts[pixels.every((pixel) => pixel === 7) ? "good" : "wrong"];
  } catch (error) {
    ++counts.failed;
    codes.add(/** @type {{ code?: unknown }} */ (error).code);
  }
}

while (!existsSync(end)) await read();
process.stdout.write(JSON.stringify({ ...counts, codes: [...codes] }));
