import type { Column } from "@fitstream/native";
import { type Cell, cellAt } from "./column/cells.js";
import type { ColumnSet } from "./column/column-set.js";

/** How much of a table is shown. */
export interface DisplayOptions {
  /** Rows, from both ends. Default 10. */
  readonly rows?: number;
  /** Columns, from the first on. Default 12. */
  readonly columns?: number;
  /** Digits of numbers that are no integers, where no TDISP says otherwise. Default 8. */
  readonly digits?: number;
}

/** Characters of a cell. */
const widest = 32;

function decimals(display: string): number | undefined {
  const [, digits] = /^[FED][NS]?\d+\.(\d+)/i.exec(display.trim()) ?? [];
  return digits === undefined ? undefined : Number(digits);
}

/** Without zeros at the end, and with an exponent where there would be many at the start. */
function numberText(value: number, digits: number): string {
  const rounded = Number(value.toPrecision(digits));
  return Math.abs(rounded) < 1e-4 ? rounded.toExponential() : String(rounded);
}

function cellText(cell: Cell, display: string, digits: number): string {
  if (cell === null) return "null";
  if (typeof cell === "number" && !Number.isInteger(cell)) {
    const places = decimals(display);
    if (places === undefined) return numberText(cell, digits);
    return /^[ED]/i.test(display.trim()) ? cell.toExponential(places) : cell.toFixed(places);
  }
  if (typeof cell !== "object") return String(cell);
  return `[${cell.map((part) => cellText(part, display, digits)).join(" ")}]`;
}

/** Letters of a file's strings may be anything: control characters would reach the terminal. */
function plain(text: string): string {
  const clean = text.replace(/\p{Cc}/gu, "\ufffd");
  return clean.length > widest ? `${clean.slice(0, widest - 1)}\u2026` : clean;
}

const typeText = ({ info, layout }: Column): string => {
  const type = info.kind === "number" ? info.dtype : info.kind;
  if (layout === "ragged") return `${type}[]`;
  return info.cellShape.length === 0 ? type : `${type}[${info.cellShape.join(",")}]`;
};

interface Shown {
  readonly columns: readonly Column[];
  readonly leftOut: number;
  readonly digits: number;
  /** Row numbers; undefined for the gap between head and tail. */
  readonly rows: readonly (number | undefined)[];
}

function chooseShown(
  table: ColumnSet,
  { rows: shownRows = 10, columns: shownColumns = 12, digits = 8 }: DisplayOptions,
): Shown {
  const columns = table.columns.slice(0, shownColumns);
  const count = table.rows;
  const half = Math.ceil(shownRows / 2);
  const rows =
    count <= shownRows
      ? Array.from({ length: count }, (_, i) => i)
      : [
          ...Array.from({ length: half }, (_, i) => i),
          undefined,
          ...Array.from({ length: half }, (_, i) => count - half + i),
        ];
  return { columns, leftOut: table.columns.length - columns.length, rows, digits };
}

function gridOf({ columns, rows, digits }: Shown): string[][] {
  return columns.map((column) => {
    const { name, unit, display } = column.info;
    const cells = rows.map((row) =>
      row === undefined ? "\u2026" : plain(cellText(cellAt(column, row), display, digits)),
    );
    return [plain(name), plain(unit), typeText(column), ...cells];
  });
}

const summary = (table: ColumnSet): string =>
  `FitsTable: ${table.rows} rows, ${table.columns.length} columns`;

/** A table as text: names, units and types over the first and last rows. */
export function formatTable(table: ColumnSet, options: DisplayOptions = {}): string {
  const shown = chooseShown(table, options);
  const grid = gridOf(shown);
  const widths = grid.map((cells) => Math.max(...cells.map((cell) => cell.length)));
  const height = grid[0]?.length ?? 0;
  const line = (row: number): string =>
    grid.map((cells, i) => (cells[row] ?? "").padStart(widths[i] ?? 0)).join("  ");
  const rule = widths.map((width) => "-".repeat(width)).join("  ");
  const hasUnits = grid.some((cells) => cells[1] !== "");
  const lines = Array.from({ length: height }, (_, row) => line(row));
  const [names = "", units = "", types = "", ...body] = lines;
  const more = shown.leftOut === 0 ? [] : [`(${shown.leftOut} more columns)`];
  const head = [names, ...(hasUnits ? [units] : []), types, rule];
  return [summary(table), ...(height === 0 ? [] : [...head, ...body]), ...more]
    .map((text) => text.trimEnd())
    .join("\n");
}

const escaped = (text: string): string =>
  text.replace(/[&<>"']/g, (letter) => `&#${letter.charCodeAt(0)};`);

/** A table as HTML, for notebooks. What files hold is escaped. */
export function tableHtml(table: ColumnSet): string {
  const grid = gridOf(chooseShown(table, {}));
  const row = (i: number, tag: "th" | "td"): string =>
    `<tr>${grid.map((cells) => `<${tag}>${escaped(cells[i] ?? "")}</${tag}>`).join("")}</tr>`;
  const height = grid[0]?.length ?? 0;
  const body = Array.from({ length: Math.max(0, height - 3) }, (_, i) => row(i + 3, "td"));
  const head = height === 0 ? "" : [0, 1, 2].map((i) => row(i, "th")).join("");
  return (
    `<table><caption>${summary(table)}</caption>` +
    `<thead>${head}</thead><tbody>${body.join("")}</tbody></table>`
  );
}
