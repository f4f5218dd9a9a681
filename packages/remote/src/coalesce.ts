import type { ByteRange } from "./byte-source.js";

/** A run of pages, by index. */
export interface PageSpan {
  readonly first: number;
  readonly count: number;
}

/** How far apart pages may be to share a request, and how many one request may bring. */
export interface CoalesceLimits {
  readonly maxGapPages: number;
  readonly maxSpanPages: number;
}

/** The pages that `ranges` touch, each once, in rising order. */
export function pagesOf(ranges: readonly ByteRange[], pageBytes: number): number[] {
  const pages: number[] = [];
  const rising = ranges.filter((r) => r.length > 0).sort((a, b) => a.offset - b.offset);
  for (const { offset, length } of rising) {
    const last = Math.floor((offset + length - 1) / pageBytes);
    const next = Math.floor(offset / pageBytes);
    for (let page = Math.max(next, (pages.at(-1) ?? -1) + 1); page <= last; ++page)
      pages.push(page);
  }
  return pages;
}

/** Cuts a span into the fewest pieces of at most `limit` pages, as equal as can be. */
function split({ first, count }: PageSpan, limit: number): PageSpan[] {
  const parts = Math.ceil(count / limit);
  const cut = (part: number): number => first + Math.round((count * part) / parts);
  return Array.from({ length: parts }, (_, part) => ({
    first: cut(part),
    count: cut(part + 1) - cut(part),
  }));
}

/**
 * The requests that bring `pages` (rising): pages with a small gap between them share one, gap and
 * all, because a round trip costs more than the bytes; long spans become parallel requests, because
 * one connection seldom fills the line.
 */
export function coalesce(pages: readonly number[], limits: CoalesceLimits): PageSpan[] {
  const merged: { first: number; count: number }[] = [];
  for (const page of pages) {
    const span = merged.at(-1);
    if (span !== undefined && page - (span.first + span.count) <= limits.maxGapPages) {
      span.count = page - span.first + 1;
    } else merged.push({ first: page, count: 1 });
  }
  return merged.flatMap((span) => split(span, limits.maxSpanPages));
}
