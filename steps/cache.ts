// The layer cache in the registry: one ref a platform, in the image's own repository. A build moves each to what it has
// exported; what was there before goes, so that there is one cache and no older ones.

import { messageOf } from '../cluster/one-line.ts';
import type { Digest } from '../images/digest.ts';
import type { Platform } from '../images/platform.ts';
import { formatReference, type Reference } from '../images/reference.ts';
import type { RegistryClient } from '../images/registry.ts';
import { cacheTag } from '../images/tags.ts';
import type { Log } from './log.ts';

export interface CachedImage {
  registry: string;
  repository: string;
  platforms: readonly Platform[];
}

/** Runs `build` and then removes the caches that it has replaced. No fault of theirs is a reason to fail a build. */
export async function replacingCaches<T>(
  client: RegistryClient,
  { registry, repository, platforms }: CachedImage,
  build: () => Promise<T>,
  log: Log,
): Promise<T> {
  const refs = platforms.map((platform): Reference => ({ registry, repository, tag: cacheTag(platform) }));
  const heads = () => Promise.all(refs.map(ref => client.head(ref)));
  const safely = async <R>(action: () => Promise<R>): Promise<R | undefined> => {
    try {
      return await action();
    } catch (error) {
      log(`warning: old layer caches stay in the registry: ${messageOf(error)}`);
      return undefined;
    }
  };
  const before = await safely(heads);
  const built = await build();
  await safely(async () => {
    const now = await heads();
    const old = new Set((before ?? []).filter((digest): digest is Digest => !!digest && !now.includes(digest)));
    for (const digest of old) await client.remove({ registry, repository, digest });
    if (old.size > 0)
      log(`removed ${old.size} layer caches that ${formatReference({ registry, repository })} has replaced`);
  });
  return built;
}
