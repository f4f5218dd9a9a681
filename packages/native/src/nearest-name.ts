/**
 * Edits between two names: letters put in, left out, changed, or two neighbours swapped
 * (Damerau-Levenshtein distance in its restricted form, by rows of the usual table).
 */
function editsBetween(a: string, b: string): number {
  let before: readonly number[] = [];
  let above: readonly number[] = Array.from({ length: b.length + 1 }, (_, j) => j);
  for (let i = 1; i <= a.length; ++i) {
    const row = [i];
    for (let j = 1; j <= b.length; ++j) {
      const isSame = a[i - 1] === b[j - 1];
      const changed = (above[j - 1] ?? 0) + (isSame ? 0 : 1);
      let edits = Math.min(changed, (above[j] ?? 0) + 1, (row[j - 1] ?? 0) + 1);
      if (a[i - 1] === b[j - 2] && a[i - 2] === b[j - 1]) {
        edits = Math.min(edits, (before[j - 2] ?? Number.POSITIVE_INFINITY) + 1);
      }
      row.push(edits);
    }
    before = above;
    above = row;
  }
  return above[b.length] ?? 0;
}

/**
 * The name that somebody may have meant: the one with the fewest edits, case aside, when at most a
 * third of the letters, or one of a short name, are edited; undefined when none is near.
 */
export function nearestName(wanted: string, names: readonly string[]): string | undefined {
  const limit = Math.min(Math.max(1, Math.floor(wanted.length / 3)), wanted.length - 1);
  let nearest: string | undefined;
  let fewest = limit + 1;
  for (const name of names) {
    // Fewer edits than that are impossible; this also bounds the work for names of strangers.
    if (Math.abs(name.length - wanted.length) >= fewest) continue;
    const edits = editsBetween(wanted.toLowerCase(), name.toLowerCase());
    if (edits >= fewest) continue;
    nearest = name;
    fewest = edits;
  }
  return nearest;
}
