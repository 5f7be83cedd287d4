// Which of the tags that exist was probably meant.
const SHOWN = 5;

/** The tags nearest to `wanted`, at most 5, as a phrase: `tags cpu, cpu-old` or `tags a, b, c, d, e and 12 more`. */
export function nearestTags(tags: readonly string[], wanted: string): string {
  const ranked = tags
    .map(tag => ({ tag, distance: editDistance(tag, wanted) }))
    .sort((a, b) => a.distance - b.distance || (a.tag < b.tag ? -1 : 1))
    .map(({ tag }) => tag);
  const rest = ranked.length - SHOWN;
  const names = ranked.slice(0, SHOWN).join(', ');
  return `${ranked.length === 1 ? 'tag' : 'tags'} ${names}${rest > 0 ? ` and ${rest} more` : ''}`;
}

/** How many characters must be put in, taken out or replaced to make `b` of `a` (Levenshtein). */
export function editDistance(a: string, b: string): number {
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
