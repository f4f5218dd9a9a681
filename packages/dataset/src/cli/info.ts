import type { FitsFile, Hdu } from "@fitstream/native";
import { open } from "../open.js";

/** What is printed of an HDU, as JSON. */
interface HduInfo {
  readonly index: number;
  readonly kind: Hdu["kind"];
  readonly name?: string;
  readonly version: number;
  readonly cards: number;
  readonly headerOffset: number;
  readonly dataOffset: number;
  readonly dataLength: number;
  readonly truncated?: true;
  readonly shape?: readonly number[];
  readonly dtype?: string;
  readonly codec?: string;
  readonly rows?: number;
  readonly columns?: readonly {
    readonly name: string;
    readonly form: string;
    readonly unit: string;
  }[];
}

async function describe(hdu: Hdu): Promise<HduInfo> {
  const { index, kind, version, headerOffset, dataOffset, dataLength } = hdu;
  const common = {
    index,
    kind,
    ...(hdu.name === undefined ? {} : { name: hdu.name }),
    version,
    cards: hdu.cardCount,
    headerOffset,
    dataOffset,
    dataLength,
    ...(hdu.isTruncated ? { truncated: true as const } : {}),
  };
  switch (hdu.kind) {
    case "image":
      return { ...common, shape: hdu.shape, dtype: hdu.dtype };
    case "compressed-image":
      return { ...common, shape: hdu.shape, dtype: hdu.dtype, codec: hdu.codec };
    case "bintable":
    case "asciitable": {
      const columns = (await hdu.columns()).map(({ name, form, unit }) => ({ name, form, unit }));
      return { ...common, rows: hdu.rows, columns };
    }
    case "groups":
    case "unknown":
      return common;
  }
}

function contents(hdu: HduInfo): string {
  const shape = hdu.shape === undefined ? "" : `[${hdu.shape.join(", ")}]`;
  if (hdu.shape !== undefined) {
    return hdu.shape.length === 0
      ? "no data"
      : [hdu.dtype, shape, hdu.codec].filter(Boolean).join(" ");
  }
  if (hdu.columns !== undefined) return `${hdu.rows} rows, ${hdu.columns.length} columns`;
  return `${hdu.dataLength} bytes`;
}

function line(hdu: HduInfo): string {
  const name = hdu.name === undefined ? "-" : `${hdu.name},${hdu.version}`;
  const mark = hdu.truncated ? "  TRUNCATED" : "";
  return `${String(hdu.index).padStart(4)}  ${hdu.kind.padEnd(16)}  ${name.padEnd(16)}  ${contents(hdu)}${mark}`;
}

async function describeAll(file: FitsFile): Promise<readonly HduInfo[]> {
  const hdus: HduInfo[] = [];
  for await (const hdu of file) hdus.push(await describe(hdu));
  return hdus;
}

/** Prints the HDUs of a file; where it is damaged, what comes before the damage, and the damage. */
export async function info(url: string, { json }: { readonly json: boolean }): Promise<void> {
  await using file = await open(url);
  const hdus = await describeAll(file);
  const { damage, packing } = file;
  if (json) {
    const extra = {
      ...(packing === undefined ? {} : { packing }),
      ...(damage === undefined ? {} : { damage }),
    };
    console.log(JSON.stringify({ file: url, ...extra, hdus }));
  } else {
    console.log(packing === undefined ? url : `${url} (${packing})`);
    for (const hdu of hdus) console.log(line(hdu));
  }
  if (damage !== undefined) throw damage;
}
