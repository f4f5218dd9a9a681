import type { FitsFile, Hdu } from "@fitstream/native";
import { open } from "../open.js";

async function chosen(file: FitsFile, which: string | undefined): Promise<readonly Hdu[]> {
  if (which === undefined) return file.hdus();
  return [await file.hdu(/^\d+$/.test(which) ? Number(which) : which)];
}

/** Prints headers: the records as they stand, or an object of keywords and values. */
export async function header(
  url: string,
  { json, hdu: which }: { readonly json: boolean; readonly hdu: string | undefined },
): Promise<void> {
  await using file = await open(url);
  const hdus = await chosen(file, which);
  if (json) {
    const headers = await Promise.all(
      hdus.map(async (hdu) => ({ index: hdu.index, header: await hdu.header() })),
    );
    console.log(JSON.stringify({ file: url, hdus: headers }));
  } else {
    for (const hdu of hdus) {
      console.log(`# ${url}, HDU ${hdu.index}\n${String(await hdu.header())}`);
    }
  }
  if (which === undefined && file.damage !== undefined) throw file.damage;
}
