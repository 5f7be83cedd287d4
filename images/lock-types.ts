// What a lock holds.
import type { Digest } from './digest.ts';
import type { Platform } from './platform.ts';

/** `unknown`: what nobody has recorded yet. */
export const UNKNOWN = 'unknown';

/** One image, pinned. */
export interface LockEntry {
  digest: Digest;
  mediaType: string;
  /** The manifests under an index, each by its digest or `unknown`; empty for what is no index. */
  platforms: Record<Platform, Digest | typeof UNKNOWN>;
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
