// An image of a registry as an entry of a lock.
import type { Digest } from './digest.ts';
import { type LockEntry, UNKNOWN, WAITING } from './lock-types.ts';
import { platformsOf } from './manifest.ts';
import type { Fetched } from './registry.ts';
import { commitOf } from './tags.ts';

/** When, and who or what pins; `at` as RFC 3339 in UTC. */
export interface Pinning {
  at: string;
  by: string;
}

/** The entry of `found`; attestations are no platforms. */
export function entryOf({ digest, mediaType, manifest }: Fetched, { at, by }: Pinning): LockEntry {
  const platforms = manifest.kind === 'index' ? [...platformsOf(manifest)] : [];
  return {
    digest,
    mediaType,
    platforms: Object.fromEntries(platforms.map(([platform, child]): [string, Digest] => [platform, child.digest])),
    commit: commitOf(manifest.annotations),
    pinnedAt: at,
    pinnedBy: by,
  };
}

/**
 * What a lock holds after `fresh` was found where it had `old`. An entry that says the same of its image stays as it was
 * pinned. A commit that somebody has recorded is not lost to an image that does not carry it.
 */
export function renewed(old: LockEntry | typeof WAITING | undefined, fresh: LockEntry): LockEntry {
  if (old === undefined || old === WAITING || old.digest !== fresh.digest) return fresh;
  const entry = { ...fresh, commit: fresh.commit === UNKNOWN ? old.commit : fresh.commit };
  const said = ({ mediaType, platforms, commit }: LockEntry) =>
    JSON.stringify([mediaType, commit, Object.entries(platforms).sort()]);
  return said(entry) === said(old) ? old : entry;
}
