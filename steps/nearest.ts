// "Did you mean": the names that exist and resemble the one that was asked for.
import { editDistance } from '../images/nearest.ts';

/** `a, b, c and 12 more`: up to `count` of `names`, those most like `wanted` first; `none` where there are no names. */
export function listNearest(wanted: string, names: readonly string[], count = 5): string {
  if (names.length === 0) return 'none';
  const ranked = names.map(name => ({ name, distance: editDistance(wanted.toLowerCase(), name.toLowerCase()) }));
  ranked.sort((a, b) => a.distance - b.distance || (a.name < b.name ? -1 : 1));
  const shown = ranked.slice(0, count).map(({ name }) => name);
  return `${shown.join(', ')}${names.length > count ? ` and ${names.length - count} more` : ''}`;
}
