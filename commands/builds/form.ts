// The two forms of `slipway build`: runs of a stack's pipeline, and images of a system that a person builds.
import { commandBuiltNames } from '../build-images/request.ts';

const OF_RUNS = ['commit', 'branch', 'stacks', 'follow'];
const OF_IMAGES = [
  ...['registry', 'tag', 'builder', 'source', 'mirror', 'lock', 'secret', 'immutable', 'unscanned', 'endpoints'],
];

/** What was called: a stack's pipeline, or a system. */
export type Form = { stack: string; services: string[] } | { system: string; services: string[] };

/**
 * `words`: what stands beside the options; `given`: the names of the options that were written. Throws one line where
 * the two forms are mixed, or neither is meant.
 */
export function formOf(words: readonly string[], system: string | undefined, given: readonly string[]): Form {
  const foreign = (system === undefined ? OF_IMAGES : OF_RUNS).filter(name => given.includes(name));
  if (foreign.length > 0) {
    const flags = foreign.map(name => (name === 'follow' ? '--no-follow' : `--${name}`)).join(', ');
    throw new Error(
      system === undefined
        ? `${flags}: only with --system, which builds on this machine; a stack's pipeline has its own`
        : `${flags}: only without --system, for runs of a stack's pipeline; with it the files of this machine are built`,
    );
  }
  if (system !== undefined) return { system, services: [...words] };
  const [stack, ...services] = words;
  if (stack !== undefined) return { stack, services };
  throw new Error(`name a stack, or a system by --system (${commandBuiltNames.join(', ')})`);
}
