// Images from outside: pinned by the stack's lock, and fetched through its mirror where it has one.
import type { Lock } from '../images/lock.ts';
import { formatReference, parseReference } from '../images/reference.ts';

/**
 * `reference` (`docker.io/library/registry:3.1.2`) with the digest that the lock has for it. Throws one line where it
 * has none.
 */
export function pinnedUpstream(lock: Lock, file: string, reference: string): string {
  const entry = lock.upstream[reference];
  if (entry !== undefined && typeof entry !== 'string') return `${reference}@${entry.digest}`;
  const found = entry === undefined ? 'has no entry' : `has "${entry}"`;
  throw new Error(
    `${file}: upstream ${reference} ${found}; expected its digest, as \`docker buildx imagetools inspect ${reference}\` prints it`,
  );
}

/** A pinned reference as a build fetches it: from the mirror, where there is one. */
export function mirrored(reference: string, mirror: string | undefined): string {
  return mirror === undefined ? reference : formatReference({ ...parseReference(reference), registry: mirror });
}
