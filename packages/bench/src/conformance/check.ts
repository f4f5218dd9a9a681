/** Compares what the public API returns for one file with its golden values. */
import {
  type AsciiTableHdu,
  type BinTableHdu,
  type CompressedImageHdu,
  type Hdu,
  type Header,
  type ImageHdu,
  openFits,
  type TypedArray,
} from "@fitstream/native";
import { FitsTable } from "@fitstream/table";
import {
  columnBytes,
  float32Bytes,
  float64Bytes,
  integerBytes,
  isBig,
  sha256,
} from "./canonical.js";
import type { GoldenColumn, GoldenFile, GoldenHdu, GoldenValue } from "./golden.js";

/** One thing that was compared: an HDU's frame and header, its data, or a column. */
export interface Finding {
  readonly what: string;
  readonly outcome: "passed" | "failed" | "skipped";
  readonly why?: string;
}

const kinds: Readonly<Record<string, string>> = {
  "random-groups": "groups",
  "compressed-table": "bintable",
};

class Findings {
  readonly list: Finding[] = [];

  /** Runs a comparison that returns why it fails, or undefined. */
  async check(what: string, compare: () => Promise<string | undefined>): Promise<void> {
    let why: string | undefined;
    try {
      why = await compare();
    } catch (error) {
      why = error instanceof Error ? `${error.name}: ${error.message}` : String(error);
    }
    this.list.push(
      why === undefined ? { what, outcome: "passed" } : { what, outcome: "failed", why },
    );
  }

  skip(what: string, why: string): void {
    this.list.push({ what, outcome: "skipped", why });
  }
}

function differs(name: string, found: unknown, expected: unknown): string | undefined {
  const [a, b] = [JSON.stringify(found), JSON.stringify(expected)];
  return a === b ? undefined : `${name} is ${a}, expected ${b}`;
}

function isSameValue(found: unknown, golden: GoldenValue): boolean {
  if (typeof golden === "object" && golden !== null) {
    if ("int" in golden) return typeof found === "bigint" && found.toString() === golden.int;
    const { re, im } = found as { re: number; im: number };
    return re === golden.complex[0] && im === golden.complex[1];
  }
  if (typeof found === "number" && typeof golden === "string") return String(found) === golden;
  return Object.is(found, golden) || found === golden;
}

/**
 * Golden header values are astropy's, which adds cards (EXTEND) and mends others (NAXIS of random
 * groups) as it opens a file. The header's text has been compared with the file's own by then, so
 * a value counts as astropy's own doing where the text does not have the keyword, or has ours.
 */
function isAstropysDoing(records: readonly string[], keyword: string, found: unknown): boolean {
  const record = records.find((r) => r.slice(0, 8).trimEnd() === keyword);
  if (record === undefined) return !keyword.includes(".") && !keyword.includes(" ");
  return typeof found === "number" && record.slice(9, 30).trim() === String(found);
}

function compareHeader(header: Header, golden: GoldenHdu): string | undefined {
  const { records } = header;
  const text = records.join("");
  if (sha256(Buffer.from(text, "latin1")) !== golden.header_sha256) return "header text differs";
  const wrong: string[] = [];
  for (const [keyword, value] of Object.entries(golden.header ?? {})) {
    const found = header.get(keyword);
    if (isSameValue(found, value) || isAstropysDoing(records, keyword, found)) continue;
    wrong.push(`${keyword} is ${String(found)}, expected ${JSON.stringify(value)}`);
  }
  return wrong.length === 0 ? undefined : wrong.join("; ");
}

async function compareFrame(hdu: Hdu, golden: GoldenHdu): Promise<string | undefined> {
  return (
    differs("kind", hdu.kind, kinds[golden.kind] ?? golden.kind) ??
    differs("cards", hdu.cardCount, golden.cards) ??
    differs("header offset", hdu.headerOffset, golden.header_offset) ??
    differs("data offset", hdu.dataOffset, golden.data_offset) ??
    differs("data length", hdu.dataLength, golden.data_size) ??
    differs("name", hdu.name, golden.extname === "" ? undefined : golden.extname) ??
    (golden.extver === undefined ? undefined : differs("version", hdu.version, golden.extver)) ??
    compareHeader(await hdu.header(), golden)
  );
}

/**
 * Where BZERO is written as a real number (`32768.0`), the golden reader adds it in floating point
 * and hashes the float64 of the very same integers.
 */
function isSameIntegers(values: TypedArray, golden: string): boolean {
  if (sha256(integerBytes(values)) === golden) return true;
  return !isBig(values) && sha256(float64Bytes(values)) === golden;
}

async function compareImage(
  hdu: ImageHdu | CompressedImageHdu,
  golden: GoldenHdu,
): Promise<string | undefined> {
  const shape = differs("shape", hdu.shape, golden.shape);
  if (shape !== undefined || golden.sha256 === undefined) return shape;
  const image = await hdu.read();
  if (golden.value === "int") {
    if (image.dtype.startsWith("float")) return `dtype is ${image.dtype}, expected an integer`;
    const nulls = image.mask?.reduce((n, m) => n + m, 0) ?? 0;
    if (!isSameIntegers(image.data, golden.sha256)) return "pixels differ";
    return differs("number of BLANK pixels", nulls, golden.nulls ?? 0);
  }
  if (image.dtype === "float32") {
    const bytes = float32Bytes(image.data as Float32Array);
    if (sha256(bytes) !== golden.sha256_f32) return "pixels differ (float32)";
  }
  const wide = await hdu.read({ dtype: "float64" });
  return sha256(float64Bytes(wide.data)) === golden.sha256 ? undefined : "pixels differ (float64)";
}

/** Goldens tell a broken logical (3) from an undefined one (2): only the stored bytes show that. */
async function storedLogicals(hdu: BinTableHdu | AsciiTableHdu, index: number): Promise<string> {
  const stored = (await hdu.read({ columns: [index], scale: false })).column(0);
  if (stored.layout === "string") return "";
  const states = Uint8Array.from(stored.data as Uint8Array, (byte) =>
    byte === 0x54 ? 1 : byte === 0x46 ? 0 : byte === 0 ? 2 : 3,
  );
  const info = { ...stored.info, kind: "bit" as const };
  return sha256(columnBytes({ ...stored, info, data: states }, "int"));
}

async function compareColumn(
  hdu: BinTableHdu | AsciiTableHdu,
  index: number,
  golden: GoldenColumn,
): Promise<string | undefined> {
  const infos = await hdu.columns();
  const info = infos[index];
  const frame =
    differs("name", info?.name, golden.name ?? "") ??
    differs("TFORM", info?.form, golden.tform) ??
    differs("unit", info?.unit, golden.unit ?? "");
  if (frame !== undefined) return frame;
  const table = FitsTable.from(await hdu.read({ columns: [index] }));
  const column = table.column(0);
  const isFloat = golden.value === "float" || golden.element === "float";
  const hash = sha256(columnBytes(column, isFloat ? "float" : "int"));
  const isSame =
    hash === golden.sha256 ||
    (golden.value === "int" &&
      column.layout === "fixed" &&
      isSameIntegers(column.data, golden.sha256 ?? "")) ||
    (info?.kind === "logical" && (await storedLogicals(hdu, index)) === golden.sha256);
  if (!isSame) return "values differ";
  return golden.nulls === undefined ? undefined : differs("nulls", column.nulls, golden.nulls);
}

async function checkData(
  findings: Findings,
  where: string,
  hdu: Hdu,
  golden: GoldenHdu,
): Promise<void> {
  if (golden.error !== undefined) {
    findings.skip(`${where} data`, `no golden value: ${golden.error}`);
    return;
  }
  switch (hdu.kind) {
    case "image":
    case "compressed-image":
      await findings.check(`${where} ${golden.kind}`, () => compareImage(hdu, golden));
      return;
    case "bintable":
    case "asciitable":
      await findings.check(`${where} rows`, async () => differs("rows", hdu.rows, golden.rows));
      for (const [i, column] of (golden.columns ?? []).entries()) {
        const what = `${where} ${golden.kind} column ${i} '${column.name ?? ""}' ${column.tform}`;
        if (column.error !== undefined) findings.skip(what, `no golden value: ${column.error}`);
        else await findings.check(what, () => compareColumn(hdu, i, column));
      }
      return;
    case "groups":
      await findings.check(`${where} groups`, async () =>
        differs("groups", [hdu.groups, hdu.parameterCount], [golden.groups, golden.parameters]),
      );
      return;
    case "unknown":
      return;
  }
}

/** Everything that was compared for one file. */
export async function checkFile(path: string, golden: GoldenFile): Promise<readonly Finding[]> {
  const findings = new Findings();
  const expected = golden.hdus ?? [];
  if (expected.length === 0 && golden.problems !== undefined) {
    // A broken file must give a typed error, whatever it is.
    await findings.check("broken file", async () => {
      const file = await openFits(path).catch((error: unknown) => error);
      if (file instanceof Error && "code" in file) return undefined;
      return "opening it gave no typed error";
    });
    return findings.list;
  }
  try {
    await using file = await openFits(path);
    const hdus = await file.hdus();
    await findings.check("number of HDUs", async () =>
      differs("number", hdus.length, expected.length),
    );
    for (const golden of expected) {
      const hdu = hdus[golden.index];
      if (hdu === undefined) continue;
      const where = `HDU ${golden.index}`;
      await findings.check(`${where} header`, () => compareFrame(hdu, golden));
      await checkData(findings, where, hdu, golden);
    }
  } catch (error) {
    await findings.check("open", () => Promise.reject(error));
  }
  return findings.list;
}
