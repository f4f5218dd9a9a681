import type { ColumnMetadata } from "@fitstream/native";

/** Names as databases and frames want them: not empty, and no two that differ in case only. */
export function uniqueNames(schema: readonly ColumnMetadata[]): string[] {
  const taken = new Set<string>();
  return schema.map(({ name }, i) => {
    const wanted = name === "" ? `column${i + 1}` : name;
    let free = wanted;
    for (let n = 1; taken.has(free.toLowerCase()); ++n) free = `${wanted}_${n}`;
    taken.add(free.toLowerCase());
    return free;
  });
}
