// The nearest valid name for a misspelt one: the part of an error that saves a look into the documentation.
import { editDistance } from '../images/nearest.ts';

/** That of `names` which differs least from `text`, or undefined where none is near enough to be meant. */
export function nearest(text: string, names: readonly string[]): string | undefined {
  const limit = Math.max(2, Math.floor(text.length / 3));
  let best: string | undefined;
  let least = limit + 1;
  for (const name of names) {
    const cost = name.startsWith(text) && text.length > 1 ? 1 : editDistance(text.toLowerCase(), name.toLowerCase());
    if (cost < least) [best, least] = [name, cost];
  }
  return best;
}

/** `; did you mean "x"?` for the nearest name, or nothing. */
export function didYouMean(text: string, names: readonly string[]): string {
  const name = nearest(text, names);
  return name === undefined ? '' : `; did you mean "${name}"?`;
}
