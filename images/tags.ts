// The tags that Slipway itself writes. One place, because the rollout and the program must write the same string.
import { type Digest, shortDigest } from './digest.ts';
import { REVISION } from './manifest.ts';
import type { Platform } from './platform.ts';

/** What an index carries as its source commit when it is not known. */
export const UNKNOWN_COMMIT = 'unknown';

/** Tags that rollouts move, those that Kaniko's pods do, and those of layer caches. */
export const RESERVED = /^(?:live|kaniko|cache)-/;

/** Whether a tag is of the form of immutableTag. */
export const NEVER_MOVING = /^(?:[0-9a-f]{12}|unknown)-[0-9a-f]{12}$/;

/**
 * The tag of a build that is never moved: `<commit 12>-<digest 12>`. It keeps a registry's garbage collection from a
 * manifest that pods only name by digest, and tells a reader which commit runs. `commit`: 40 hexadecimal digits or
 * `unknown`.
 */
export function immutableTag(commit: string, digest: Digest): string {
  if (commit !== UNKNOWN_COMMIT && !/^[0-9a-f]{40}$/.test(commit)) {
    throw new Error(`commit "${commit}": expected 40 lower-case hexadecimal digits or "${UNKNOWN_COMMIT}"`);
  }
  return `${commit.slice(0, 12)}-${shortDigest(digest)}`;
}

/** The tag that a stack's rollout moves once the pods of a build are healthy. */
export function liveTag(stack: string): string {
  if (!/^[A-Za-z0-9_][A-Za-z0-9_.-]{0,100}$/.test(stack)) {
    throw new Error(`stack "${stack}": expected a name of letters, digits, "_", "." and "-", at most 101 characters`);
  }
  return `live-${stack}`;
}

/** The tag of an image's layer cache for a platform: `cache-linux-amd64`. */
export function cacheTag(platform: Platform): string {
  return `cache-${platform.replaceAll('/', '-')}`;
}

/** The source commit that an index's annotations carry: 40 hexadecimal digits, or `unknown`. */
export function commitOf(annotations: Readonly<Record<string, string>>): string {
  const written = annotations[REVISION] ?? '';
  return /^[0-9a-f]{40}$/.test(written) ? written : UNKNOWN_COMMIT;
}

/** The commit that a tag of immutableTag's form begins with: 12 digits, or `unknown`, as for any other tag. */
export function shortCommitOf(tag: string): string {
  return NEVER_MOVING.test(tag) ? tag.split('-')[0]! : UNKNOWN_COMMIT;
}

/** The tag under which clients list what is attached to a manifest, where a registry does not (distribution spec 1.1). */
export function referrersTag(digest: Digest): string {
  return digest.replace(':', '-');
}

/**
 * The tag that each build of a branch moves: the branch's own name, as far as a tag may have it (`release/2.x` is
 * `release-2.x`), and never one of the forms above.
 */
export function branchTag(branch: string): string {
  const tag = branch.replace(/[^A-Za-z0-9_.-]/g, '-').slice(0, 120);
  return /^[A-Za-z0-9_]/.test(tag) && !RESERVED.test(tag) && !NEVER_MOVING.test(tag) ? tag : `branch-${tag}`;
}
