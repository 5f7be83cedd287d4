// locks/<stack>.yaml: the digests that a stack runs, reviewed like code. Read strictly, written always the same way.
import { Document } from 'yaml';
import type { Lock, LockEntry } from './lock-types.ts';

export { LockError, parseLock } from './lock-parse.ts';
export { type Lock, type LockEntry, NOT_PINNED, UNKNOWN, WAITING } from './lock-types.ts';

/** A lock of nothing. */
export function emptyLock(): Lock {
  return { version: 1, images: {}, upstream: {} };
}

/** The lock as YAML: keys sorted, fields in a fixed order, so that a change of one digest is a change of few lines. */
export function printLock(lock: Lock): string {
  const section = (entries: Record<string, LockEntry | string>) =>
    sortedEntries(entries).map(([key, entry]): [string, unknown] => [
      key,
      typeof entry === 'string' ? entry : ordered(entry),
    ]);
  const body = {
    version: lock.version,
    images: Object.fromEntries(section(lock.images)),
    upstream: Object.fromEntries(section(lock.upstream)),
  };
  return new Document(body).toString({ lineWidth: 0 });
}

function ordered({ digest, mediaType, platforms, commit, pinnedAt, pinnedBy }: LockEntry): object {
  return { digest, mediaType, platforms: Object.fromEntries(sortedEntries(platforms)), commit, pinnedAt, pinnedBy };
}

function sortedEntries<T>(record: Record<string, T>): [string, T][] {
  return Object.entries(record).sort(([a], [b]) => (a < b ? -1 : 1));
}
