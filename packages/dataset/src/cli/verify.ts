import type { ChecksumReport } from "@fitstream/native";
import { open } from "../open.js";

/** Whether nothing contradicts the keywords; where there are none, there is nothing to contradict. */
function isGood({ datasum, checksum }: ChecksumReport): boolean {
  return datasum !== "bad" && checksum !== "bad";
}

/**
 * Prints what the checksum keywords of every HDU say about its bytes.
 *
 * @returns Whether no checksum is wrong.
 */
export async function verify(url: string, { json }: { readonly json: boolean }): Promise<boolean> {
  await using file = await open(url);
  const reports: (ChecksumReport & { readonly index: number })[] = [];
  for (const hdu of await file.hdus()) {
    reports.push({ index: hdu.index, ...(await hdu.verifyChecksum()) });
  }
  if (json) console.log(JSON.stringify({ file: url, hdus: reports }));
  else {
    console.log(url);
    for (const { index, datasum, checksum } of reports) {
      const name = String(index).padStart(4);
      console.log(`${name}  DATASUM ${datasum.padEnd(6)}  CHECKSUM ${checksum}`);
    }
  }
  if (file.damage !== undefined) throw file.damage;
  return reports.every(isGood);
}
