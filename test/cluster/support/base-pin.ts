// Another version of a package in the sandbox's base: of its list and of its lock, as locking it again would write them.
import { edit } from '../../../sandbox/first-push/repository.ts';

export interface BasePin {
  /** As the list and a service's own requirements write it. */
  line: string;
  /** Of the wheel, which is the same on every platform. */
  sha256: string;
}

/** The committed one, and another that all else fits. */
export const basePins: readonly [BasePin, BasePin] = [
  { line: 'click==8.5.1', sha256: '8bb5376d2006950386f8c6427613334a2acadc5f559cb80e638d00b4df957e37' },
  { line: 'click==8.5.0', sha256: '255bc9599cf7748b4b1a446ccc735421bd08a2ae529a8b88597d3de5664ee360' },
];

const list = 'docker/requirements-sandbox.txt';

/** Changes the pin in the checkout in `folder`. */
export async function changeBasePin(folder: string, from: BasePin, to: BasePin): Promise<void> {
  const checkout = { folder, git: async () => '' };
  const locked = ({ line, sha256 }: BasePin) => `${line} \\\n    --hash=sha256:${sha256}`;
  await edit(checkout, list, from.line, to.line);
  await edit(checkout, `${list}.lock/wheels.txt`, locked(from), locked(to));
}
