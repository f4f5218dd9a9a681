import type { Card } from "../card.js";

/** What is needed of a header. */
export interface Header {
  readonly cards: readonly Card[];
  all(keyword: string): readonly Card[];
}

/** The value of the first of these keywords that holds a number. */
export function numberOf(header: Header, names: readonly string[]): number | undefined {
  for (const name of names) {
    const value = header.all(name)[0]?.value;
    if (typeof value === "number" || typeof value === "bigint") return Number(value);
  }
  return undefined;
}

/** The value of the first of these keywords that holds text, trimmed. */
export function textOf(header: Header, names: readonly string[]): string | undefined {
  for (const name of names) {
    const value = header.all(name)[0]?.value;
    if (typeof value === "string" && value.trim() !== "") return value.trim();
  }
  return undefined;
}

/** Without the properties that are undefined: JSON and structuredClone agree then. */
export function present<T extends object>(fields: { [K in keyof T]: T[K] | undefined }): T {
  return Object.fromEntries(Object.entries(fields).filter(([, v]) => v !== undefined)) as T;
}

/** The numbers in a keyword's name, and its value. */
interface Indexed {
  readonly indices: readonly [number, number];
  readonly value: unknown;
}

/** Keywords that match, by name: of duplicates the first. */
export function matching(header: Header, pattern: RegExp): readonly Indexed[] {
  const seen = new Map<string, Indexed>();
  for (const { keyword, kind, value } of header.cards) {
    const match = kind === "value" ? pattern.exec(keyword.toUpperCase()) : null;
    if (match === null || seen.has(match[0])) continue;
    const [first = Number.NaN, second = Number.NaN] = match.slice(1).map(Number);
    seen.set(match[0], { indices: [first, second], value });
  }
  return [...seen.values()];
}

export const isNumber = (value: unknown): value is number | bigint =>
  typeof value === "number" || typeof value === "bigint";
