import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { type FitsFile, type Hdu, MemorySource, openFits } from "@fitstream/native";
import { afterAll } from "vitest";

/** A folder for the files of one test file; goes with its contents. */
export class TemporaryFolder {
  readonly path: string = mkdtempSync(join(tmpdir(), "fitstream-native-"));

  constructor() {
    afterAll(() => rmSync(this.path, { recursive: true }));
  }

  file(name: string): string {
    return join(this.path, name);
  }

  write(name: string, bytes: Uint8Array): string {
    const path = this.file(name);
    writeFileSync(path, bytes);
    return path;
  }
}

export function openBytes(bytes: Uint8Array): Promise<FitsFile> {
  return openFits(new MemorySource(bytes));
}

/** A local file, which native code walks, and its bytes in memory, which TypeScript walks. */
export async function* openBothWays(path: string): AsyncGenerator<FitsFile> {
  for (const from of [path, new MemorySource(readFileSync(path), path)]) {
    await using file = await openFits(from);
    yield file;
  }
}

/** The HDU at a position, which must be of the kind that the test is about. */
export async function hduOf<K extends Hdu["kind"]>(
  file: FitsFile,
  index: number,
  kind: K,
): Promise<Extract<Hdu, { kind: K }>> {
  const hdu = await file.hdu(index);
  if (hdu.kind !== kind) throw new Error(`HDU ${index} is of kind ${hdu.kind}, not ${kind}`);
  return hdu as Extract<Hdu, { kind: K }>;
}
