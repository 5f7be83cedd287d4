// The names that were probably meant: the part of an error that saves a look elsewhere.

/** `a, b, c and 12 more`: at most five of `names`, those most like `wanted` first; `none` where there are no names. */
export function listNearest(wanted: string, names: readonly string[]): string {
  const shown = 5;
  if (names.length === 0) return 'none';
  const ranked = names.map(name => ({ name, distance: distance(wanted, name) }));
  ranked.sort((a, b) => a.distance - b.distance || (a.name < b.name ? -1 : 1));
  const first = ranked.slice(0, shown).map(({ name }) => name);
  return `${first.join(', ')}${names.length > shown ? ` and ${names.length - shown} more` : ''}`;
}

/** `; did you mean "x"?` for that of `names` which differs least from `text`, or '' where none is near enough. */
export function didYouMean(text: string, names: readonly string[]): string {
  const limit = Math.max(2, Math.floor(text.length / 3));
  let best: string | undefined;
  let least = limit + 1;
  for (const name of names) {
    const cost = name.startsWith(text) && text.length > 1 ? 1 : distance(text, name);
    if (cost < least) [best, least] = [name, cost];
  }
  return best === undefined ? '' : `; did you mean "${best}"?`;
}

/** How many characters must be put in, taken out or replaced to make one of the other (Levenshtein), in any case. */
function distance(one: string, other: string): number {
  const [a, b] = [one.toLowerCase(), other.toLowerCase()];
  let row = Array.from({ length: b.length + 1 }, (_, j) => j);
  for (let i = 1; i <= a.length; i += 1) {
    const next = [i];
    for (let j = 1; j <= b.length; j += 1) {
      const replaced = row[j - 1]! + (a[i - 1] === b[j - 1] ? 0 : 1);
      next.push(Math.min(replaced, row[j]! + 1, next[j - 1]! + 1));
    }
    row = next;
  }
  return row[b.length]!;
}
