// The services that a command is told to act on.
import { didYouMean } from '../../images/nearest.ts';
import type { ServiceEntry } from '../../systems/types.ts';
import type { Stack } from './stack.ts';

/** Those of the stack that `names` has, or all of them where it is empty. Throws one line on names that are none. */
export function chosenServices({ settings }: Stack, names: readonly string[]): ServiceEntry[] {
  const there = settings.services.map(({ name }) => name);
  const wrong = [...new Set(names)].filter(name => !there.includes(name));
  if (wrong.length > 0) {
    const list = wrong.map(name => `"${name}"${didYouMean(name, there).replace(/^; /, ' (').replace(/\?$/, '?)')}`);
    throw new Error(`stack ${settings.stack} runs no ${list.join(', no ')}; it runs ${there.join(', ')}`);
  }
  return names.length === 0 ? settings.services : settings.services.filter(({ name }) => names.includes(name));
}
