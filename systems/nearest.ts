// The nearest valid name for a misspelt one: the part of an error that saves a look into the documentation.

/** That of `names` which differs least from `text`, or undefined where none is near enough to be meant. */
export function nearest(text: string, names: readonly string[]): string | undefined {
  const limit = Math.max(2, Math.floor(text.length / 3));
  let best: string | undefined;
  let least = limit + 1;
  for (const name of names) {
    const cost = name.startsWith(text) && text.length > 1 ? 1 : distance(text.toLowerCase(), name.toLowerCase());
    if (cost < least) [best, least] = [name, cost];
  }
  return best;
}

/** `; did you mean "x"?` for the nearest name, or nothing. */
export function didYouMean(text: string, names: readonly string[]): string {
  const name = nearest(text, names);
  return name === undefined ? '' : `; did you mean "${name}"?`;
}

// Levenshtein's distance, one row at a time.
function distance(a: string, b: string): number {
  let row = Array.from({ length: b.length + 1 }, (_, j) => j);
  for (let i = 1; i <= a.length; i++) {
    const next = [i];
    for (let j = 1; j <= b.length; j++) {
      next[j] = Math.min(row[j]! + 1, next[j - 1]! + 1, row[j - 1]! + (a[i - 1] === b[j - 1] ? 0 : 1));
    }
    row = next;
  }
  return row[b.length]!;
}
