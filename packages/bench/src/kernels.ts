/**
 * How many instructions does a pixel take? Counted by valgrind, so that what else the machine does cannot
 * touch the figure; valgrind 3.19 knows no AVX-512.
 */
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { type Bench, type Context, missingRow, type Result, type Value } from "./bench.js";
import { lastLine, runChild } from "./children.js";
import { tiledImage } from "./data-images.js";
import { kernelProgram } from "./kernel-program.js";
import { orMissing } from "./tiles.js";

const levels = ["scalar", "avx2"] as const;

/** Conversions of pixels in memory; of the others the first rows of a file's image, open to close. */
const conversions = ["swap-i16", "swap-f32", "fuse-i16-f32"];
const files = [
  "rice_i16_row",
  "rice_i16_t256",
  "rice_f32q_row",
  "rice_f32q_t256",
  "gzip2_i16_row",
  "hcomp_i16_t256",
  "plio_i16_row",
];

interface Counted {
  readonly perPixel: number;
  /** The functions that take most, by themselves. */
  readonly functions: readonly string[];
}

/** A count in callgrind_annotate's table: `12,345 (6.7%)  file:function(types) [object]`. */
const annotated = /^\s*([\d,]+) \(\s*[\d.]+%\)\s+(.*)$/gm;

/** `ns::Result<T> ns::decode<int>(span<T>) [object]` as `decode`. */
function shortName(place: string): string {
  let name = place.replace(/^[^:]*:/, "").replaceAll("(anonymous namespace)::", "");
  // Templates nest: the innermost go first.
  while (/<[^<>]*>/.test(name)) name = name.replaceAll(/<[^<>]*>/g, "");
  const [declarator = ""] = name.split("(");
  return declarator.trim().split(/ |::/).at(-1) ?? "";
}

function functionsOf(table: string, pixels: number): readonly string[] {
  return [...table.matchAll(annotated)]
    .filter(([, , place = ""]) => !place.startsWith("PROGRAM TOTALS"))
    .slice(0, 4)
    .map(([, count = "", place = ""]) => {
      const perPixel = Number(count.replaceAll(",", "")) / pixels;
      return `${shortName(place)} ${perPixel.toFixed(2)}`;
    });
}

/** Instructions of one pass, by pixel. */
async function count(
  program: string,
  args: readonly string[],
): Promise<Counted | { readonly missing: string }> {
  const folder = mkdtempSync(join(tmpdir(), "fitstream-callgrind-"));
  try {
    const out = join(folder, "out");
    const { status, stdout, stderr } = await runChild("valgrind", [
      "--tool=callgrind",
      "--toggle-collect=fitstream_measured_pass",
      `--callgrind-out-file=${out}`,
      program,
      ...args,
    ]);
    const [, collected] = /Collected : (\d+)/.exec(stderr) ?? [];
    if (status !== 0 || collected === undefined) {
      return { missing: `valgrind: ${lastLine(stderr) || "not there"}` };
    }
    const pixels = Number(stdout);
    const table = await runChild("callgrind_annotate", ["--auto=no", "--threshold=95", out]);
    return { perPixel: Number(collected) / pixels, functions: functionsOf(table.stdout, pixels) };
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

async function benchKernel(context: Context, name: string): Promise<Result> {
  const row = `kernel-${name}`;
  const figures = [...levels, "fewer at avx2"];
  const program = await kernelProgram(context);
  const data = conversions.includes(name)
    ? { path: "" }
    : await orMissing(tiledImage(context.data, name));
  if ("missing" in program || "missing" in data) {
    const missing = [program, data].flatMap((needed) =>
      "missing" in needed ? needed.missing : [],
    );
    return { outcomes: [missingRow(row, figures, missing.join("; "))], measurements: [] };
  }
  const values: Record<string, Value> = {};
  const notes: string[] = [];
  const perPixel: number[] = [];
  for (const level of levels) {
    const args = data.path === "" ? [name, level, "1"] : ["image", level, "1", data.path, "1"];
    const counted = await count(program.path, args);
    if ("missing" in counted) {
      values[level] = counted;
      continue;
    }
    values[level] = { value: counted.perPixel };
    perPixel.push(counted.perPixel);
    notes.push(`${level}: ${counted.functions.join(", ")}`);
  }
  const [scalar, avx2] = perPixel;
  values["fewer at avx2"] =
    scalar === undefined || avx2 === undefined
      ? { missing: "not counted at both levels" }
      : { value: scalar / avx2 };
  return { outcomes: [{ row, values, notes }], measurements: [] };
}

export const kernelBenches: readonly Bench[] = [...conversions, ...files].map((name) => ({
  rows: [`kernel-${name}`],
  run: (context) => benchKernel(context, name),
}));
