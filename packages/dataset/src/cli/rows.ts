/** Rows of tables as lines, for other programs. */
import type { Cell, FitsTable } from "@fitstream/table";

/** JSON without 64-bit integers as numbers, which most readers take for doubles: as strings. */
function json(value: unknown): string {
  return JSON.stringify(value, (_, part: unknown) =>
    typeof part === "bigint" ? String(part) : part,
  );
}

/** An object a row. */
export function jsonLines(table: FitsTable): string[] {
  return table.toRows().map(json);
}

/** A field of CSV (RFC 4180): empty for null, arrays as JSON. */
function csvField(cell: Cell): string {
  if (cell === null) return "";
  const text = typeof cell === "object" ? json(cell) : String(cell);
  return /[",\r\n]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text;
}

/** One line of CSV. */
export function csvLine(cells: readonly Cell[]): string {
  return cells.map(csvField).join(",");
}

/** A line a row, in the order of the columns. */
export function csvLines(table: FitsTable): string[] {
  return table.toRows().map((row) => csvLine(Object.values(row)));
}

/** Waits until what reads the output has taken it: rows may be more than memory. */
export async function print(lines: readonly string[]): Promise<void> {
  if (lines.length === 0 || process.stdout.write(`${lines.join("\n")}\n`)) return;
  await new Promise((resolve) => process.stdout.once("drain", resolve));
}
