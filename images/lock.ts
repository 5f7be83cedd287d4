// locks/<stack>.yaml: the digests that a stack runs, reviewed like code. Read strictly, written always the same way.
import { Document } from 'yaml';
import type { Digest } from './digest.ts';
import type { Platform } from './platform.ts';

export { LockError, parseLock } from './lock-parse.ts';

/** One image, pinned. */
export interface LockEntry {
  digest: Digest;
  mediaType: string;
  /** The manifests under an index; empty for what is no index. */
  platforms: Record<Platform, Digest>;
  /** 40 hexadecimal digits, or `unknown`. */
  commit: string;
  /** RFC 3339 in UTC, or `unknown`. */
  pinnedAt: string;
  /** Who or what wrote the entry, or `unknown`. */
  pinnedBy: string;
}

/** `waiting`: declared, never built. */
export const WAITING = 'waiting';
/** `unknown`: an upstream image that is not pinned yet. */
export const NOT_PINNED = 'unknown';

export interface Lock {
  version: 1;
  /** By `repository:tag` for bases, by `repository` for services. */
  images: Record<string, LockEntry | typeof WAITING>;
  /** Images from outside, by full reference without digest (`docker.io/library/python:3.11-slim`). */
  upstream: Record<string, LockEntry | typeof NOT_PINNED>;
}

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
